//! Measures whole packets: `cargo run --release -p datapath --example pipeline [name]`.
//!
//! Frames of 64 octets stand in a worker's arena as if just received, in batches of 64; what is
//! timed is all from there to the finished effects, with counters. No frame is read or written by a
//! system call. Each figure is the median of some rounds.

#[path = "../tests/random/mod.rs"]
mod random;

use std::hint::black_box;
use std::time::{Duration, Instant};

use datapath::{
    BandKind, BandSpec, BucketSpec, Command, Datapath, Field, FlowChange, FlowMatch, GroupKind,
    Worker, decode_actions,
};
use random::Random;

const BATCH: usize = 64;
const BATCHES: usize = 2000;
const PACKETS: f64 = 64.0 * 2000.0;
const ROUNDS: usize = 9;
const GOTO: u8 = 1;
const WRITE: u8 = 3;
const APPLY: u8 = 4;

/// A packet's headers: TCP over IPv4.
#[derive(Clone, Copy)]
struct Headers {
    eth_dst: u64,
    eth_src: u64,
    ipv4_src: u32,
    ipv4_dst: u32,
    ports: [u16; 2],
}

impl Headers {
    fn frame(self) -> [u8; 64] {
        let mut frame = [0; 64];
        frame[..6].copy_from_slice(&self.eth_dst.to_be_bytes()[2..]);
        frame[6..12].copy_from_slice(&self.eth_src.to_be_bytes()[2..]);
        frame[12..24].copy_from_slice(&[8, 0, 0x45, 0, 0, 50, 0, 0, 0x40, 0, 64, 6]);
        frame[26..30].copy_from_slice(&self.ipv4_src.to_be_bytes());
        frame[30..34].copy_from_slice(&self.ipv4_dst.to_be_bytes());
        frame[34..36].copy_from_slice(&self.ports[0].to_be_bytes());
        frame[36..38].copy_from_slice(&self.ports[1].to_be_bytes());
        frame[46] = 0x50;
        frame
    }
}

fn output(port_no: u32) -> Vec<u8> {
    [&[0][..], &port_no.to_be_bytes(), &[0xff, 0xff]].concat()
}

fn set_field(field: Field, value: u128) -> Vec<u8> {
    [&[4, field as u8][..], &value.to_be_bytes()].concat()
}

/// An instruction with a list of actions.
fn with_actions(kind: u8, actions: &[Vec<u8>]) -> Vec<u8> {
    let count = u8::try_from(actions.len()).expect("few actions");
    [&[kind, 0, count][..], &actions.concat()].concat()
}

fn exact(fields: &[(Field, u64)]) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    for &(field, value) in fields {
        flow_match.set(field, value.into(), u128::MAX >> (128 - field.bits()));
    }
    flow_match
}

struct Bench {
    datapath: Datapath,
    worker: Worker,
}

impl Bench {
    fn new() -> Self {
        let mut datapath = Datapath::new(8, 2_000_000, 8192, 300.0);
        for port_no in 1..=16 {
            datapath.add_port(port_no, 0, true);
        }
        let worker = datapath.new_worker();
        Self { datapath, worker }
    }

    fn add(&mut self, table_id: u8, priority: u16, flow_match: &FlowMatch, program: &[u8]) {
        let program = self.datapath.tables.intern(program).expect("a program");
        let tables = table_id..=table_id;
        let change =
            FlowChange { priority, program, ..FlowChange::new(Command::Add, tables, flow_match) };
        self.datapath.tables.apply(&change, 0.0).expect("room");
    }

    fn round(&mut self, packets: &mut Packets) -> f64 {
        let mut time = Duration::ZERO;
        for _ in 0..BATCHES {
            self.worker.reset();
            for frame in self.worker.slots(BATCH) {
                frame.set(&packets().frame(), None);
            }
            let begin = Instant::now();
            self.datapath.receive_batch(&mut self.worker, 1, 0..BATCH, 1.0);
            self.datapath.flush(&mut self.worker);
            black_box(&self.worker.effects);
            time += begin.elapsed();
            assert!(self.worker.effects.len() >= BATCH, "something comes of every packet");
        }
        time.as_secs_f64() * 1e9 / PACKETS
    }
}

/// Makes a packet after the other.
type Packets = Box<dyn FnMut() -> Headers>;

