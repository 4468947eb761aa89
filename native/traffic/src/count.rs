//! `traffic count`: what an interface receives in some seconds, and what that cost.
//!
//! The interface counts anyway, so nobody has to read the frames: the receiving host drops them as
//! soon as it sees that they are for another station.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::arguments::{Arguments, Outcome};

/// Ticks a second in `/proc`, on every architecture that has packet sockets worth measuring.
const TICKS: f64 = 100.0;

/// What is read at once.
struct Reading {
    at: Instant,
    packets: u64,
    process_s: f64,
    machine_s: f64,
}

/// Reads, waits, reads again, and prints the differences.
pub(crate) fn run(mut arguments: Arguments) -> Outcome {
    let interface = arguments.word("an interface")?;
    let seconds: f64 = arguments.value("seconds", 1.0)?;
    let after: f64 = arguments.value("after", 0.0)?;
    let process = arguments.option("pid").map(|pid| format!("/proc/{pid}/stat"));
    arguments.end()?;

    let counter = format!("/sys/class/net/{interface}/statistics/rx_packets");
    sleep(Duration::from_secs_f64(after));
    let before = read(&counter, process.as_deref())?;
    sleep(Duration::from_secs_f64(seconds));
    let now = read(&counter, process.as_deref())?;
    println!(
        r#"{{"packets": {}, "seconds": {:.6}, "process_s": {:.2}, "machine_s": {:.2}}}"#,
        now.packets.saturating_sub(before.packets),
        (now.at - before.at).as_secs_f64(),
        now.process_s - before.process_s,
        now.machine_s - before.machine_s,
    );
    Ok(())
}

fn read(counter: &str, process: Option<&str>) -> Result<Reading, String> {
    let at = Instant::now();
    let text = fs::read_to_string(counter).map_err(|error| format!("{counter}: {error}"))?;
    let packets = text.trim().parse().map_err(|_| format!("{counter}: no number: {text:?}"))?;
    Ok(Reading {
        at,
        packets,
        process_s: process.map_or(0.0, cpu_seconds),
        machine_s: machine_seconds(),
    })
}

/// The processor time of a process, in its own code and in the kernel on its behalf; 0 when it is gone.
pub(crate) fn cpu_seconds(stat: impl AsRef<Path>) -> f64 {
    let text = fs::read_to_string(stat).unwrap_or_default();
    // The name, in parentheses, may hold blanks; then comes the state, and utime and stime are 11 on.
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    fields.take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// The time in which the processors of this machine were not idle, interrupts included.
fn machine_seconds() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> = text
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(7) // user, nice, system, idle, iowait, irq, softirq
        .filter_map(|ticks| ticks.parse().ok())
        .collect();
    let idle: f64 = fields.iter().skip(3).take(2).sum();
    (fields.iter().sum::<f64>() - idle) / TICKS
}
