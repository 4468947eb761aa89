//! Whatever is in the tables, groups and meters, and whatever frames come in:
//! - a frame either had an effect, or one counter of drops counts it, once;
//! - ports have counted what was received and what leaves;
//! - frames that are received together come to the same as if they were received one by one.
//!
//! Octets choose the switch's configuration, in the order of the functions below, then the frames.

#![no_main]

use datapath::{
    BandKind, BandSpec, BucketSpec, Command, Datapath, Effect, Field, FlowChange, FlowMatch,
    GroupKind, Upcall, Worker, decode_actions,
};
use libfuzzer_sys::fuzz_target;

const TABLES: u8 = 3;
const PORTS: u32 = 4;
const GROUPS: u32 = 3;
const METERS: u32 = 2;
const CONFIGS: [u32; 8] = [0, 0, 0, 0, 1 << 4, 1 << 5, 1 << 6, 1 << 2];

/// Octets that choose; zeros when there are no more.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn octet(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, end: u8) -> u8 {
        self.octet() % end
    }

    fn port(&mut self) -> u32 {
        match self.below(12) {
            number @ 0..8 => number.into(),
            reserved => 0xffff_fff8 + [0, 2, 3, 5][usize::from(reserved) - 8],
        }
    }

    fn octets(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.octet()).collect()
    }
}

fn field(choices: &mut Choices<'_>) -> Vec<u8> {
    let numbers: Vec<Field> = Field::ALL
        .iter()
        .copied()
        .filter(|one| !matches!(one, Field::InPort | Field::InPhyPort))
        .collect();
    let field = numbers[usize::from(choices.octet()) % numbers.len()];
    let value = u128::from(choices.octet()) << (field.bits() / 2) | u128::from(choices.octet());
    let value = value & u128::MAX >> (128 - field.bits());
    [&[field as u8][..], &value.to_be_bytes()].concat()
}

/// An action; groups only with greater numbers than `group_id`.
fn action(choices: &mut Choices<'_>, group_id: u32) -> Vec<u8> {
    let kind = choices.below(24);
    let arguments = match kind {
        0 | 21..24 => [&choices.port().to_be_bytes()[..], &[0, 99]].concat(),
        1 if group_id < GROUPS => (group_id + 1).to_be_bytes().to_vec(),
        1 => return action(choices, group_id),
        2 => choices.octets(4),
        3 => [choices.port().to_be_bytes(), 7_u32.to_be_bytes()].concat(),
        4 => field(choices),
        5..=7 => choices.octets(2),
        8 | 15 | 17 => choices.octets(1),
        9 => [[0x81, 0], [0x88, 0xa8]][usize::from(choices.below(2))].to_vec(),
        11 => [[0x88, 0x47], [0x88, 0x48]][usize::from(choices.below(2))].to_vec(),
        12 => [[0x88, 0x47], [8, 0], [0x86, 0xdd]][usize::from(choices.below(3))].to_vec(),
        13 => vec![0x88, 0xe7],
        _ => vec![],
    };
    let kind = if kind > 20 { 0 } else { kind };
    [&[kind][..], &arguments].concat()
}

fn actions(choices: &mut Choices<'_>, group_id: u32) -> (u8, Vec<u8>) {
    let count = choices.below(6);
    (count, (0..count).flat_map(|_| action(choices, group_id)).collect())
}

fn program(choices: &mut Choices<'_>, table_id: u8) -> Vec<u8> {
    let mut encoded = vec![];
    let which = choices.octet();
    for (kind, instruction) in [(4, 1), (3, 2)] {
        if which & instruction != 0 {
            let (count, actions) = actions(choices, 0);
            encoded.extend([&[kind, 0, count][..], &actions].concat());
        }
    }
    if which & 12 == 12 {
        encoded.push(5);
    }
    if which & 48 == 48 {
        let octets = choices.octets(2);
        encoded.extend([&[2][..], &[0; 7], &octets[..1], &[0; 7], &octets[1..]].concat());
    }
    if which & 0xc0 == 0xc0 {
        encoded.extend([6, 0, 0, 0, 1 + choices.below(2)]);
    } else if which & 0x80 != 0 && table_id + 1 < TABLES {
        encoded.extend([1, table_id + 1]);
    }
    encoded
}

fn flow_match(choices: &mut Choices<'_>) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    let which = choices.octet();
    if which & 1 != 0 {
        flow_match.set(Field::InPort, u128::from(which >> 6) + 1, 0xffff_ffff);
    }
    if which & 2 != 0 {
        flow_match.set(
            Field::EthType,
            [0x0800, 0x86dd, 0x8847, 0x0806][usize::from(which >> 6)],
            0xffff,
        );
    }
    if which & 4 != 0 {
        flow_match.set(Field::Metadata, choices.octet().into(), choices.octet().into());
    }
    if which & 8 != 0 {
        flow_match.set(Field::VlanVid, 0x1000, 0x1000);
    }
    flow_match
}

