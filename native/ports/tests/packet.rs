//! Packet sockets on veth pairs, received in each of the ways that there are.

mod common;

use common::{Veth, check, ip, is_root, open, plain, receive_all, send_all, tagged, tcp};
use ports::{Frame, Io, Link, Loss, PacketOptions, Queue, open_packet};

const ALL: [Io; 3] = [Io::Auto, Io::Ring, Io::Messages];

fn pairs(options: &str) -> impl Iterator<Item = (Veth, Link, Link)> {
    let ways: &[Io] = if is_root() { &ALL } else { &[] };
    ways.iter().map(move |&io| {
        let veth = Veth::new(options);
        let (one, other) = (open(&veth, 0, io), open(&veth, 1, io));
        (veth, one, other)
    })
}

#[test]
fn frames_of_all_sizes_pass_both_ways_in_order() {
    for (_veth, mut one, mut other) in pairs("mtu 65535") {
        let sizes = [14, 15, 60, 64, 1514, 1900, 1950, 1951, 1990, 2048, 4000, 9014, 65000, 65549];
        let frames: Vec<Frame> = sizes.iter().map(|&len| plain(len, 1)).collect();
        check(&mut one, &mut other, frames.clone());
        check(&mut other, &mut one, frames);
    }
}

#[test]
fn what_is_unfinished_passes_with_its_metadata_among_what_is_finished() {
    for (_veth, mut one, mut other) in pairs("") {
        let frames = (0..60).map(|mark| match mark % 4 {
            0 => plain(60 + mark as usize, mark),
            1 => tcp(mark as usize, mark),
            2 => tcp(65_000, mark),
            _ => tcp(1449 * mark as usize / 2, mark),
        });
        check(&mut one, &mut other, frames.collect());
    }
}

#[test]
fn tags_that_the_kernel_strips_are_put_back() {
    for (_veth, mut one, mut other) in pairs("mtu 65535") {
        let frames = vec![
            tagged(plain(60, 1), 0x8100, 7),
            tagged(tcp(10, 2), 0x88a8, 0xe007),
            tagged(tcp(60_000, 3), 0x8100, 0x2fff),
            tagged(tagged(plain(3000, 4), 0x8100, 7), 0x88a8, 8),
            tagged(plain(1514, 5), 0x8100, 0),
        ];
        check(&mut one, &mut other, frames);
    }
}

#[test]
fn a_full_queue_loses_frames_that_are_counted_and_keeps_the_order_of_the_rest() {
    for (_veth, mut one, mut other) in pairs("") {
        let count = 15_000;
        for first in (0..count).step_by(50) {
            let mut frames: Vec<Frame> = (first..first + 50)
                .map(|mark| if mark % 10 == 0 { tcp(60_000, mark) } else { tcp(0, mark) })
                .collect();
            send_all(&mut *one.queues[0], &mut frames);
        }
        let sent = one.counters.snapshot();
        assert_eq!(sent.tx_packets + sent.lost(Loss::TxQueueFull), u64::from(count));
        let received = receive_all(&mut *other.queues[0], count as usize);
        let seen = other.counters.snapshot();
        assert!(seen.lost(Loss::RxQueueFull) > 0);
        assert_eq!(seen.rx_packets + seen.lost(Loss::RxQueueFull), sent.tx_packets);
        assert_eq!(received.len() as u64, seen.rx_packets);
        let marks = received.iter().map(|frame| frame.data()[38..42].to_vec());
        assert!(marks.is_sorted());
        // What the kernel lost was lost then: the way is free again.
        send_all(&mut *one.queues[0], &mut [tcp(60_000, 1), tcp(0, 2)]);
        assert_eq!(receive_all(&mut *other.queues[0], 2).len(), 2);
    }
}

#[test]
fn our_own_sends_do_not_come_back() {
    for (_veth, mut one, _other) in pairs("") {
        send_all(&mut *one.queues[0], &mut [plain(60, 1), tcp(0, 2)]);
        assert_eq!(one.queues[0].receive(&mut [Frame::new()]), 0);
        assert_eq!(one.counters.snapshot().rx_packets, 0);
    }
}

#[test]
fn a_frame_longer_than_the_mtu_is_counted_and_stops_nothing() {
    for (_veth, mut one, mut other) in pairs("") {
        send_all(&mut *one.queues[0], &mut [plain(60, 1), plain(1600, 2), plain(61, 3)]);
        assert_eq!(receive_all(&mut *other.queues[0], 2).len(), 2);
        assert_eq!(one.counters.snapshot().drops, [("tx_too_long", 1)]);
    }
}

#[test]
fn an_interface_that_goes_down_and_comes_back_goes_on_and_one_deleted_is_gone() {
    for (veth, mut one, mut other) in pairs("") {
        ip(&format!("link set {} down", veth.names[0]));
        assert!(receive_all(&mut *one.queues[0], 1).is_empty());
        assert!(!one.queues[0].gone());
        send_all(&mut *one.queues[0], &mut [plain(60, 1)]);
        assert_eq!(one.counters.snapshot().drops, [("tx_link_down", 1)]);
        veth.set_up(0);
        send_all(&mut *other.queues[0], &mut [plain(60, 1), tcp(30_000, 2)]);
        assert_eq!(receive_all(&mut *one.queues[0], 2).len(), 2);
        drop(veth);
        assert!(receive_all(&mut *one.queues[0], 1).is_empty());
        assert!(one.queues[0].gone());
        send_all(&mut *other.queues[0], &mut [plain(60, 1)]);
        assert!(other.queues[0].gone());
        assert_eq!(other.counters.snapshot().drops, [("tx_no_device", 1)]);
    }
}

#[test]
fn several_queues_share_what_arrives_by_flow() {
    for io in if is_root() { &ALL[..] } else { &[] } {
        let veth = Veth::new("");
        let mut one = open(&veth, 0, *io);
        let options = PacketOptions { io: *io, threads: 3, ..PacketOptions::default() };
        let mut other = open_packet(veth.ifindex(1), options).expect("an interface");
        let mut frames: Vec<Frame> = (0..60)
            .map(|mark: u32| {
                let mut frame = tcp(0, mark);
                frame.data_mut()[34] = (mark % 12) as u8;
                frame
            })
            .collect();
        send_all(&mut *one.queues[0], &mut frames);
        let mut shares = Vec::new();
        for queue in &mut other.queues {
            let share = receive_all(&mut **queue, 60);
            let mut marks: Vec<_> = share.iter().map(|frame| frame.data()[34]).collect();
            marks.sort_unstable();
            marks.dedup();
            shares.push((share.len(), marks));
        }
        assert_eq!(shares.iter().map(|(count, _)| count).sum::<usize>(), 60, "each arrives once");
        assert_eq!(
            shares.iter().map(|(_, marks)| marks.len()).sum::<usize>(),
            12,
            "no flow is split"
        );
        let send: &mut dyn Queue = &mut *other.queues[1];
        send_all(send, &mut [plain(60, 1)]);
        assert_eq!(receive_all(&mut *one.queues[0], 1).len(), 1);
        assert_eq!(other.counters.snapshot().rx_packets, 60, "none of our own");
    }
}
