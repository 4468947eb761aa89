//! Sending to an interface: batches of messages, with a header only where something is unfinished.
//!
//! There are two sockets, since the kernel does more for a frame that has a virtio-net header before
//! it, even when that says nothing. Both hand a frame to the interface within the call, so frames
//! stay in order. A ring for sending (`PACKET_TX_RING`) would save a copy and is not for us: the
//! kernel gives a slot back when the frame's socket lets go of it, which on a veth is before
//! the other end has read it.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use packet::{Frame, OFFLOAD_SIZE};

use super::socket;
use crate::counters::{Loss, PortCounters, says_gone};
use crate::messages::{BATCH, Messages};
use crate::outgoing::{Finisher, header_says_all, with_header};

/// One thread's way out to an interface.
pub(crate) struct Outbox {
    plain: OwnedFd,
    with_headers: OwnedFd,
    messages: Messages,
    finisher: Finisher,
    pub(crate) counters: Arc<PortCounters>,
    pub(crate) gone: bool,
}

impl Outbox {
    pub(crate) fn open(
        ifindex: i32,
        bypass: bool,
        counters: &Arc<PortCounters>,
    ) -> io::Result<Self> {
        let with_headers = socket::sending(ifindex, bypass)?;
        socket::set(&with_headers, libc::PACKET_VNET_HDR, &1)?;
        Ok(Self {
            plain: socket::sending(ifindex, bypass)?,
            with_headers,
            messages: Messages::new(),
            finisher: Finisher::default(),
            counters: Arc::clone(counters),
            gone: false,
        })
    }

    /// Notes whether the interface has been deleted or moved away.
    pub(crate) fn look_at_interface(&mut self) {
        self.gone |= socket::has_lost_interface(self.plain.as_raw_fd());
    }

    /// Sends frames as `Queue::send` says.
    pub(crate) fn send(&mut self, frames: &mut [Frame], which: &[usize]) {
        let (messages, counters, gone) = (&mut self.messages, &*self.counters, &mut self.gone);
        let sockets = [self.plain.as_raw_fd(), self.with_headers.as_raw_fd()];
        self.finisher.in_runs(frames, which, counters, header_says_all, |frames, which| {
            let is_plain = |number: &usize| frames[*number].offload.is_none();
            let runs: Vec<usize> =
                which.chunk_by(|a, b| is_plain(a) == is_plain(b)).map(<[_]>::len).collect();
            let mut rest = which;
            for len in runs {
                let (run, others) = rest.split_at(len);
                rest = others;
                for batch in run.chunks(BATCH) {
                    *gone |= send_batch(messages, sockets, frames, batch, counters);
                }
            }
        });
    }
}

/// Sends a batch through one socket; returns whether that has said that the interface is gone.
fn send_batch(
    messages: &mut Messages,
    sockets: [RawFd; 2],
    frames: &mut [Frame],
    which: &[usize],
    counters: &PortCounters,
) -> bool {
    let Some(&first) = which.first() else { return false };
    let has_headers = frames[first].offload.is_some();
    for (at, &number) in which.iter().enumerate() {
        let frame = &mut frames[number];
        messages.set(at, if has_headers { with_header(frame) } else { frame.data_mut() });
    }
    let header = if has_headers { OFFLOAD_SIZE } else { 0 };
    let mut is_gone = false;
    // SAFETY: the pieces point into `frames`, which are borrowed until the end of this function.
    let outcome = unsafe {
        messages.send(sockets[usize::from(has_headers)], which.len(), |errno| {
            counters.lose(Loss::of_send(errno), 1);
            is_gone |= says_gone(errno);
        })
    };
    counters.sent(outcome.messages, outcome.octets - outcome.messages * header as u64);
    is_gone
}
