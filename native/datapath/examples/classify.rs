//! Measures look-ups: `cargo run --release -p datapath --example classify [name]`.
//!
//! Every packet of a run is new: its fields are drawn at random from the world of the rules.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

#[path = "../tests/random/mod.rs"]
mod random;

use std::hint::black_box;
use std::time::Instant;

use datapath::{Classifier, Field, FlowKey, FlowMatch, MicroflowCache};
use random::Random;

const PACKETS: usize = 20_000;
const ROUNDS: usize = 15;

fn priority(random: &mut Random) -> u16 {
    u16::try_from(random.below(65_536)).expect("16 bits")
}

/// Masks of an address: `length` ones at its upper end.
fn upper(length: u64) -> u128 {
    u128::from(u32::MAX << (32 - length))
}

fn set_whole(flow_match: &mut FlowMatch, field: Field, value: u64) {
    flow_match.set(field, value.into(), u128::MAX >> (128 - field.bits()));
}

/// A TCP or UDP packet of one of a thousand hosts to another.
fn packet(random: &mut Random) -> FlowKey {
    let mut key = FlowKey::default();
    key.set(Field::InPort, 1 + random.below(8));
    key.set(Field::EthDst, 0x0200_0000_0000 + random.below(1000));
    key.set(Field::EthSrc, 0x0200_0000_0000 + random.below(1000));
    key.set(Field::VlanVid, 0x1000 | random.below(16));
    key.set(Field::VlanPcp, random.below(8));
    key.set(Field::EthType, 0x0800_u16);
    key.set(Field::IpDscp, random.below(4));
    key.set(Field::IpEcn, 0_u8);
    key.set(Field::Ipv4Src, 0x0a00_0000 | random.below(1 << 24));
    key.set(Field::Ipv4Dst, 0x0a00_0000 | random.below(1 << 24));
    let tcp = random.below(2) == 0;
    key.set(Field::IpProto, if tcp { 6_u8 } else { 17 });
    key.set(if tcp { Field::TcpSrc } else { Field::UdpSrc }, random.below(65_536));
    key.set(if tcp { Field::TcpDst } else { Field::UdpDst }, random.below(1024));
    key
}

/// A rule on some fields of some packet, each with this likelihood in percent.
fn mixed(random: &mut Random, percent: u64) -> FlowMatch {
    let key = packet(random);
    let mut flow_match = FlowMatch::default();
    for (field, value) in key.iter() {
        let value = u64::try_from(value).expect("no wide field");
        match field {
            Field::EthType => set_whole(&mut flow_match, field, value),
            Field::IpDscp | Field::IpEcn | Field::VlanPcp => {}
            _ if random.below(100) >= percent => {}
            Field::Ipv4Src | Field::Ipv4Dst => {
                flow_match.set(field, value.into(), upper(random.below(25) + 8));
            }
            _ => set_whole(&mut flow_match, field, value),
        }
    }
    flow_match
}

/// A rule as in lists of access rules: two prefixes, a protocol, perhaps a port.
fn access(random: &mut Random) -> FlowMatch {
    let key = packet(random);
    let mut flow_match = FlowMatch::default();
    set_whole(&mut flow_match, Field::EthType, 0x0800);
    for field in [Field::Ipv4Src, Field::Ipv4Dst] {
        let length =
            [8, 16, 16, 20, 22, 24, 24, 24, 28, 32][usize::try_from(random.below(10)).unwrap()];
        flow_match.set(field, key.get(field).unwrap(), upper(length));
    }
    for field in [Field::IpProto, Field::TcpDst, Field::UdpDst] {
        if let Some(value) = key.get(field).filter(|_| random.below(3) < 2) {
            flow_match.set(field, value, u128::MAX >> (128 - field.bits()));
        }
    }
    flow_match
}

fn exact(number: u64) -> FlowKey {
    let mut key = FlowKey::default();
    key.set(Field::InPort, 1 + number % 8);
    key.set(Field::EthDst, 0x0200_0000_0000 + number);
    key.set(Field::EthSrc, 0x0400_0000_0000 + number);
    key.set(Field::VlanVid, 0_u16);
    key.set(Field::EthType, 0x0800_u16);
    key.set(Field::Ipv4Src, 0x0a00_0000 | number);
    key.set(Field::Ipv4Dst, 0x0b00_0000 | number);
    key.set(Field::IpProto, 6_u8);
    key.set(Field::TcpSrc, number & 0xffff);
    key.set(Field::TcpDst, 80_u8);
    key
}

