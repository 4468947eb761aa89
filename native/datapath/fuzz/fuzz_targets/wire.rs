//! Whatever octets come as flow-mods: nothing panics, what is taken is whole messages of the version
//! agreed on, what is left has changed nothing, and the tables stay in step with their classifiers.
//!
//! The first octet chooses the version and how far the clock goes on; the rest is what a controller
//! sends. The headers of messages are made right, which costs the fuzzer too much to find out.

#![no_main]

use datapath::{FlowMatch, Selection, Tables, WireContext};
use libfuzzer_sys::fuzz_target;

const CONTEXT: WireContext<'_> = WireContext {
    max_port: 0xfeff,
    max_actions: 16,
    has_group: &|group_id| group_id < 4,
    has_meter: &|meter_id| meter_id < 4,
};

fn mend_header(bytes: &mut [u8], version: u8) {
    let Ok(length) = u16::try_from(bytes.len()) else { return };
    if bytes.len() >= 8 {
        bytes[..2].copy_from_slice(&[version, 14]);
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
    }
}

/// What is listed: whatever a change could change, but for counters.
fn listed(tables: &Tables) -> Vec<(u8, u16, u64, FlowMatch, Vec<u8>)> {
    let all = FlowMatch::default();
    let numbers = tables.select(&Selection::new(0..=255, &all));
    let entries = numbers.into_iter().map(|number| {
        let entry = tables.entry(number);
        let flow_match = entry.flow_match().unpack();
        let table = tables.table(entry.table_id()).expect("the entry's table");
        assert_eq!(table.find(&flow_match, entry.priority()), Some(number));
        let program = entry.program().encoded().to_vec();
        (entry.table_id(), entry.priority(), entry.cookie(), flow_match, program)
    });
    entries.collect()
}

fuzz_target!(|data: &[u8]| {
    let mut tables = Tables::new(4, 32);
    let mut now = 1.0;
    // Messages are separated by an unlikely sequence, so that the fuzzer can join and cut them.
    for message in data.split(|&octet| octet == 0xa7) {
        let Some((&choice, message)) = message.split_first() else { continue };
        let version = if choice & 1 == 0 { 4 } else { 1 };
        now += f64::from(choice) / 100.0;
        let mut bytes = message.to_vec();
        mend_header(&mut bytes, version);
        let before = listed(&tables);
        let applied = tables.apply_flow_mods(&bytes, version, &CONTEXT, now);
        assert!(applied.consumed == bytes.len() || applied.consumed == 0);
        assert_eq!(applied.count, usize::from(applied.consumed != 0));
        if applied.count == 0 {
            assert!(applied.removed.is_empty() && listed(&tables) == before);
        }
        tables.advance(now);
        assert!(tables.next_deadline().is_none_or(|deadline| deadline > now));
    }
});
