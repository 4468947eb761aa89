//! What happens to every frame on its way out: the header before it, and the work that no header
//! can say.

use packet::{Frame, OFFLOAD_SIZE, Offload, Segments, complete_checksum, kernel_can_finish};

use crate::counters::{Loss, PortCounters};

/// How many segments are made before they are sent.
const BATCH: usize = 64;

/// Writes the frame's virtio-net header into the headroom; returns header and frame.
pub(crate) fn with_header(frame: &mut Frame) -> &mut [u8] {
    let header = frame.offload.map_or([0; OFFLOAD_SIZE], Offload::emit);
    if frame.with_room_before(OFFLOAD_SIZE).is_none() {
        *frame = frame.clone(); // a fresh buffer has all its headroom
    }
    let octets = frame.with_room_before(OFFLOAD_SIZE).unwrap_or_default();
    octets[..OFFLOAD_SIZE].copy_from_slice(&header);
    octets
}

/// Whether a virtio-net header says all that is unfinished about a frame.
pub(crate) fn header_says_all(frame: &Frame) -> bool {
    kernel_can_finish(frame)
}

/// Finishes what a port cannot carry. Its buffers are used again and again.
#[derive(Debug, Default)]
pub(crate) struct Finisher {
    segments: Vec<Frame>,
}

impl Finisher {
    /// Hands frames to `send` in order, in runs as long as possible. One of which `carries` says no
    /// is finished first: what was left for hardware is in its octets then.
    pub(crate) fn in_runs(
        &mut self,
        frames: &mut [Frame],
        which: &[usize],
        counters: &PortCounters,
        carries: impl Fn(&Frame) -> bool,
        mut send: impl FnMut(&mut [Frame], &[usize]),
    ) {
        if !counters.is_up() {
            counters.lose(Loss::TxPortDown, which.len() as u64);
            return;
        }
        let mut start = 0;
        for (at, &number) in which.iter().enumerate() {
            let frame = &mut frames[number];
            let Some(offload) = frame.offload.filter(|_| !carries(frame)) else { continue };
            if offload.gso_type == 0 {
                complete_checksum(frame);
                continue;
            }
            send(frames, &which[start..at]);
            start = at + 1;
            self.cut(&frames[number], counters, &mut send);
        }
        send(frames, &which[start..]);
    }

    /// Hands a super-frame's segments to `send`.
    fn cut(
        &mut self,
        frame: &Frame,
        counters: &PortCounters,
        send: &mut impl FnMut(&mut [Frame], &[usize]),
    ) {
        let Some(segments) = Segments::of(frame) else {
            counters.lose(Loss::TxBadOffload, 1);
            return;
        };
        let all: [usize; BATCH] = std::array::from_fn(|at| at);
        self.segments.resize_with(BATCH, Frame::new);
        for first in (0..segments.count()).step_by(BATCH) {
            let count = BATCH.min(segments.count() - first);
            for (at, segment) in self.segments[..count].iter_mut().enumerate() {
                segments.write(first + at, segment);
            }
            send(&mut self.segments, &all[..count]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A super-frame of TCP over IPv4: so many octets of payload, to be cut every 100.
    fn super_frame(payload: usize) -> Frame {
        let mut octets = vec![0; 54 + payload];
        octets[12..15].copy_from_slice(&[0x08, 0x00, 0x45]);
        let length = u16::try_from(40 + payload).expect("an IPv4 packet");
        octets[16..18].copy_from_slice(&length.to_be_bytes());
        octets[23] = 6;
        octets[46] = 0x50;
        let offload = Offload {
            flags: 1,
            gso_type: Offload::GSO_TCPV4,
            hdr_len: 54,
            gso_size: 100,
            csum_start: 34,
            csum_offset: 16,
        };
        Frame::of(&octets, Some(offload))
    }

    fn sent(frames: &mut [Frame], which: &[usize], counters: &PortCounters) -> Vec<Vec<usize>> {
        let mut runs = Vec::new();
        let carries = |frame: &Frame| frame.offload.is_none();
        Finisher::default().in_runs(frames, which, counters, carries, |frames, which| {
            assert!(which.iter().all(|&number| frames[number].offload.is_none()));
            if !which.is_empty() {
                runs.push(which.iter().map(|&number| frames[number].len()).collect());
            }
        });
        runs
    }

    #[test]
    fn what_a_port_cannot_carry_is_finished_and_order_is_kept() {
        let offload = Offload { flags: 1, csum_start: 34, csum_offset: 16, ..Offload::default() };
        let mut frames = [
            Frame::of(&[1; 60], None),
            super_frame(250),
            Frame::of(&[2; 61], Some(offload)),
            super_frame(64 * 100 + 1),
        ];
        let counters = PortCounters::default();
        let mut runs = sent(&mut frames, &[0, 1, 2, 0, 3, 2], &counters);
        assert_eq!(runs.pop(), Some(vec![61]));
        assert_eq!(runs.pop(), Some(vec![55]), "the 65th segment");
        assert_eq!(runs.pop(), Some(vec![154; 64]));
        assert_eq!(runs, [vec![60], vec![154, 154, 104], vec![61, 60]]);
        assert_eq!(counters.snapshot().drops, []);
    }

    #[test]
    fn metadata_that_contradict_the_frame_cost_that_frame() {
        let mut bad = super_frame(250);
        bad.data_mut()[14] = 0x15;
        let counters = PortCounters::default();
        assert_eq!(sent(&mut [bad, Frame::of(&[1; 60], None)], &[0, 1], &counters), [vec![60]]);
        assert_eq!(counters.snapshot().drops, [("tx_bad_offload", 1)]);
    }
}