/// Fills the tables, and says what packets come.
type SetUp = fn(&mut Bench) -> Packets;

const HOST: Headers = Headers { eth_dst: 2, eth_src: 1, ipv4_src: 0, ipv4_dst: 0, ports: [0; 2] };
const NORMAL: u32 = 0xffff_fffa;

const SCENARIOS: &[(&str, SetUp)] = &[
    ("one L2 flow, output", |bench| chain(bench, 1)),
    ("2 tables with one L2 flow each, output", |bench| chain(bench, 2)),
    ("3 tables with one L2 flow each, output", |bench| chain(bench, 3)),
    ("5 tables with one L2 flow each, output", |bench| chain(bench, 5)),
    ("one L2 flow, set ipv4_dst, output", |bench| {
        one_flow(bench, &[set_field(Field::Ipv4Dst, 0x0a01_0203), output(2)])
    }),
    ("one L2 flow, set eth_src, eth_dst, output", |bench| {
        let edits = [set_field(Field::EthSrc, 3), set_field(Field::EthDst, 4), output(2)];
        one_flow(bench, &edits)
    }),
    ("one L2 flow, output, set ipv4_dst (copied)", |bench| {
        one_flow(bench, &[output(2), set_field(Field::Ipv4Dst, 0x0a01_0203)])
    }),
    ("NORMAL, known destination", |bench| {
        let frame = bench.worker.frame();
        let other = Headers { eth_dst: HOST.eth_src, eth_src: HOST.eth_dst, ..HOST };
        bench.worker.frame_mut(frame).set(&other.frame(), None);
        let packets = one_flow(bench, &[output(NORMAL)]);
        bench.datapath.receive(&mut bench.worker, 2, frame, 0.0);
        packets
    }),
    ("select group of 4 buckets", |bench| {
        let buckets: Vec<_> = (2..6).map(|port_no| bucket(&[output(port_no)])).collect();
        bench.datapath.put_group(1, GroupKind::Select, buckets, 0.0);
        one_flow(bench, &[vec![1, 0, 0, 0, 1]])
    }),
    ("group of 4 buckets, set eth_dst in each", |bench| {
        let actions = |port_no: u32| [set_field(Field::EthDst, port_no.into()), output(port_no)];
        let buckets: Vec<_> = (2..6).map(|port_no| bucket(&actions(port_no))).collect();
        bench.datapath.put_group(1, GroupKind::All, buckets, 0.0);
        one_flow(bench, &[vec![1, 0, 0, 0, 1]])
    }),
    ("one L2 flow, meter, output", |bench| {
        let packets = 1 << 1;
        let spec = BandSpec { kind: BandKind::Drop, rate: u32::MAX, burst_size: 0 };
        bench.datapath.meters.put(1, packets, &[spec], 0.0);
        let program = [vec![6, 0, 0, 0, 1], with_actions(APPLY, &[output(2)])].concat();
        bench.add(0, 1, &l2_flow(), &program);
        Box::new(|| HOST)
    }),
    ("misses, shown to a controller", |_| Box::new(|| HOST)),
    ("10,000 exact flows, random", |bench| exact_flows(bench, 10_000)),
    ("1,000,000 exact flows, random", |bench| exact_flows(bench, 1_000_000)),
    ("1,000 mixed rules, one flow", |bench| {
        let mut new_packet = mixed(bench);
        let packet = new_packet();
        Box::new(move || packet)
    }),
    ("1,000 mixed rules, every packet new", mixed),
    ("ports, L2 source, L2 destination, output", four_tables),
];

/// Tables with one entry each for the same packet; the last one outputs.
fn chain(bench: &mut Bench, tables: u8) -> Packets {
    for table_id in 1..tables {
        bench.add(table_id - 1, 1, &l2_flow(), &[GOTO, table_id]);
    }
    bench.add(tables - 1, 1, &l2_flow(), &with_actions(APPLY, &[output(2)]));
    Box::new(|| HOST)
}

fn one_flow(bench: &mut Bench, actions: &[Vec<u8>]) -> Packets {
    bench.add(0, 1, &l2_flow(), &with_actions(APPLY, actions));
    bench.add(0, 0, &FlowMatch::default(), &with_actions(APPLY, &[output(NORMAL)]));
    Box::new(|| HOST)
}

