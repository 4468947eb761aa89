//! What the memory of look-ups promises: right answers, and room for the flows that stay.

use datapath::{Classifier, Field, FlowKey, FlowMatch, MicroflowCache};

fn flow(number: u32) -> FlowKey {
    let mut key = FlowKey::default();
    key.set(Field::EthType, 0x0800_u16);
    key.set(Field::Ipv4Dst, number);
    key.set(Field::Ipv4Src, number << 4);
    key
}

fn prefix(field: Field, value: u32, length: u32) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    flow_match.set(Field::EthType, 0x0800, 0xffff);
    flow_match.set(field, value.into(), (u32::MAX << (32 - length)).into());
    flow_match
}

/// Rules of several masks, so that the memory is asked; together they look at whole addresses.
fn classifier() -> Classifier {
    let mut classifier = Classifier::with_seed(1);
    for length in [4, 8, 16, 32] {
        classifier.insert(&prefix(Field::Ipv4Dst, u32::MAX << (32 - length), length), 9, length);
        classifier.insert(&prefix(Field::Ipv4Src, u32::MAX << (32 - length), length), 8, length);
    }
    classifier
}

/// How many of the look-ups of these flows are answered from memory.
fn hits(cache: &mut MicroflowCache, classifier: &Classifier, flows: std::ops::Range<u32>) -> u64 {
    let before = cache.hits();
    for number in flows {
        let key = flow(number);
        assert_eq!(cache.lookup(0, classifier, &key), classifier.lookup(&key));
    }
    cache.hits() - before
}

#[test]
fn flows_that_come_again_are_remembered() {
    let (mut cache, classifier) = (MicroflowCache::new(4096, 3), classifier());
    for _ in 0..4 {
        hits(&mut cache, &classifier, 0..500);
    }
    assert!(hits(&mut cache, &classifier, 0..500) > 450);
}

#[test]
fn a_million_new_flows_do_not_drive_out_those_that_stay() {
    let (mut cache, classifier) = (MicroflowCache::new(4096, 3), classifier());
    for _ in 0..4 {
        hits(&mut cache, &classifier, 0..500);
    }
    let mut worst = 500;
    for round in 0..1000_u32 {
        let first = 1_000_000 + round * 1000;
        hits(&mut cache, &classifier, first..first + 1000);
        let resident = hits(&mut cache, &classifier, 0..500);
        worst = worst.min(resident);
    }
    assert!(worst > 450, "{worst} of 500 resident flows hit");
}

#[test]
fn flows_that_come_twice_do_not_drive_out_those_that_stay() {
    let (mut cache, classifier) = (MicroflowCache::new(4096, 3), classifier());
    for _ in 0..4 {
        hits(&mut cache, &classifier, 0..500);
    }
    for round in 0..200_u32 {
        let first = 1_000_000 + round * 100;
        hits(&mut cache, &classifier, first..first + 100);
        hits(&mut cache, &classifier, first..first + 100);
        assert!(hits(&mut cache, &classifier, 0..500) > 400);
    }
}

#[test]
fn a_change_of_the_table_leaves_no_stale_answer() {
    let (mut cache, mut classifier) = (MicroflowCache::new(64, 3), classifier());
    let key = flow(77);
    for round in 0..100 {
        let above = prefix(Field::Ipv4Dst, 77, 32);
        classifier.insert(&above, 100, 1000 + round);
        for _ in 0..5 {
            assert_eq!(cache.lookup(0, &classifier, &key), Some(1000 + round));
        }
        classifier.remove(&above, 100);
        for _ in 0..5 {
            assert_eq!(cache.lookup(0, &classifier, &key), None);
        }
    }
}

#[test]
fn tables_do_not_answer_for_each_other() {
    let mut cache = MicroflowCache::new(64, 3);
    let (one, mut other) = (classifier(), classifier());
    other.insert(&prefix(Field::Ipv4Dst, 0, 1), 100, 5555);
    for _ in 0..10 {
        assert_eq!(cache.lookup(0, &one, &flow(77)), None);
        assert_eq!(cache.lookup(1, &other, &flow(77)), Some(5555));
        assert_eq!(cache.lookup(0, &other, &flow(77)), Some(5555));
    }
}

#[test]
fn flows_that_no_rule_tells_apart_share_an_answer() {
    let (mut cache, classifier) = (MicroflowCache::new(64, 3), classifier());
    let mut key = flow(77);
    for port in 0..1000_u16 {
        key.set(Field::IpProto, 6_u8);
        key.set(Field::TcpSrc, port);
        cache.lookup(0, &classifier, &key);
    }
    assert!(cache.hits() > 990);
}

#[test]
fn a_hopeless_table_is_left_alone_and_tried_again() {
    let (mut cache, classifier) = (MicroflowCache::new(64, 3), classifier());
    hits(&mut cache, &classifier, 0..100_000);
    let asked = cache.hits() + cache.misses();
    assert!(asked < 20_000, "{asked}");
    let mut remembered = 0;
    for _ in 0..10_000 {
        remembered += hits(&mut cache, &classifier, 0..30);
    }
    assert!(remembered > 100_000, "{remembered}");
}

#[test]
fn a_table_with_few_masks_needs_no_memory() {
    let mut cache = MicroflowCache::new(64, 3);
    let mut classifier = Classifier::with_seed(1);
    classifier.insert(&prefix(Field::Ipv4Dst, 5, 32), 1, 5);
    classifier.insert(&FlowMatch::default(), 0, 6);
    for _ in 0..10 {
        assert_eq!(cache.lookup(0, &classifier, &flow(5)), Some(5));
    }
    assert_eq!((cache.hits(), cache.misses()), (0, 0));
}
