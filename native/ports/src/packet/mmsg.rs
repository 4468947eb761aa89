//! Receiving by `recvmmsg`: a copy and a buffer of the kernel's for each frame, but no ring to keep.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use packet::{Frame, OFFLOAD_SIZE};

use super::{Receive, Turn, tag};
use crate::counters::{Loss, PortCounters};
use crate::incoming::{accept, put_back};
use crate::messages::{BATCH, Messages, Received};

pub(super) struct Inbox {
    socket: Arc<OwnedFd>,
    messages: Messages,
}

impl Inbox {
    pub(super) fn new(socket: Arc<OwnedFd>) -> Self {
        Self { socket, messages: Messages::new() }
    }
}

impl Receive for Inbox {
    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn receive(&mut self, frames: &mut [Frame], counters: &PortCounters) -> Turn {
        let room = frames.len().min(BATCH);
        for (at, frame) in frames[..room].iter_mut().enumerate() {
            self.messages.set(at, frame.room(OFFLOAD_SIZE));
        }
        // SAFETY: the pieces point into `frames`, which are borrowed until the end of this function.
        let count = match unsafe { self.messages.receive(self.socket.as_raw_fd(), room) } {
            Ok(count) => count,
            Err(libc::EINVAL) => {
                // A frame that the kernel threw away: no virtio-net header describes it.
                counters.lose(Loss::RxUnsupportedGso, 1);
                return Turn::default();
            }
            Err(errno) => return Turn { errno, ..Turn::default() },
        };
        let mut turn = Turn::default();
        for at in 0..count {
            match finish(&mut frames[at], self.messages.received(at)) {
                Ok(()) => {
                    turn.octets += frames[at].len();
                    frames.swap(turn.count, at);
                    turn.count += 1;
                }
                Err(loss) => counters.lose(loss, 1),
            }
        }
        turn
    }
}

fn finish(frame: &mut Frame, received: Received) -> Result<(), Loss> {
    if received.is_cut {
        return Err(Loss::RxTooLong);
    }
    accept(frame, received.len)?;
    let tag =
        received.auxiliary.and_then(|one| tag(one.tp_status, one.tp_vlan_tci, one.tp_vlan_tpid));
    tag.map_or(Ok(()), |tag| put_back(frame, tag))
}
