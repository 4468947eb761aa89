//! Whatever octets come as a message of whatever version: reading does not panic; what was read can be
//! written; and what was written reads as the same message again, and is written to the same octets.
//!
//! The plans are those that `openflow/layouts/plans.py` makes (`python -m tests.openflow.plan_texts` writes them).
//! Their foreign classes, which Python reads, keep their octets here.

#![no_main]

use std::sync::LazyLock;

use codec::{Plain, Plan, Value, read_message, write_message};
use libfuzzer_sys::fuzz_target;

static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let texts = [
        include_str!("../plans/1.0.txt"),
        include_str!("../plans/1.1.txt"),
        include_str!("../plans/1.2.txt"),
        include_str!("../plans/1.3.txt"),
        include_str!("../plans/1.4.txt"),
        include_str!("../plans/1.5.txt"),
    ];
    texts.iter().map(|text| Plan::parse(text).expect("a plan")).collect()
});

fn read(plan: &Plan, octets: &[u8]) -> Option<Value> {
    read_message(plan, &Plain(plan), octets).ok()
}

/// The octets of a message that was read; its last field is its xid.
fn write(plan: &Plan, message: &Value) -> Option<Vec<u8>> {
    let Value::Object(class, fields) = message else { return None };
    let xid = match fields.last() {
        Some(Value::Int(xid)) => u32::try_from(*xid).ok()?,
        _ => return None,
    };
    let code = plan.messages().iter().position(|code| code.class == *class)?;
    let mut out = Vec::new();
    write_message(plan, &Plain(plan), code, message, xid, &mut out).ok()?;
    Some(out)
}

fuzz_target!(|input: &[u8]| {
    let mut octets = input.to_vec();
    let Some(&version) = octets.first() else { return };
    let plan = &PLANS[usize::from(version) % PLANS.len()];
    if octets.len() >= 4 {
        // Most inputs would fail at the header: it says the version and the length that there are.
        octets[0] = plan.version();
        let Ok(length) = u16::try_from(octets.len()) else { return };
        octets[2..4].copy_from_slice(&length.to_be_bytes());
    }
    let Some(message) = read(plan, &octets) else { return };
    let written = write(plan, &message).expect("what was read can be written");
    assert_eq!(read(plan, &written).as_ref(), Some(&message));
    assert_eq!(write(plan, &message), Some(written));
});
