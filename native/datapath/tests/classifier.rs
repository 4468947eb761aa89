//! The classifier says what a list of all entries says, whatever the order of changes.

mod random;

use datapath::{Classifier, Field, FlowKey, FlowMatch};
use random::Random;

/// The oracle: all entries in the order in which they came.
#[derive(Default)]
struct Linear {
    entries: Vec<(FlowMatch, u16, u32)>,
}

impl Linear {
    fn position(&self, flow_match: &FlowMatch, priority: u16) -> Option<usize> {
        self.entries.iter().position(|entry| (entry.0, entry.1) == (*flow_match, priority))
    }

    fn lookup(&self, key: &FlowKey) -> Option<u32> {
        let mut best: Option<&(FlowMatch, u16, u32)> = None;
        for entry in self.entries.iter().filter(|entry| entry.0.accepts(key)) {
            if best.is_none_or(|best| entry.1 > best.1) {
                best = Some(entry);
            }
        }
        best.map(|entry| entry.2)
    }
}

/// What kind of rules a table gets.
#[derive(Clone, Copy)]
enum Style {
    /// All restrict the same fields, wholly.
    Exact,
    /// Prefixes of one IPv4 field.
    Prefixes,
    /// Prefixes of one IPv6 field.
    Prefixes6,
    /// Any fields, any masks.
    Mixed,
}

const ALL: [Style; 4] = [Style::Exact, Style::Prefixes, Style::Prefixes6, Style::Mixed];

/// A frame's key from a world small enough that rules meet it often.
fn random_key(random: &mut Random) -> FlowKey {
    let mut key = FlowKey::default();
    key.set(Field::InPort, random.below(3));
    key.set(Field::EthDst, random.below(4) * 0x0100_0000_0001);
    key.set(Field::EthSrc, random.below(4));
    key.set(Field::VlanVid, random.below(3));
    match random.below(4) {
        0 => key.set(Field::EthType, 0x0806_u16),
        1 => {
            key.set(Field::EthType, 0x86dd_u16);
            let upper = u128::from(random.below(4)) << 126 | u128::from(random.below(4)) << 62;
            key.set(Field::Ipv6Dst, upper | u128::from(random.below(8)));
        }
        _ => {
            key.set(Field::EthType, 0x0800_u16);
            key.set(
                Field::Ipv4Dst,
                random.below(4) << 30 | random.below(4) << 15 | random.below(8),
            );
            key.set(Field::Ipv4Src, random.below(4) << 22 | random.below(4));
            let tcp = random.below(2) == 0;
            key.set(Field::IpProto, if tcp { 6_u8 } else { 17 });
            key.set(if tcp { Field::TcpDst } else { Field::UdpDst }, random.below(4));
        }
    }
    key
}

fn restrict(flow_match: &mut FlowMatch, key: &FlowKey, field: Field, mask: u128) {
    if let Some(value) = key.get(field) {
        flow_match.set(field, value, mask);
    }
}

fn ones(field: Field) -> u128 {
    u128::MAX >> (128 - field.bits())
}

fn prefix_mask(field: Field, length: u64) -> u128 {
    let free = u64::from(field.bits()) - length;
    if free == 128 { 0 } else { ones(field) >> free << free }
}

fn random_match(random: &mut Random, style: Style) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    let key = random_key(random);
    match style {
        Style::Exact => {
            for field in [Field::InPort, Field::EthDst, Field::EthSrc, Field::EthType] {
                restrict(&mut flow_match, &key, field, ones(field));
            }
        }
        Style::Prefixes | Style::Prefixes6 => {
            let (eth_type, field) = match style {
                Style::Prefixes => (0x0800, Field::Ipv4Dst),
                _ => (0x86dd, Field::Ipv6Dst),
            };
            let mut key = key;
            while key.get(field).is_none() {
                key = random_key(random);
            }
            flow_match.set(Field::EthType, eth_type, 0xffff);
            let length = random.below(u64::from(field.bits()) + 1);
            if length > 0 {
                restrict(&mut flow_match, &key, field, prefix_mask(field, length));
            }
        }
        Style::Mixed => {
            for (field, _) in key.iter() {
                match random.below(6) {
                    0 | 1 => restrict(&mut flow_match, &key, field, ones(field)),
                    2 => {
                        let length = random.below(u64::from(field.bits()) + 1);
                        restrict(&mut flow_match, &key, field, prefix_mask(field, length));
                    }
                    3 if random.below(4) == 0 => {
                        let mask = u128::from(random.next()) << 64 | u128::from(random.next());
                        restrict(&mut flow_match, &key, field, mask & ones(field));
                    }
                    _ => {}
                }
            }
        }
    }
    flow_match
}

