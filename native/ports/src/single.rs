//! Links that move one frame with one call, behind a virtio-net header: taps, and links in memory.
//!
//! A tap's descriptors, one for each of its queues, come open, non-blocking and told to use headers
//! of 10 octets. A link in memory is a SEQPACKET socket.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use packet::{Frame, OFFLOAD_SIZE};

use crate::counters::{Loss, PortCounters, says_gone};
use crate::incoming::accept;
use crate::outgoing::{Finisher, header_says_all, with_header};
use crate::{Link, Queue, sys};

/// Makes a link of a tap's queues, for so many threads.
///
/// Threads beyond the number of the tap's queues send only.
///
/// # Errors
/// When there is no descriptor, or the system has no more of them.
pub fn open_tap(queues: Vec<OwnedFd>, threads: usize) -> io::Result<Link> {
    open(queues, threads, sys::read, sys::write)
}

/// Makes a link of a socket's end, for so many threads; the first receives.
///
/// # Errors
/// When the system has no more descriptors.
pub fn open_seqpacket(end: OwnedFd, threads: usize) -> io::Result<Link> {
    open(vec![end], threads, sys::receive, sys::send)
}

type Read = fn(RawFd, &mut [u8]) -> Result<usize, i32>;
type Write = fn(RawFd, &[u8]) -> Result<usize, i32>;

fn open(fds: Vec<OwnedFd>, threads: usize, read: Read, write: Write) -> io::Result<Link> {
    let counters = Arc::new(PortCounters::default());
    let first = fds.first().ok_or(io::ErrorKind::InvalidInput)?;
    let senders = (fds.len()..threads).map(|_| Ok((first.try_clone()?, false)));
    let senders: Vec<_> = senders.collect::<io::Result<_>>()?;
    let fds = fds.into_iter().map(|fd| (fd, true)).chain(senders);
    let queues = fds
        .map(|(fd, receives)| -> Box<dyn Queue> {
            let counters = Arc::clone(&counters);
            let finisher = Finisher::default();
            Box::new(Single { fd, receives, read, write, counters, finisher, gone: false })
        })
        .collect();
    Ok(Link { queues, counters })
}

struct Single {
    fd: OwnedFd,
    receives: bool,
    read: Read,
    write: Write,
    counters: Arc<PortCounters>,
    finisher: Finisher,
    gone: bool,
}

impl Queue for Single {
    fn fd(&self) -> RawFd {
        if self.receives { self.fd.as_raw_fd() } else { -1 }
    }

    fn receive(&mut self, frames: &mut [Frame]) -> usize {
        let (mut count, mut octets) = (0, 0);
        while let Some(frame) = frames.get_mut(count) {
            match (self.read)(self.fd.as_raw_fd(), frame.room(OFFLOAD_SIZE)) {
                Ok(0) => {
                    self.gone = true; // the other end is closed
                    break;
                }
                Ok(len) => match accept(frame, len) {
                    Ok(()) => {
                        count += 1;
                        octets += frame.len();
                    }
                    Err(loss) => self.counters.lose(loss, 1),
                },
                Err(errno) => {
                    self.gone |= says_gone(errno);
                    break;
                }
            }
        }
        self.counters.received(count, octets)
    }

    fn send(&mut self, frames: &mut [Frame], which: &[usize]) {
        let (fd, write, counters, gone) =
            (self.fd.as_raw_fd(), self.write, &self.counters, &mut self.gone);
        self.finisher.in_runs(frames, which, counters, header_says_all, |frames, which| {
            let (mut sent, mut octets) = (0, 0);
            for &number in which {
                let frame = &mut frames[number];
                match write(fd, with_header(frame)) {
                    Ok(_) => {
                        sent += 1;
                        octets += frame.len() as u64;
                    }
                    Err(errno) => {
                        counters.lose(Loss::of_send(errno), 1);
                        *gone |= says_gone(errno);
                    }
                }
            }
            counters.sent(sent, octets);
        });
    }