fn bucket(actions: &[Vec<u8>]) -> BucketSpec {
    BucketSpec {
        actions: decode_actions(&actions.concat()).expect("actions"),
        weight: 1,
        watch_port: u32::MAX,
        watch_group: u32::MAX,
    }
}

fn l2_flow() -> FlowMatch {
    exact(&[(Field::InPort, 1), (Field::EthSrc, HOST.eth_src), (Field::EthDst, HOST.eth_dst)])
}

/// Entries for a pair of addresses each; packets are of one of them at random.
fn exact_flows(bench: &mut Bench, flows: u64) -> Packets {
    for flow in 0..flows {
        let flow_match = exact(&[(Field::EthSrc, flow), (Field::EthDst, flow ^ 1)]);
        let port_no = 2 + u32::try_from(flow % 8).expect("a small number");
        bench.add(0, 1, &flow_match, &with_actions(APPLY, &[output(port_no)]));
    }
    let mut random = Random(9);
    Box::new(move || {
        let flow = random.below(flows);
        Headers { eth_src: flow, eth_dst: flow ^ 1, ..HOST }
    })
}

/// An access list: rules on some of the fields of TCP packets; every packet is new.
fn mixed(bench: &mut Bench) -> Packets {
    let mut random = Random(7);
    for priority in 0..1000 {
        let mut rule = exact(&[(Field::EthType, 0x0800)]);
        for field in [Field::Ipv4Src, Field::Ipv4Dst] {
            let length = random.below(4) * 8;
            if length > 0 {
                let mask = u128::from(u32::MAX << (32 - length));
                rule.set(field, (0x0a00_0000 | random.below(1 << 24)).into(), mask);
            }
        }
        for (field, end) in [(Field::TcpSrc, 65_536), (Field::TcpDst, 1024)] {
            if random.below(3) == 0 {
                rule.set(Field::IpProto, 6, 0xff);
                rule.set(field, random.below(end).into(), 0xffff);
            }
        }
        let program = with_actions(APPLY, &[output(2 + u32::from(priority) % 8)]);
        bench.add(0, 10 + priority, &rule, &program);
    }
    bench.add(0, 0, &FlowMatch::default(), &with_actions(APPLY, &[output(2)]));
    Box::new(move || {
        let mut address = || u32::try_from(0x0a00_0000 | random.below(1 << 24)).expect("32 bits");
        let (ipv4_src, ipv4_dst) = (address(), address());
        let port = |port| u16::try_from(port).expect("16 bits");
        let ports = [port(random.below(65_536)), port(random.below(1024))];
        Headers { ipv4_src, ipv4_dst, ports, ..HOST }
    })
}

/// A usual pipeline: an access list on ports, learned sources, known destinations, outputs.
fn four_tables(bench: &mut Bench) -> Packets {
    let telnet = [(Field::EthType, 0x0800), (Field::IpProto, 6), (Field::TcpDst, 23)];
    bench.add(0, 9, &exact(&telnet), &[]);
    bench.add(0, 8, &exact(&[(Field::InPort, 9)]), &[]);
    bench.add(0, 0, &FlowMatch::default(), &[GOTO, 1]);
    for host in 0..1000 {
        let source = exact(&[(Field::InPort, 1), (Field::EthSrc, host)]);
        bench.add(1, 1, &source, &[GOTO, 2]);
        let port_no = 2 + u32::try_from(host % 8).expect("a small number");
        let program = [with_actions(WRITE, &[output(port_no)]), vec![GOTO, 3]].concat();
        bench.add(2, 1, &exact(&[(Field::EthDst, host)]), &program);
    }
    let edit = with_actions(APPLY, &[set_field(Field::EthSrc, 0x0200_0000_0001)]);
    bench.add(3, 1, &FlowMatch::default(), &edit);
    let mut random = Random(11);
    Box::new(move || Headers { eth_src: random.below(1000), eth_dst: random.below(1000), ..HOST })
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    for (name, set_up) in SCENARIOS.iter().filter(|(name, _)| name.contains(&only)) {
        let mut bench = Bench::new();
        let mut packets = set_up(&mut bench);
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| bench.round(&mut packets)).collect();
        rounds.sort_by(f64::total_cmp);
        let (median, best) = (rounds[ROUNDS / 2], rounds[0]);
        println!("{name:44} {median:7.1} ns/packet, {best:.1} at best");
    }
}
