//! Measures header edits, the packet following them included, and sums:
//! `cargo run --release -p datapath --example edit`.

use std::hint::black_box;
use std::time::Instant;

use datapath::{Action, Field, Frame, Packet, edit, follow, parse};
use packet::{crc32c, ones_sum};

const ROUNDS: u32 = 2_000_000;

/// A TCP segment over IPv4 with a TTL of 64.
fn frame() -> Frame {
    let mut octets = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
    octets.extend([0x45, 0, 0, 46, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    octets.extend([0x12, 0x34, 0, 80, 0, 20, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0]);
    octets.resize(60, 1);
    Frame::of(&octets, None)
}

fn nanoseconds(mut one: impl FnMut(u32)) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        (0..ROUNDS).for_each(&mut one);
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / f64::from(ROUNDS)
}

fn perform(action: &Action, frame: &mut Frame, packet: &mut Packet) {
    let edited = edit(black_box(action), frame, packet).expect("an edit");
    black_box(follow(action, edited, frame, packet));
}

/// Two actions in turn, so that each changes something. Says how long one takes.
fn measure(name: &str, actions: [Action; 2]) {
    let mut frame = frame();
    let mut packet = parse(frame.data(), frame.len());
    let both = nanoseconds(|_| {
        for action in &actions {
            perform(action, &mut frame, &mut packet);
        }
    });
    println!("{name:28} {:6.1} ns", both / 2.0);
}

fn main() {
    let set = |field, value: u128| Action::SetField(field, value);
    measure("set eth_dst", [1, 2].map(|value| set(Field::EthDst, value)));
    measure("set ipv4_dst", [1, 2].map(|value| set(Field::Ipv4Dst, value)));
    measure("set tcp_dst", [1, 2].map(|value| set(Field::TcpDst, value)));
    measure("set ip_dscp", [1, 2].map(|value| set(Field::IpDscp, value)));
    measure("dec_nw_ttl, set_nw_ttl", [Action::DecNwTtl, Action::SetNwTtl(64)]);
    measure("push_vlan, pop_vlan", [Action::PushVlan(0x8100), Action::PopVlan]);
    let data = [0x5a; 1500];
    println!(
        "{:28} {:6.1} ns",
        "ones_sum of 1500 octets",
        nanoseconds(|_| {
            black_box(ones_sum(black_box(&data)));
        })
    );
    println!(
        "{:28} {:6.1} ns",
        "crc32c of 1500 octets",
        nanoseconds(|_| {
            black_box(crc32c(black_box(&data)));
        })
    );
}
