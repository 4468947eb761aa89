//! `traffic send`: frames of many flows, as fast as one core can.

use std::time::{Duration, Instant};

use ports::flood::Flood;

use crate::arguments::{Arguments, Outcome, mac, mac_of};
use crate::count::cpu_seconds;
use crate::flows;

/// Where the flows begin that are all new: no rule is made for them.
const NEW: u64 = 1 << 40;

/// Batches between two looks at the clock.
const BATCHES: usize = 16;

/// Sends for some seconds; prints what the link took.
pub(crate) fn run(mut arguments: Arguments) -> Outcome {
    let interface = arguments.word("an interface")?;
    let target = mac(&arguments.text("target")?)?;
    let seconds: f64 = arguments.value("seconds", 1.0)?;
    let size = arguments.value("size", 64)?;
    let stations: u64 = arguments.value("stations", 0)?;
    let mut flow = turns(&arguments.option("flows").unwrap_or_else(|| "1".to_owned()))?;
    arguments.end()?;

    let frame = flows::frame(target, mac_of(&interface)?, size);
    let mut flood =
        Flood::open(&interface, &frame).map_err(|error| format!("{interface}: {error}"))?;
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let (start, mut sent, mut offered) = (Instant::now(), 0, 0);
    while Instant::now() < until {
        for _ in 0..BATCHES {
            for frame in flood.frames() {
                let number = flow();
                flows::set_flow(frame, number);
                if stations > 0 {
                    flows::set_station(frame, number % stations);
                }
                offered += 1;
            }
            sent += flood.send();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds("/proc/self/stat");
    println!(
        r#"{{"sent": {sent}, "offered": {offered}, "seconds": {seconds:.6}, "cpu_s": {cpu:.2}}}"#
    );
    Ok(())
}

/// The numbers of the flows that send in turn; one that never ends for `new`.
fn turns(text: &str) -> Result<Box<dyn FnMut() -> u64>, String> {
    if text == "new" {
        let mut next = NEW;
        return Ok(Box::new(move || {
            next += 1;
            next
        }));
    }
    let flows: u64 = text.parse().unwrap_or(0);
    if flows == 0 {
        return Err(format!("--flows: {text:?} is neither a number from 1 nor new"));
    }
    let mut next = 0;
    Ok(Box::new(move || {
        next = if next + 1 < flows { next + 1 } else { 0 };
        next
    }))
}
