//! Frames that came in together: each step of their way for all of them before the next step.
//!
//! Taking frames apart, looking them up in the first table and fetching the entries found depend on
//! nothing that another packet of the batch does, since tables only change between batches. Done for
//! one packet after the other in small loops, a processor that waits for memory works on the next
//! ones in the meantime: with a million flows, most of the time was waiting. What has effects is done
//! last, packet by packet from beginning to end.

use std::hint::black_box;

use packet::Packet;

use crate::FlowEntry;
use crate::drops::Loss;
use crate::edit::is_fragment;
use crate::execution::{Execution, Run};

/// How many frames are worked on at a time: what they need fits well into the nearest cache.
pub(crate) const BATCH: usize = 32;

const ETHERNET_HEADER: usize = 14;

/// Places for frames taken apart, and what is known of them.
#[derive(Debug)]
pub(crate) struct Batch {
    packets: [Packet; BATCH],
    starts: [Start; BATCH],
}

/// How a packet begins its way.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// It does not.
    Lost(Loss),
    /// With this entry of the first table, if it met one.
    Found(Option<u32>),
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            packets: std::array::from_fn(|_| Packet::default()),
            starts: [Start::Found(None); BATCH],
        }
    }
}

impl Batch {
    /// Processes the frames of the arena from the `first` on; at most [`BATCH`].
    pub(crate) fn process(&mut self, run: &mut Run<'_, '_>, first: usize, count: usize) {
        let packets = &mut self.packets[..count];
        let starts = &mut self.starts[..count];
        for (at, (packet, start)) in packets.iter_mut().zip(starts.iter_mut()).enumerate() {
            *start = match run.take_in(first + at, packet) {
                Some(loss) => Start::Lost(loss),
                None => Start::Found(None),
            };
        }
        for (packet, start) in packets.iter().zip(starts.iter_mut()) {
            if let Start::Found(found) = start {
                *found = run.look_up(0, &packet.key);
            }
        }
        run.fetch(starts);
        for (at, (packet, start)) in packets.iter_mut().zip(starts).enumerate() {
            run.copies = crate::execution::MOST_COPIES;
            let mut execution = run.begin(first + at, packet, true);
            match *start {
                Start::Lost(loss) => execution.lose(loss),
                Start::Found(found) => run.go_on(&mut execution, found),
            }
            run.finish(execution);
        }
    }
}

impl Run<'_, '_> {
    /// Counts a frame that came in and takes it apart; why it is not processed, if it is not.
    #[inline]
    fn take_in(&mut self, frame: usize, packet: &mut Packet) -> Option<Loss> {
        let Some(place) = self.in_place else { return Some(Loss::UnknownPort) };
        let octets = self.worker.frame_ref(frame).len();
        self.worker.ports.received(place, octets);
        let data = self.worker.frame_ref(frame).data();
        let why_not = self.datapath.ports.at(place).why_not_receive(data).or_else(|| {
            if octets < ETHERNET_HEADER {
                return Some(Loss::TooShort);
            }
            self.parse(frame, packet);
            let drops = self.datapath.drops_fragments && is_fragment(data, packet);
            drops.then_some(Loss::Fragment)
        });
        if why_not.is_some() {
            self.worker.ports.dropped(place);
        }
        why_not
    }

    /// Reads a little of each entry that was found, from both of its ends and of its program, so that
    /// they are near when they are needed.
    #[inline]
    fn fetch(&self, starts: &[Start]) {
        let tables = &self.datapath.tables;
        let entries = starts.iter().filter_map(|start| match *start {
            Start::Found(Some(number)) => Some(tables.entry(number)),
            _ => None,
        });
        let touch =
            |entry: &FlowEntry| entry.packet_count() ^ entry.program().instructions().len() as u64;
        black_box(entries.fold(0, |sum, entry| sum ^ touch(entry)));
    }

    /// Begins a packet's way; `packet` is where it is taken apart, or already was.
    #[inline]
    pub(crate) fn begin<'p>(
        &mut self,
        frame: usize,
        packet: &'p mut Packet,
        is_parsed: bool,
    ) -> Execution<'p> {
        Execution::new(frame, packet, is_parsed, std::mem::take(&mut self.worker.action_set))
    }

    /// Counts a packet that came to nothing, once; takes back what can be used again.
    #[inline]
    pub(crate) fn finish(&mut self, mut execution: Execution<'_>) {
        if !execution.delivered {
            self.worker.drops.count(execution.loss.unwrap_or(Loss::NoOutput));
        }
        execution.action_set.clear();
        self.worker.action_set = execution.action_set;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{NO_RECV, NORMAL, PORT_DOWN};
    use crate::rig::{Rig, datagram, ethernet, output};
    use crate::{Effect, PortCounts};

    #[test]
    fn what_is_not_processed_is_counted_under_its_name() {
        let mut rig = Rig::new();
        rig.all(&[output(2)]);
        rig.datapath.drop_fragments(true);
        rig.datapath.set_port(3, PORT_DOWN, false);
        rig.datapath.set_port(4, NO_RECV, true);
        let mut fragment = datagram(64);
        fragment[20] = 0x20;
        for (in_port, data) in [
            (9, &ethernet(2, 1)[..]),
            (1, &[0; 13]),
            (3, &ethernet(2, 1)),
            (4, &ethernet(2, 1)),
            (1, &fragment),
        ] {
            assert_eq!(rig.receive(in_port, data), []);
        }
        let names: Vec<_> = rig.datapath.drops().into_iter().collect();
        let expected = ["unknown_port", "too_short", "port_down", "port_no_recv", "fragment"]
            .map(|one| (one, 1));
        assert_eq!(names, expected);
        let counts =
            PortCounts { rx_packets: 2, rx_bytes: 73, rx_dropped: 2, ..PortCounts::default() };
        assert_eq!(rig.datapath.port_counters(1), Some(counts));
        assert_eq!(rig.ports_for(1, &datagram(64)), [2]);
    }

    #[test]
    fn frames_of_a_batch_are_as_if_they_came_one_by_one() {
        let mut rig = Rig::new();
        rig.all(&[output(NORMAL)]);
        let count = 2 * BATCH + 5;
        for frame in 0..count {
            let place = rig.worker.frame();
            let source = u8::try_from(frame % 3).expect("a small number");
            rig.worker.frame_mut(place).set(&ethernet(1, source), None);
        }
        rig.datapath.receive_batch(&mut rig.worker, 1, 0..count, 1.0);
        rig.datapath.flush(&mut rig.worker);
        // The first frame is flooded; the second shows where its destination is: on the same port.
        let frames: Vec<_> = rig
            .worker
            .effects
            .iter()
            .map(|one| match one {
                Effect::Transmit { port_no, frame, .. } => (*port_no, *frame),
                Effect::Upcall(_) => (0, 0),
            })
            .collect();
        assert_eq!(frames, [(2, 0), (3, 0), (4, 0)]);
        let entry = rig.datapath.tables.entry(0);
        assert_eq!((entry.packet_count(), entry.byte_count()), (69, 69 * 60));
        assert_eq!(rig.datapath.drops(), [("normal_same_port", 68)]);
    }
}