fn switch(choices: &mut Choices<'_>) -> Datapath {
    let mut datapath = Datapath::new(TABLES, 64, 4, 300.0);
    for port_no in 1..=PORTS {
        datapath.add_port(port_no, CONFIGS[usize::from(choices.below(8))], true);
    }
    datapath.drop_fragments(choices.below(8) == 0);
    for group_id in (1..=GROUPS).rev() {
        let kind = GroupKind::from_number(choices.below(4)).expect("one of four");
        let count = choices.below(4);
        let buckets = (0..count).map(|_| BucketSpec {
            actions: decode_actions(&actions(choices, group_id).1).expect("actions"),
            weight: choices.octet().into(),
            watch_port: if choices.below(2) == 0 { u32::MAX } else { choices.port() },
            watch_group: u32::MAX,
        });
        let buckets = buckets.collect();
        datapath.put_group(group_id, kind, buckets, 0.0);
    }
    for meter_id in 1..=METERS {
        let kind = [BandKind::Drop, BandKind::DscpRemark(1)][usize::from(choices.below(2))];
        let spec = BandSpec { kind, rate: 1, burst_size: choices.octet().into() };
        datapath.meters.put(meter_id, 0b110, &[spec], 0.0);
    }
    for _ in 0..choices.below(8) {
        let table_id = choices.below(TABLES);
        let flow_match = flow_match(choices);
        let encoded = program(choices, table_id);
        let program = datapath.tables.intern(&encoded).expect("a program");
        let change = FlowChange {
            priority: choices.below(3).into(),
            program,
            ..FlowChange::new(Command::Add, table_id..=table_id, &flow_match)
        };
        datapath.tables.apply(&change, 0.0).expect("room");
    }
    datapath
}

/// What came of frames, with the octets that leave.
#[derive(Debug, PartialEq)]
enum Seen {
    Sent(u32, Vec<u8>, u32),
    Up(Box<Upcall>),
}

impl Seen {
    fn is_delivery(&self) -> bool {
        matches!(self, Self::Sent(..))
            || matches!(self, Self::Up(one) if !one.miss && one.reason != 2)
    }
}

/// Flushes, and takes the effects with the frames as they are in the end.
fn take(datapath: &Datapath, worker: &mut Worker) -> Vec<Seen> {
    datapath.flush(worker);
    let effects = worker.take_effects().into_iter().map(|effect| match effect {
        Effect::Transmit { port_no, frame, queue_id } => {
            Seen::Sent(port_no, worker.frame_ref(frame).data().to_vec(), queue_id)
        }
        Effect::Upcall(upcall) => Seen::Up(upcall),
    });
    effects.collect()
}

fn dropped(datapath: &Datapath) -> u64 {
    datapath.drops().iter().map(|(_, count)| count).sum()
}

fn counts(datapath: &Datapath) -> Vec<[u64; 5]> {
    let of = |port_no| datapath.port_counters(port_no).expect("the port");
    (1..=PORTS)
        .map(of)
        .map(|one| [one.rx_packets, one.rx_bytes, one.tx_packets, one.tx_bytes, one.rx_dropped])
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices(data);
    let datapath = switch(&mut choices);
    let twin = switch(&mut Choices(data));
    let (mut worker, mut other) = (Worker::new(1), Worker::new(2));
    let in_port = u32::from(choices.below(5)) + 1;
    let mut frames: Vec<Vec<u8>> = vec![];
    while !choices.0.is_empty() && frames.len() < 40 {
        let length = usize::from(choices.octet());
        frames.push(choices.octets(length.min(choices.0.len())));
    }

    let mut seen = vec![];
    for (number, data) in frames.iter().enumerate() {
        worker.reset();
        let place = worker.frame();
        worker.frame_mut(place).set(data, None);
        datapath.receive(&mut worker, in_port, place, 1.0);
        let effects = take(&datapath, &mut worker);
        let delivered = u64::from(effects.iter().any(Seen::is_delivery));
        let before: u64 = seen.iter().map(|(_, delivered)| delivered).sum();
        assert_eq!(dropped(&datapath) + before + delivered, number as u64 + 1);
        seen.push((effects, delivered));
    }
    for port_no in 1..=PORTS {
        let sent = seen.iter().flat_map(|(effects, _)| effects).filter_map(|one| match one {
            Seen::Sent(port, data, _) if *port == port_no => Some(data.len() as u64),
            _ => None,
        });
        let sent: Vec<u64> = sent.collect();
        let [received, _, packets, octets, _] = counts(&datapath)[port_no as usize - 1];
        assert_eq!((packets, octets), (sent.len() as u64, sent.iter().sum()));
        assert_eq!(received, if port_no == in_port { frames.len() as u64 } else { 0 });
    }

    for data in &frames {
        let place = other.frame();
        other.frame_mut(place).set(data, None);
    }
    twin.receive_batch(&mut other, in_port, 0..frames.len(), 1.0);
    let together = take(&twin, &mut other);
    let one_by_one: Vec<Seen> = seen.into_iter().flat_map(|(effects, _)| effects).collect();
    assert_eq!(together, one_by_one);
    assert_eq!((twin.drops(), counts(&twin)), (datapath.drops(), counts(&datapath)));
});
