//! `traffic send`: frames of many flows, as fast as one core can.

use std::fs;
use std::time::{Duration, Instant};

use ports::bpf::Program;

use crate::arguments::{Arguments, Outcome, mac, mac_of};
use crate::count::cpu_seconds;
use crate::frame;
use crate::program::{BATCH, Pattern, assemble};

/// Where the flows begin that are all new: no rule is made for them.
const NEW: u64 = 1 << 40;

/// The address of the first station.
const STATIONS: [u8; 6] = [0x02, 0x05, 0, 0, 0, 0];

/// Batches between two looks at the clock.
const BATCHES: u32 = 16;

/// Sends for some seconds; prints how many frames the link was offered.
pub(crate) fn run(mut arguments: Arguments) -> Outcome {
    let interface = arguments.word("an interface")?;
    let target = mac(&arguments.text("target")?)?;
    let seconds: f64 = arguments.value("seconds", 1.0)?;
    let size = arguments.value("size", 64)?;
    let flows = flows_of(&arguments.option("flows").unwrap_or_else(|| "1".to_owned()))?;
    let pattern = Pattern { flows, stations: arguments.value("stations", 0)? };
    arguments.end()?;

    let source = if pattern.stations > 0 { STATIONS } else { mac_of(&interface)? };
    let frame = frame::udp(target, source, size);
    let code = assemble(index_of(&interface)?, pattern, frame::header_sum(&frame));
    let program = Program::load(&code).map_err(|error| format!("the sender: {error}"))?;

    let start = Instant::now();
    let until = start + Duration::from_secs_f64(seconds);
    let (mut next, mut offered) = (if flows.is_some() { 0 } else { NEW }, 0);
    while Instant::now() < until {
        next =
            program.run(&frame, next, BATCHES).map_err(|error| format!("{interface}: {error}"))?;
        offered += u64::from(BATCH * BATCHES);
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds("/proc/self/stat");
    println!(r#"{{"offered": {offered}, "seconds": {seconds:.6}, "cpu_s": {cpu:.2}}}"#);
    Ok(())
}

/// How many flows take turns; `None` when they are all `new`.
fn flows_of(text: &str) -> Result<Option<u32>, String> {
    match text.parse() {
        _ if text == "new" => Ok(None),
        Ok(flows) if flows > 0 && flows < 1 << 31 => Ok(Some(flows)),
        _ => Err(format!("--flows: {text:?} is neither a number from 1 nor new")),
    }
}

fn index_of(interface: &str) -> Result<u32, String> {
    let path = format!("/sys/class/net/{interface}/ifindex");
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    text.trim().parse().map_err(|_| format!("{path}: no number: {text:?}"))
}