/// Random changes and look-ups; `growth` says how much likelier an insertion is than a removal.
fn compare(style: Style, seed: u64, steps: usize, growth: u64, priorities: u64) {
    let mut random = Random(seed * 2 + 1);
    let mut classifier = Classifier::with_seed(seed);
    let mut linear = Linear::default();
    for number in 0..u32::try_from(steps).expect("few steps") {
        let priority = u16::try_from(random.below(priorities)).expect("16 bits");
        let flow_match = random_match(&mut random, style);
        let generation = classifier.generation();
        let found = linear.position(&flow_match, priority);
        assert_eq!(classifier.find(&flow_match, priority), found.map(|at| linear.entries[at].2));
        if random.below(growth + 1) < growth {
            match found {
                Some(at) => linear.entries[at].2 = number,
                None => linear.entries.push((flow_match, priority, number)),
            }
            classifier.insert(&flow_match, priority, number);
            assert_ne!(classifier.generation(), generation);
        } else if !linear.entries.is_empty() {
            let at = random.below(linear.entries.len() as u64);
            let (flow_match, priority, entry) = linear.entries.remove(usize::try_from(at).unwrap());
            assert_eq!(classifier.remove(&flow_match, priority), Some(entry));
            assert_eq!(classifier.remove(&flow_match, priority), None);
            assert_ne!(classifier.generation(), generation);
        }
        assert_eq!(classifier.len(), linear.entries.len());
        for _ in 0..3 {
            let key = random_key(&mut random);
            assert_eq!(classifier.lookup(&key), linear.lookup(&key), "step {number}, {key:?}");
        }
    }
}

#[test]
fn it_agrees_with_a_list_while_tables_grow() {
    for (seed, style) in (1..).zip(ALL) {
        compare(style, seed, 1500, 5, 4);
        compare(style, seed, 500, 5, 65_536);
    }
}

#[test]
fn it_agrees_with_a_list_while_tables_shrink() {
    for (seed, style) in (11..).zip(ALL) {
        for priorities in [1, 3, 100] {
            compare(style, seed, 800, 1, priorities);
        }
    }
}

#[test]
fn it_agrees_with_a_list_when_the_kind_of_rules_changes() {
    let mut random = Random(5);
    let mut classifier = Classifier::with_seed(5);
    let mut linear = Linear::default();
    for number in 0..1200_u32 {
        let style = ALL[(number / 100) as usize % ALL.len()];
        let flow_match = random_match(&mut random, style);
        let priority = u16::try_from(random.below(8)).expect("small");
        if linear.position(&flow_match, priority).is_none() {
            linear.entries.push((flow_match, priority, number));
            classifier.insert(&flow_match, priority, number);
        }
        if number % 400 == 399 {
            for (flow_match, priority, entry) in linear.entries.drain(3..) {
                assert_eq!(classifier.remove(&flow_match, priority), Some(entry));
            }
        }
        for _ in 0..4 {
            let key = random_key(&mut random);
            assert_eq!(classifier.lookup(&key), linear.lookup(&key));
        }
    }
}

#[test]
fn the_first_of_equals_wins_and_replacing_keeps_the_place() {
    let mut classifier = Classifier::with_seed(1);
    let mut by_port = FlowMatch::default();
    by_port.set(Field::InPort, 1, 0xffff_ffff);
    let mut by_type = FlowMatch::default();
    by_type.set(Field::EthType, 0x0800, 0xffff);
    let mut key = FlowKey::default();
    key.set(Field::InPort, 1_u32);
    key.set(Field::EthType, 0x0800_u16);
    classifier.insert(&by_type, 5, 10);
    classifier.insert(&by_port, 5, 11);
    assert_eq!(classifier.lookup(&key), Some(10));
    classifier.insert(&by_type, 5, 12);
    assert_eq!((classifier.lookup(&key), classifier.len()), (Some(12), 2));
    classifier.remove(&by_type, 5);
    classifier.insert(&by_type, 5, 13);
    assert_eq!(classifier.lookup(&key), Some(11));
}

