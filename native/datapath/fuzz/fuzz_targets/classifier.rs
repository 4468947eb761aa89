//! Whatever entries come and go in whatever order: the classifier says what a list of all entries
//! says, for look-ups, exact finds and removals, and so does the memory of look-ups in front of it.
//!
//! Octets choose the changes and look-ups, eight for each, from a world of few values and many masks.
//! If the first octet is odd, most entries are prefixes of one field.

#![no_main]

use datapath::{Classifier, Field, FlowKey, FlowMatch, MicroflowCache};
use libfuzzer_sys::fuzz_target;

/// All entries in the order in which they came.
#[derive(Default)]
struct Linear(Vec<(FlowMatch, u16, u32)>);

impl Linear {
    fn position(&self, flow_match: &FlowMatch, priority: u16) -> Option<usize> {
        self.0.iter().position(|entry| (entry.0, entry.1) == (*flow_match, priority))
    }

    fn lookup(&self, key: &FlowKey) -> Option<u32> {
        let mut best: Option<&(FlowMatch, u16, u32)> = None;
        for entry in self.0.iter().filter(|entry| entry.0.accepts(key)) {
            if best.is_none_or(|best| entry.1 > best.1) {
                best = Some(entry);
            }
        }
        best.map(|entry| entry.2)
    }
}

const FIELDS: [Field; 6] =
    [Field::InPort, Field::EthDst, Field::VlanVid, Field::EthType, Field::Ipv4Dst, Field::Ipv6Src];

/// Two bits choose the value of each field; three of them may be anywhere in it.
fn value(field: Field, choice: u8) -> u128 {
    let bits = field.bits();
    u128::from(choice & 1)
        | u128::from(choice >> 1 & 1) << (bits / 2)
        | u128::from(choice >> 2 & 1) << (bits - 1)
}

fn key(choices: [u8; 6]) -> FlowKey {
    let mut key = FlowKey::default();
    for (field, choice) in FIELDS.into_iter().zip(choices) {
        let is_other_version = field == Field::Ipv6Src && key.has(Field::Ipv4Dst);
        if choice & 0x80 == 0 && !is_other_version {
            key.set(field, value(field, choice));
        }
    }
    key
}

/// A match on the fields of a key: whole, a prefix, or some bits.
fn flow_match(choices: [u8; 6]) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    for (field, value) in key(choices).iter() {
        let at = FIELDS.iter().position(|other| *other == field).expect("one of them");
        let ones = u128::MAX >> (128 - field.bits());
        let free = u32::from(choices[at] >> 3 & 15) * field.bits() / 16;
        let mask = if choices[at] & 0x7f == 0x7f { ones ^ 5 } else { ones >> free << free };
        flow_match.set(field, value, mask);
    }
    flow_match
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, steps)) = input.split_first() else { return };
    let mut classifier = Classifier::with_seed(seed.into());
    let mut cache = MicroflowCache::new(16, seed.into());
    let mut linear = Linear::default();
    for (number, step) in (0..).zip(steps.chunks_exact(8)) {
        let mut choices: [u8; 6] = std::array::from_fn(|at| step[at + 2]);
        if seed % 2 == 1 && step[0] & 0xf8 != 0 {
            [choices[0], choices[1], choices[2], choices[5]] = [0x80; 4];
            choices[3] &= 7;
        }
        let (flow_match, priority) = (flow_match(choices), u16::from(step[1]) << (step[0] >> 5));
        let found = linear.position(&flow_match, priority);
        match step[0] & 7 {
            0..4 => {
                match found {
                    Some(at) => linear.0[at].2 = number,
                    None => linear.0.push((flow_match, priority, number)),
                }
                classifier.insert(&flow_match, priority, number);
            }
            4 => {
                let removed = found.map(|at| linear.0.remove(at).2);
                assert_eq!(classifier.remove(&flow_match, priority), removed);
            }
            5 if !linear.0.is_empty() => {
                let at = usize::from(step[1]) % linear.0.len();
                let (flow_match, priority, entry) = linear.0.remove(at);
                assert_eq!(classifier.find(&flow_match, priority), Some(entry));
                assert_eq!(classifier.remove(&flow_match, priority), Some(entry));
            }
            _ => assert_eq!(classifier.find(&flow_match, priority), found.map(|at| linear.0[at].2)),
        }
        assert_eq!(classifier.len(), linear.0.len());
        let key = key(choices.map(|choice| choice.rotate_left(u32::from(step[1] & 3))));
        let expected = linear.lookup(&key);
        assert_eq!(classifier.lookup(&key), expected);
        for _ in 0..3 {
            assert_eq!(cache.lookup(step[0] >> 6, &classifier, &key), expected);
        }
    }
});
