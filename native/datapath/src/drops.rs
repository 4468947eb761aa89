//! The names under which packets are counted that nothing came of (`ofswitch/datapath/drops.py`).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Declares [`Loss`] from one row for each reason: variant, name, what is said of the packet.
macro_rules! reasons {
    ($($variant:ident = $name:literal, $about:literal;)*) => {
        /// Why nothing came of a packet: it ...
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Loss {
            $(#[doc = $about] $variant,)*
        }

        impl Loss {
            /// Every reason, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name of its counter.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

reasons! {
    UnknownPort = "unknown_port", "came in on a port number that the switch does not have";
    TooShort = "too_short", "is shorter than an Ethernet header";
    PortDown = "port_down", "came in on a port that is administratively down";
    PortNoRecv = "port_no_recv", "came in on a port that is set to receive nothing";
    Fragment = "fragment", "is an IP fragment, and the switch is set to drop those";
    TableMiss = "table_miss", "matched no entry of a table without a table-miss entry";
    DropEntry = "drop_entry", "matched an entry without instructions";
    NoOutput = "no_output", "matched entries, or was sent with actions, that output nothing";
    NoSuchPort = "no_such_port", "was to leave through a port that the switch does not have";
    OutputToInPort = "output_to_in_port", "was to leave through the port it came from";
    NoInPort = "no_in_port", "was to leave through `IN_PORT` but came from no port";
    OutputPortDown = "output_port_down", "was to leave through a port that is down";
    OutputNoFwd = "output_no_fwd", "was to leave through a port that is set to send nothing";
    NoFloodPort = "no_flood_port", "was to be flooded, but no other port may send";
    NoPacketIn = "no_packet_in", "missed on a port whose misses do not go to the controller";
    GroupNoLiveBucket = "group_no_live_bucket", "met a group of which no bucket is live";
    GroupTooManyCopies = "group_too_many_copies", "had too many copies made by groups";
    Meter = "meter", "was above the rate of a meter's band that drops";
    InvalidTtl = "invalid_ttl", "had its TTL decremented to zero, or below";
    FrameTooLong = "frame_too_long", "had so many tags pushed that no link could carry it";
    NormalReserved = "normal_reserved", "is for a bridge itself, which `NORMAL` does not forward";
    NormalSamePort = "normal_same_port", "is for a host that `NORMAL` learned on its own port";
}

/// How many reasons there are.
const COUNT: usize = Loss::ALL.len();

/// The counters of one worker, between two batches.
#[derive(Debug, Default)]
pub(crate) struct DropTally {
    counts: [u64; COUNT],
    any: bool,
}

impl DropTally {
    #[inline]
    pub(crate) fn count(&mut self, loss: Loss) {
        self.counts[loss as usize] += 1;
        self.any = true;
    }
}

/// The counters of all workers together.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    counts: [AtomicU64; COUNT],
}

impl Drops {
    /// Takes a worker's counts over.
    pub(crate) fn add(&self, tally: &mut DropTally) {
        if !std::mem::take(&mut tally.any) {
            return;
        }
        for (total, count) in self.counts.iter().zip(&mut tally.counts) {
            if *count > 0 {
                total.fetch_add(std::mem::take(count), Relaxed);
            }
        }
    }

    /// Every name with its count.
    pub(crate) fn snapshot(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Loss::ALL.iter().zip(&self.counts).map(|(loss, count)| (loss.name(), count.load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_taken_over_once() {
        let (drops, mut tally) = (Drops::default(), DropTally::default());
        tally.count(Loss::Meter);
        drops.add(&mut tally);
        drops.add(&mut tally);
        let counted: Vec<_> = drops.snapshot().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [("meter", 1)]);
    }
}