/// A prefix of random length of a random address, or a rule on two such.
fn wide_match(random: &mut Random, fields: &[Field]) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    flow_match.set(Field::EthType, 0x0800, 0xffff);
    for &field in fields {
        let mask = prefix_mask(field, random.below(29) + 4);
        flow_match.set(field, (random.next() & 0x0fff_ffff).into(), mask);
    }
    flow_match
}

fn wide_key(random: &mut Random) -> FlowKey {
    let mut key = FlowKey::default();
    key.set(Field::EthType, 0x0800_u16);
    key.set(Field::Ipv4Src, random.next() & 0x0fff_ffff);
    key.set(Field::Ipv4Dst, random.next() & 0x0fff_ffff);
    key
}

/// Grows a table beyond what is rearranged at once, changes its kind, and empties it.
fn grow_and_empty(fields: &[Field], kind: &str) {
    let mut random = Random(99);
    let mut classifier = Classifier::with_seed(9);
    let mut linear = Linear::default();
    for number in 0..12_000 {
        let flow_match = match number {
            500 => FlowMatch::default(),
            9000.. if number % 64 == 0 => random_match(&mut random, Style::Mixed),
            _ => wide_match(&mut random, fields),
        };
        let priority = u16::try_from(random.below(40)).expect("small");
        if classifier.find(&flow_match, priority).is_none() {
            linear.entries.push((flow_match, priority, number));
            classifier.insert(&flow_match, priority, number);
        }
        if number % 8 == 0 {
            let key = wide_key(&mut random);
            assert_eq!(classifier.lookup(&key), linear.lookup(&key), "step {number}");
        }
        if number == 8999 {
            assert_eq!(classifier.kind(), kind);
        }
    }
    while !linear.entries.is_empty() {
        let at = usize::try_from(random.below(linear.entries.len() as u64)).unwrap();
        let (flow_match, priority, entry) = linear.entries.swap_remove(at);
        assert_eq!(classifier.remove(&flow_match, priority), Some(entry));
        if linear.entries.len() % 8 == 0 {
            let key = wide_key(&mut random);
            // Without its order, the list no longer says which of equals is the oldest.
            let found = classifier.lookup(&key);
            let best =
                linear.entries.iter().filter(|entry| entry.0.accepts(&key)).map(|entry| entry.1);
            let priority_of =
                |entry| linear.entries.iter().find(|other| other.2 == entry).unwrap().1;
            assert_eq!(found.map(priority_of), best.max());
        }
    }
    assert_eq!((classifier.len(), classifier.kind()), (0, "exact"));
}

#[test]
fn it_agrees_with_a_list_of_thousands_of_prefixes() {
    grow_and_empty(&[Field::Ipv4Dst], "prefix");
}

#[test]
fn it_agrees_with_a_list_of_thousands_of_pairs_of_prefixes() {
    grow_and_empty(&[Field::Ipv4Src, Field::Ipv4Dst], "tuples");
}

#[test]
fn a_table_of_routes_with_a_miss_entry_has_the_kind_prefix() {
    let mut classifier = Classifier::with_seed(2);
    classifier.insert(&FlowMatch::default(), 0, 1);
    for length in [8, 16, 24, 32] {
        let mut route = FlowMatch::default();
        route.set(Field::EthType, 0x0800, 0xffff);
        route.set(Field::Ipv4Dst, 0x0a00_0000, prefix_mask(Field::Ipv4Dst, length));
        classifier.insert(&route, 7, u32::try_from(length).unwrap());
    }
    assert_eq!(classifier.kind(), "prefix");
    let mut key = FlowKey::default();
    assert_eq!(classifier.lookup(&key), Some(1));
    key.set(Field::EthType, 0x0800_u16);
    key.set(Field::Ipv4Dst, 0x0a00_0000_u32);
    assert_eq!(classifier.lookup(&key), Some(8), "the first of equals, not the longest");
}
