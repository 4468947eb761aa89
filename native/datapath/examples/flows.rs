//! What a million flows cost: how long it takes to add, change and expire them, and the memory.
//!
//! ```text
//! cargo run --release -p datapath --example flows [FLOWS]
//! ```
//!
//! The flows are TCP connections with an idle time-out and one of four programs, as a controller
//! sends them: `FLOW_MOD`s of 1.3, a thousand at a time.

use std::time::Instant;

use datapath::{FlowMatch, Selection, Tables, WireContext};

const BATCH: usize = 1000;
const CONTEXT: WireContext<'_> = WireContext {
    max_port: 0xfeff,
    max_actions: 1024,
    has_group: &|_| false,
    has_meter: &|_| false,
};

const ADD: u8 = 0;
const MODIFY_STRICT: u8 = 2;

/// A flow-mod for the connection with this number.
fn flow_mod(number: u32, command: u8, idle_timeout: u16) -> Vec<u8> {
    let mut bytes = vec![4, 14, 0, 0, 0, 0, 0, 0];
    bytes.extend([0; 16]); // cookie and mask
    bytes.extend([0, command]);
    bytes.extend(idle_timeout.to_be_bytes());
    bytes.extend([0, 0, 0x80, 0]); // hard time-out, priority
    bytes.extend([0xff; 12]); // buffer, out_port, out_group
    bytes.extend([0; 4]);
    bytes.extend([0, 1, 0, 43, 0x80, 0, 10, 2, 8, 0, 0x80, 0, 20, 1, 6, 0x80, 0, 22, 4, 10]);
    bytes.extend(&number.to_be_bytes()[1..]);
    bytes.extend([0x80, 0, 24, 4, 10, 0, 0, 1, 0x80, 0, 26, 2]);
    bytes.extend(&number.to_be_bytes()[2..]);
    bytes.extend([0x80, 0, 28, 2, 0, 80]);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend([0, 4, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16]);
    bytes.extend((number % 4 + 1).to_be_bytes());
    bytes.extend([0xff, 0xff, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(bytes.len()).expect("a short message");
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

fn send_all(tables: &mut Tables, flows: u32, command: u8, idle_timeout: u16, what: &str) {
    let mut spent = 0.0;
    let numbers: Vec<u32> = (0..flows).collect();
    for numbers in numbers.chunks(BATCH) {
        let batch: Vec<u8> =
            numbers.iter().flat_map(|&one| flow_mod(one, command, idle_timeout)).collect();
        let begun = Instant::now();
        let applied = tables.apply_flow_mods(&batch, 4, &CONTEXT, f64::from(numbers[0]) * 1e-6);
        spent += begun.elapsed().as_secs_f64();
        assert_eq!((applied.consumed, applied.count), (batch.len(), numbers.len()));
    }
    println!("{what:34} {:7.2} million/s", f64::from(flows) / spent / 1e6);
}

fn timed<T>(what: &str, flows: u32, act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = act();
    let spent = begun.elapsed().as_secs_f64();
    println!("{what:34} {:7.1} ms, {:5.0} ns each", spent * 1e3, spent * 1e9 / f64::from(flows));
    result
}

/// What the process has resident, in MiB; 0 where nobody says.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0_u64) / 1024
}

fn main() {
    let flows = std::env::args().nth(1).map_or(1_000_000, |text| text.parse().expect("a number"));
    let mut tables = Tables::new(254, flows as usize);
    let before = resident();
    send_all(&mut tables, flows, ADD, 60, "add");
    println!("{:34} {:7} MiB resident, {before} before", "", resident());
    send_all(&mut tables, flows, MODIFY_STRICT, 0, "modify, strict");
    send_all(&mut tables, flows, ADD, 60, "replace");
    println!("{:34} {:7} {}", "", tables.len(), tables.table(0).unwrap().classifier().kind());
    let all = FlowMatch::default();
    let listed = timed("list all", flows, || tables.select(&Selection::new(0..=255, &all)));
    timed("count a packet of each, at random", flows, || {
        for at in 0..listed.len() {
            tables.entry(listed[at * 7919 % listed.len()]).count(64, 50.0);
        }
    });
    let over = timed("look at all that lived on", flows, || tables.advance(80.0));
    assert!(over.is_empty() && tables.len() == listed.len());
    timed("expire all", flows, || tables.advance(110.0));
    assert!(tables.is_empty());
    println!("{:34} {:7} MiB resident", "", resident());
    send_all(&mut tables, flows, ADD, 60, "add again");
    println!("{:34} {:7} MiB resident", "", resident());
}