fn exact_match(number: u64) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    for (field, value) in exact(number).iter() {
        flow_match.set(field, value, u128::MAX >> (128 - field.bits()));
    }
    flow_match
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Prints how long insertion and look-up take.
fn measure(
    name: &str,
    rules: usize,
    mut rule: impl FnMut(usize) -> (FlowMatch, u16),
    mut key: impl FnMut() -> FlowKey,
) {
    if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    let rules: Vec<_> = (0..rules).map(&mut rule).collect();
    let before = resident_bytes();
    let mut classifier = Classifier::with_seed(7);
    let start = Instant::now();
    let mut slowest = 0.0_f64;
    for (number, (flow_match, priority)) in (0..).zip(&rules) {
        let one = Instant::now();
        classifier.insert(flow_match, *priority, number);
        slowest = slowest.max(one.elapsed().as_secs_f64());
    }
    let insertion = start.elapsed().as_secs_f64() / rules.len() as f64;
    let bytes = (resident_bytes() - before) as f64 / rules.len() as f64;
    let packets = rules.len().clamp(PACKETS, 500_000);
    let keys: Vec<FlowKey> = (0..packets).map(|_| key()).collect();
    let found = keys.iter().filter(|key| classifier.lookup(key).is_some()).count();
    let plain = fastest(&keys, |key| classifier.lookup(key));
    let mut cache = MicroflowCache::new(8192, 5);
    let cached = fastest(&keys, |key| cache.lookup(0, &classifier, key));
    let few = &keys[..1000];
    let mut cache = MicroflowCache::new(8192, 5);
    let repeated = fastest(few, |key| cache.lookup(0, &classifier, key));
    println!(
        "{name:34} {:7} {:4.0} % found {plain:7.1} ns, with cache {cached:7.1}, 1k flows {repeated:6.1}; \
         insert {:6.0} ns, slowest {:5.0} us, {bytes:5.0} bytes",
        classifier.kind(),
        found as f64 * 100.0 / keys.len() as f64,
        insertion * 1e9,
        slowest * 1e6,
    );
}

fn fastest(keys: &[FlowKey], mut lookup: impl FnMut(&FlowKey) -> Option<u32>) -> f64 {
    let round = |_| {
        let start = Instant::now();
        for key in keys {
            black_box(lookup(black_box(key)));
        }
        start.elapsed().as_secs_f64() * 1e9 / keys.len() as f64
    };
    let mut times: Vec<f64> = (0..ROUNDS).map(round).collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 4]
}

fn main() {
    let mut random = Random(11);
    let mut others = Random(12);
    let one = |_| (exact_match(1), 5);
    measure("one rule", 1, one, || exact(1));
    for rules in [1000_usize, 10_000, 100_000, 1_000_000] {
        let name = format!("{rules} exact");
        measure(
            &name,
            rules,
            |number| (exact_match(number as u64), 5),
            || exact(others.below(rules as u64)),
        );
    }
    for percent in [30, 50, 70] {
        let name = format!("1000 mixed, {percent} % of fields");
        measure(
            &name,
            1000,
            |_| (mixed(&mut random, percent), priority(&mut random)),
            || packet(&mut others),
        );
    }
    measure(
        "1000 mixed, one priority",
        1000,
        |_| (mixed(&mut random, 50), 5),
        || packet(&mut others),
    );
    measure(
        "100 mixed",
        100,
        |_| (mixed(&mut random, 50), priority(&mut random)),
        || packet(&mut others),
    );
    measure(
        "10000 mixed",
        10_000,
        |_| (mixed(&mut random, 50), priority(&mut random)),
        || packet(&mut others),
    );
    for rules in [1000, 10_000, 100_000] {
        let name = format!("{rules} access");
        measure(
            &name,
            rules,
            |_| (access(&mut random), priority(&mut random)),
            || packet(&mut others),
        );
    }
    for rules in [1000, 100_000, 1_000_000] {
        let route = |random: &mut Random| {
            let mut flow_match = FlowMatch::default();
            set_whole(&mut flow_match, Field::EthType, 0x0800);
            let length = 32 - random.below(25).min(random.below(25));
            let value = u128::from(random.next() & 0xffff_ffff);
            flow_match.set(Field::Ipv4Dst, value, upper(length));
            (flow_match, u16::try_from(length).unwrap())
        };
        let name = format!("{rules} prefixes");
        measure(
            &name,
            rules,
            |_| route(&mut random),
            || {
                let mut key = packet(&mut others);
                key.set(Field::Ipv4Dst, others.next() & 0xffff_ffff);
                key
            },
        );
    }
}
