//! Interfaces of our own for tests, gone with the test; frames to send through them.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "shared by several tests")]

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use packet::{Offload, ones_sum};
use ports::{Epoll, Frame, Io, Link, PacketOptions, Queue, open_packet};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Whether we may make interfaces. Says so when not.
pub fn is_root() -> bool {
    let is_root = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status
            .lines()
            .any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
    });
    if !is_root {
        eprintln!("skipped: needs root to make interfaces");
    }
    is_root
}

pub fn ip(arguments: &str) {
    let done = Command::new("ip").args(arguments.split_whitespace()).status().expect("ip");
    assert!(done.success(), "ip {arguments}");
}

/// A veth pair on which nobody speaks by himself.
pub struct Veth {
    pub names: [String; 2],
}

impl Veth {
    pub fn new(options: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let names =
            ["a", "b"].map(|end| format!("nprt{}{end}{number}", std::process::id() % 100_000));
        let [one, other] = &names;
        ip(&format!("link add {one} {options} type veth peer name {other} {options}"));
        for name in &names {
            let silence = format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6");
            let _ = std::fs::write(silence, "1"); // not there without IPv6: silent as well
            ip(&format!("link set {name} up"));
        }
        let veth = Self { names };
        veth.wait_until_up();
        veth
    }

    /// Takes an end up, and waits until frames pass.
    pub fn set_up(&self, end: usize) {
        ip(&format!("link set {} up", self.names[end]));
        self.wait_until_up();
    }

    /// Waits until the kernel has given both ends their queues (back): it does so some time after
    /// their carrier has come, and loses what is sent before that without a word.
    fn wait_until_up(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let is_up = |name| {
            let shown = Command::new("ip").args(["link", "show", name]).output().expect("ip");
            String::from_utf8_lossy(&shown.stdout).contains("state UP")
        };
        while !self.names.iter().all(|name| is_up(name)) {
            assert!(Instant::now() < deadline, "{:?} do not come up", self.names);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn ifindex(&self, end: usize) -> u32 {
        let path = format!("/sys/class/net/{}/ifindex", self.names[end]);
        std::fs::read_to_string(path).expect("an interface").trim().parse().expect("a number")
    }
}

impl Drop for Veth {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["link", "delete", &self.names[0]]).status();
    }
}

/// A frame of some bytes that no protocol understands.
pub fn plain(len: usize, mark: u32) -> Frame {
    let mut octets: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).expect("small")).collect();
    octets[..14].copy_from_slice(&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
    if len >= 18 {
        octets[14..18].copy_from_slice(&mark.to_be_bytes());
    }
    Frame::of(&octets, None)
}

/// A TCP segment over IPv4 with so much payload, its checksum left to hardware; a super-frame when
/// that is more than 1448 octets.
pub fn tcp(payload: usize, mark: u32) -> Frame {
    let mut octets = vec![0; 54 + payload];
    octets[..14].copy_from_slice(&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00]);
    let length = u16::try_from(40 + payload).expect("an IPv4 packet").to_be_bytes();
    octets[14..34].copy_from_slice(&[
        0x45, 0, length[0], length[1], 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ]);
    let header = 65535 - ones_sum(&octets[14..34]);
    octets[24..26].copy_from_slice(&header.to_be_bytes());
    octets[34..38].copy_from_slice(&[0x30, 0x39, 0x13, 0x88]);
    octets[38..42].copy_from_slice(&mark.to_be_bytes());
    octets[46..48].copy_from_slice(&[0x50, 0x10]);
    for (at, octet) in octets[54..].iter_mut().enumerate() {
        *octet = u8::try_from(at % 253).expect("small");
    }
    let length = u16::try_from(20 + payload).expect("a segment").to_be_bytes();
    let pseudo = [10, 0, 0, 1, 10, 0, 0, 2, 0, 6, length[0], length[1]];
    octets[50..52].copy_from_slice(&ones_sum(&pseudo).to_be_bytes());
    let is_super = payload > 1448;
    let offload = Offload {
        flags: Offload::NEEDS_CSUM,
        gso_type: if is_super { Offload::GSO_TCPV4 } else { 0 },
        hdr_len: if is_super { 54 } else { 0 },
        gso_size: if is_super { 1448 } else { 0 },
        csum_start: 34,
        csum_offset: 16,
    };
    Frame::of(&octets, Some(offload))
}

/// The frame inside a VLAN, as its sender would have it.
pub fn tagged(mut frame: Frame, tpid: u16, tci: u16) -> Frame {
    let ([a, b], [c, d]) = (tpid.to_be_bytes(), tci.to_be_bytes());
    assert!(frame.insert(12, &[a, b, c, d]));
    frame
}

/// What the hints in the metadata do not change: octets, and what is to be done.
pub fn essence(frame: &Frame) -> (Vec<u8>, Option<Offload>) {
    let offload = frame.offload.map(|offload| Offload { hdr_len: 0, ..offload });
    (frame.data().to_vec(), offload)
}

pub fn send_all(queue: &mut dyn Queue, frames: &mut [Frame]) {
    let all: Vec<usize> = (0..frames.len()).collect();
    queue.send(frames, &all);
}

/// Receives until there are so many, or until nothing has come for a while.
pub fn receive_all(queue: &mut dyn Queue, count: usize) -> Vec<Frame> {
    let epoll = Epoll::new().expect("epoll");
    epoll.add(queue.fd(), 0).expect("a descriptor");
    let (mut all, mut frames) = (Vec::new(), vec![Frame::new(); 64]);
    let mut deadline = Instant::now() + Duration::from_millis(500);
    while all.len() < count && Instant::now() < deadline {
        if epoll.wait(&mut [0], 100) > 0 {
            let received = queue.receive(&mut frames);
            all.extend(frames[..received].iter().cloned());
            if received > 0 {
                deadline = Instant::now() + Duration::from_millis(500);
            }
        }
    }
    all
}

/// The packet socket, or `AF_XDP` socket, of an end of a pair.
pub fn open(veth: &Veth, end: usize, io: Io) -> Link {
    let options = PacketOptions { io, ..PacketOptions::default() };
    open_packet(veth.ifindex(end), options).expect("an interface")
}

/// Frames pass from one end to the other as they are, in their order, and both ends count them.
pub fn check(from: &mut Link, to: &mut Link, mut frames: Vec<Frame>) {
    send_all(&mut *from.queues[0], &mut frames);
    let received = receive_all(&mut *to.queues[0], frames.len());
    assert_eq!(received.len(), frames.len(), "{from:?} {to:?}");
    for (sent, received) in frames.iter().zip(&received) {
        assert!(essence(sent) == essence(received), "{:?} {:?}", sent.offload, received.offload);
    }
    let octets: u64 = frames.iter().map(|frame| frame.len() as u64).sum();
    let (tx, rx) = (from.counters.snapshot(), to.counters.snapshot());
    assert_eq!((tx.tx_packets, tx.tx_bytes), (frames.len() as u64, octets));
    assert_eq!((rx.rx_packets, rx.rx_bytes), (frames.len() as u64, octets));
    assert_eq!((tx.drops, rx.drops), (vec![], vec![]));
}
