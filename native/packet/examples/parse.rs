//! Measures what it takes to take a frame apart: `cargo run --release -p packet --example parse`.

use std::hint::black_box;
use std::time::Instant;

use packet::parse;

const ROUNDS: u32 = 5_000_000;

fn ethernet(head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    frame.extend(head);
    frame.extend(body);
    frame.resize(frame.len().max(60), 0);
    frame
}

fn ipv4(proto: u8) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    packet.extend([0x12, 0x34, 0, 80, 0, 20, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0]);
    packet
}

fn ipv6() -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, 20, 6, 64];
    packet.extend([0xfe; 32]);
    packet.extend(&ipv4(6)[20..]);
    packet
}

fn arp() -> Vec<u8> {
    let mut packet = vec![0, 1, 8, 0, 6, 4, 0, 1];
    packet.extend([7; 20]);
    packet
}

fn main() {
    let frames = [
        ("TCP over IPv4", ethernet(&[8, 0], &ipv4(6))),
        ("UDP over IPv4", ethernet(&[8, 0], &ipv4(17))),
        ("TCP over IPv4, VLAN", ethernet(&[0x81, 0, 0x60, 7, 8, 0], &ipv4(6))),
        ("TCP over IPv6", ethernet(&[0x86, 0xdd], &ipv6())),
        ("ARP", ethernet(&[8, 6], &arp())),
        ("MPLS", ethernet(&[0x88, 0x47], &[0, 1, 0, 64])),
        ("unknown type", ethernet(&[0x88, 0xcc], &[])),
    ];
    for (name, frame) in &frames {
        let mut best = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                let frame = black_box(frame.as_slice());
                black_box(&parse(frame, frame.len()));
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{name:24} {:6.1} ns", best * 1e9 / f64::from(ROUNDS));
    }
}
