//! `traffic ping`: round trips of single frames while nothing else is sent.
//!
//! The far host's kernel answers the ICMP echo in its interrupt, and this side spins for the answer:
//! no other process has to wake up, so that what is measured is the way there and back. Between two
//! trips it sleeps, as long as it takes for everything on the way to fall asleep.

use std::net::Ipv4Addr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ports::probe::Probe;

use crate::arguments::{Arguments, Outcome, mac, mac_of};
use crate::frame::checksum;

const IPV4: u16 = 0x0800;
const TIMEOUT: Duration = Duration::from_millis(500);
/// Trips that are not counted: caches fill, the switch learns.
const WARM_UP: u16 = 20;
const SEQUENCE: std::ops::Range<usize> = 40..42;

/// Makes round trips; prints their distribution.
pub(crate) fn run(mut arguments: Arguments) -> Outcome {
    let interface = arguments.word("an interface")?;
    let target = mac(&arguments.text("target")?)?;
    let [from, to] = ["from", "to"].map(|name| {
        let text = arguments.text(name)?;
        text.parse::<Ipv4Addr>().map_err(|_| format!("--{name}: {text:?} is no IPv4 address"))
    });
    let count: u16 = arguments.value("count", 1000)?;
    let gap = Duration::from_micros(arguments.value("gap-us", 300)?);
    arguments.end()?;

    let mut frame = echo_request(target, mac_of(&interface)?, from?, to?);
    let probe = Probe::open(&interface, IPV4).map_err(|error| format!("{interface}: {error}"))?;
    let (mut trips, mut lost) = (Vec::new(), 0);
    for sequence in 0..WARM_UP.saturating_add(count) {
        sleep(gap);
        let trip = round_trip(&probe, &mut frame, sequence)
            .map_err(|error| format!("{interface}: {error}"))?;
        match trip {
            Some(trip) if sequence >= WARM_UP => trips.push(trip),
            None if sequence >= WARM_UP => lost += 1,
            _ => {}
        }
    }
    trips.sort_unstable();
    print(&trips, lost);
    Ok(())
}

fn round_trip(probe: &Probe, frame: &mut [u8], sequence: u16) -> std::io::Result<Option<Duration>> {
    set_sequence(frame, sequence);
    let mut answer = [0; 2048];
    let start = Instant::now();
    probe.send(frame)?;
    while let Some(left) = TIMEOUT.checked_sub(start.elapsed()) {
        let Some(length) = probe.receive(&mut answer, left)? else { break };
        let trip = start.elapsed();
        let echo_reply = length >= SEQUENCE.end && answer[23] == 1 && answer[34] == 0;
        if echo_reply && answer[SEQUENCE] == frame[SEQUENCE] {
            return Ok(Some(trip));
        }
    }
    Ok(None)
}

fn print(trips: &[Duration], lost: usize) {
    let us = |trip: Duration| trip.as_secs_f64() * 1e6;
    let at = |part: usize| trips.get(trips.len() * part / 100).map_or(f64::NAN, |trip| us(*trip));
    let count = u32::try_from(trips.len()).unwrap_or(u32::MAX).max(1);
    let mean = us(trips.iter().sum::<Duration>() / count);
    let [p50, p99] =
        [at(50), at(99)].map(|us| if us.is_nan() { "null".to_owned() } else { format!("{us:.2}") });
    println!(
        r#"{{"count": {}, "lost": {lost}, "p50_us": {p50}, "p99_us": {p99}, "mean_us": {mean:.2}}}"#,
        trips.len()
    );
}

/// An ICMP echo request (RFC 792) without sequence number and checksum.
fn echo_request(target: [u8; 6], source: [u8; 6], from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let mut frame = vec![0; 60];
    frame[..6].copy_from_slice(&target);
    frame[6..12].copy_from_slice(&source);
    frame[12..16].copy_from_slice(&[8, 0, 0x45, 0]);
    frame[17] = 46; // total length
    frame[22..24].copy_from_slice(&[64, 1]); // time to live, ICMP
    frame[26..30].copy_from_slice(&from.octets());
    frame[30..34].copy_from_slice(&to.octets());
    let header = checksum(&frame[14..34]).to_be_bytes();
    frame[24..26].copy_from_slice(&header);
    frame[34] = 8; // echo request
    frame
}

fn set_sequence(frame: &mut [u8], sequence: u16) {
    frame[SEQUENCE].copy_from_slice(&sequence.to_be_bytes());
    frame[36..38].fill(0);
    let message = checksum(&frame[34..60]).to_be_bytes();
    frame[36..38].copy_from_slice(&message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_right_checksums() {
        let mut frame =
            echo_request([2; 6], [4; 6], Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::LOCALHOST);
        set_sequence(&mut frame, 7);
        assert_eq!((checksum(&frame[14..34]), checksum(&frame[34..60])), (0, 0));
    }
}
