//! `AF_XDP` sockets on veth pairs, whose other end is a packet socket or another `AF_XDP` socket.

mod common;

use common::{Veth, check, ip, is_root, open, plain, receive_all, send_all, tagged, tcp};
use ports::{Frame, Io, Link, Loss, PacketOptions, open_packet};

/// `AF_XDP` at one end, something at the other.
fn pairs() -> impl Iterator<Item = (Veth, Link, Link)> {
    let others: &[Io] = if is_root() { &[Io::Ring, Io::Xdp] } else { &[] };
    others.iter().map(|&io| {
        let veth = Veth::new("");
        let (one, other) = (open(&veth, 0, Io::Xdp), open(&veth, 1, io));
        (veth, one, other)
    })
}

#[test]
fn frames_pass_both_ways_in_order_and_unfinished_ones_are_recognised() {
    for (_veth, mut one, mut other) in pairs() {
        let frames = || {
            let frames = (0..90).map(|mark: u32| match mark % 5 {
                0 => plain(14 + mark as usize, mark),
                1 => plain(1514, mark),
                2 => tcp(1448, mark),
                3 => tagged(plain(60, mark), 0x8100, 7),
                _ => tagged(tcp(mark as usize, mark), 0x88a8, 7),
            });
            frames.collect::<Vec<_>>()
        };
        check(&mut one, &mut other, frames());
        check(&mut other, &mut one, frames());
    }
}

#[test]
fn super_frames_leave_with_their_metadata() {
    for (_veth, mut one, mut other) in pairs().take(1) {
        check(&mut one, &mut other, vec![tcp(60_000, 1), plain(60, 2), tcp(30_000, 3)]);
    }
}

#[test]
fn thousands_of_frames_are_received_or_counted() {
    for (_veth, mut one, mut other) in pairs() {
        let mut frames: Vec<Frame> = (0..64).map(|mark| plain(60, mark)).collect();
        let mut received = 0;
        for round in 0..200 {
            send_all(&mut *one.queues[0], &mut frames);
            if round % 2 == 0 {
                received += receive_all(&mut *other.queues[0], 64).len() as u64;
            }
        }
        received += receive_all(&mut *other.queues[0], 200 * 64).len() as u64;
        let (tx, rx) = (one.counters.snapshot(), other.counters.snapshot());
        assert_eq!(tx.tx_packets + tx.lost(Loss::TxQueueFull), 200 * 64);
        assert_eq!(rx.rx_packets, received);
        assert_eq!(rx.rx_packets + rx.lost(Loss::RxQueueFull), tx.tx_packets);
        assert!(rx.lost(Loss::RxQueueFull) > 0);
    }
}

#[test]
fn threads_without_a_queue_of_the_interface_send_all_the_same() {
    if !is_root() {
        return;
    }
    let veth = Veth::new("");
    let options = PacketOptions { io: Io::Xdp, threads: 3, ..PacketOptions::default() };
    let mut one = open_packet(veth.ifindex(0), options).expect("an interface");
    let mut other = open(&veth, 1, Io::Ring);
    assert_eq!(one.queues.iter().filter(|queue| queue.fd() >= 0).count(), 1);
    for queue in &mut one.queues {
        send_all(&mut **queue, &mut [plain(60, 1)]);
    }
    assert_eq!(receive_all(&mut *other.queues[0], 3).len(), 3);
}

#[test]
fn several_queues_of_an_interface_may_be_one_threads() {
    if !is_root() {
        return;
    }
    let veth = Veth::new("numrxqueues 2 numtxqueues 2");
    let (mut one, mut other) = (open(&veth, 0, Io::Xdp), open(&veth, 1, Io::Ring));
    check(&mut other, &mut one, (0..40).map(|mark| plain(60, mark)).collect());
}

#[test]
fn a_port_that_is_closed_leaves_no_program_behind() {
    for (veth, one, _other) in pairs() {
        drop(one);
        let _again = open(&veth, 0, Io::Xdp);
    }
}

#[test]
fn what_cannot_be_opened_says_why() {
    if !is_root() {
        return;
    }
    let veth = Veth::new("mtu 9000");
    let options = PacketOptions { io: Io::Xdp, ..PacketOptions::default() };
    let error = open_packet(veth.ifindex(0), options).expect_err("too long an MTU");
    assert!(error.to_string().contains("MTU"), "{error}");
    let veth = Veth::new("");
    let _one = open(&veth, 0, Io::Xdp);
    let error = open_packet(veth.ifindex(0), options).expect_err("in use");
    assert!(error.to_string().contains("already"), "{error}");
}

#[test]
fn an_interface_that_goes_down_goes_on_and_one_deleted_is_gone() {
    for (veth, mut one, mut other) in pairs() {
        ip(&format!("link set {} down", veth.names[0]));
        assert!(receive_all(&mut *one.queues[0], 1).is_empty());
        for _ in 0..3 {
            send_all(&mut *one.queues[0], &mut [plain(60, 1)]);
        }
        assert!(one.counters.snapshot().lost(Loss::TxLinkDown) > 0);
        veth.set_up(0);
        send_all(&mut *other.queues[0], &mut [plain(61, 2)]);
        assert_eq!(receive_all(&mut *one.queues[0], 1).len(), 1);
        assert!(!one.queues[0].gone());
        drop(veth);
        // The kernel wakes nobody for this: whoever looks, or sends, finds out.
        assert_eq!(one.queues[0].receive(&mut [Frame::new()]), 0);
        assert!(one.queues[0].gone());
    }
}