    fn gone(&self) -> bool {
        self.gone
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use packet::Offload;

    use super::*;

    /// Two links in memory that are joined.
    fn pair() -> (Link, Link) {
        let (one, other) = sys::seqpacket_pair().expect("a pair of sockets");
        let open = |end| open_seqpacket(end, 1).expect("a link");
        (open(one), open(other))
    }

    fn frame(len: usize, offload: Option<Offload>) -> Frame {
        let octets: Vec<u8> =
            (0..len).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect();
        Frame::of(&octets, offload)
    }

    #[test]
    fn frames_of_all_sizes_pass_with_their_metadata() {
        let (mut one, mut other) = pair();
        let offload = Offload { flags: 1, csum_start: 34, csum_offset: 16, ..Offload::default() };
        let mut sent: Vec<Frame> = [14, 60, 64, 1514, 9014, 65549]
            .into_iter()
            .flat_map(|len| [frame(len, None), frame(len, (len > 60).then_some(offload))])
            .collect();
        let all: Vec<usize> = (0..sent.len()).collect();
        one.queues[0].send(&mut sent, &all);
        let mut frames = vec![Frame::new(); 64];
        assert_eq!(other.queues[0].receive(&mut frames), sent.len());
        assert_eq!(frames[..sent.len()], sent[..]);
        let octets: usize = sent.iter().map(Frame::len).sum();
        let (tx, rx) = (one.counters.snapshot(), other.counters.snapshot());
        assert_eq!((tx.tx_packets, tx.tx_bytes), (sent.len() as u64, octets as u64));
        assert_eq!((rx.rx_packets, rx.rx_bytes), (sent.len() as u64, octets as u64));
        assert_eq!((tx.drops, rx.drops), (vec![], vec![]));
    }

    #[test]
    fn a_frame_may_leave_twice() {
        let (mut one, mut other) = pair();
        one.queues[0].send(&mut [frame(60, None), frame(61, None)], &[1, 0, 1]);
        let mut frames = vec![Frame::new(); 4];
        assert_eq!(other.queues[0].receive(&mut frames), 3);
        assert_eq!(frames.iter().map(Frame::len).collect::<Vec<_>>(), [61, 60, 61, 0]);
    }

    #[test]
    fn a_frame_without_headroom_is_sent_all_the_same() {
        let (mut one, mut other) = pair();
        let mut crowded = frame(60, None);
        assert!(crowded.insert(12, &[7; packet::HEADROOM]));
        one.queues[0].send(std::slice::from_mut(&mut crowded), &[0]);
        let mut frames = [Frame::new()];
        assert_eq!(other.queues[0].receive(&mut frames), 1);
        assert_eq!(frames[0], crowded);
    }

    #[test]
    fn a_full_queue_loses_frames_by_name() {
        let (mut one, mut other) = pair();
        let mut frames = vec![frame(60, None); 64];
        let all: Vec<usize> = (0..64).collect();
        for _ in 0..200 {
            one.queues[0].send(&mut frames, &all);
        }
        let tx = one.counters.snapshot();
        assert!(tx.lost(Loss::TxQueueFull) > 0);
        assert_eq!(tx.tx_packets + tx.lost(Loss::TxQueueFull), 200 * 64);
        let mut received = 0;
        while let count @ 1.. = other.queues[0].receive(&mut frames) {
            received += count as u64;
        }
        assert_eq!(received, tx.tx_packets);
        assert!(!one.queues[0].gone() && !other.queues[0].gone());
    }

    #[test]
    fn an_end_that_has_closed_is_gone() {
        let (mut one, other) = pair();
        drop(other);
        assert_eq!(one.queues[0].receive(&mut [Frame::new()]), 0);
        assert!(one.queues[0].gone());
        one.queues[0].send(&mut [frame(60, None)], &[0]);
        assert_eq!(one.counters.snapshot().drops, [("tx_link_down", 1)]);
    }

    #[test]
    fn a_port_that_is_down_passes_nothing() {
        let (mut one, mut other) = pair();
        one.queues[0].send(&mut [frame(60, None)], &[0]);
        one.counters.set_up(false);
        one.queues[0].send(&mut [frame(60, None)], &[0, 0]);
        assert_eq!(one.counters.snapshot().drops, [("tx_port_down", 2)]);
        other.counters.set_up(false);
        assert_eq!(other.queues[0].receive(&mut vec![Frame::new(); 4]), 0);
        assert_eq!(other.counters.snapshot().drops, [("rx_port_down", 1)]);
    }

    #[test]
    fn runts_are_counted_and_do_not_stop_the_rest() {
        let (end, other) = UnixDatagram::pair().expect("a pair of sockets");
        end.set_nonblocking(true).expect("a socket");
        let mut link = open_seqpacket(end.into(), 2).expect("a link");
        other.send(&[0; 23]).expect("room");
        other.send(&[0; 24]).expect("room");
        assert_eq!(link.queues[0].receive(&mut vec![Frame::new(); 4]), 1);
        assert_eq!(link.counters.snapshot().drops, [("rx_too_short", 1)]);
        assert_eq!(link.queues[1].fd(), -1, "the second thread only sends");
    }
}
