//! What passed through a port and what was lost, and why: the names of `ofswitch/ports/base.py`.
//!
//! One `PortCounters` belongs to all queues of a port. Any thread adds to it and any reads it; sums
//! are of relaxed atomics, so a reader may see a frame counted before its octets.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A reason for which a port loses a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Loss {
    /// The kernel's queue towards us was full.
    RxQueueFull,
    /// The port is administratively down.
    RxPortDown,
    /// A super-frame of a kind that no virtio-net header says.
    RxUnsupportedGso,
    /// Less than an Ethernet header.
    RxTooShort,
    /// More than a frame can hold.
    RxTooLong,
    /// The interface's or peer's queue was full.
    TxQueueFull,
    /// The port is administratively down.
    TxPortDown,
    /// The interface is down, or the peer has gone.
    TxLinkDown,
    /// The interface has been deleted.
    TxNoDevice,
    /// Longer than the interface's MTU allows.
    TxTooLong,
    /// Offload metadata that contradict the frame.
    TxBadOffload,
    /// The kernel took the frame or its metadata for nonsense.
    TxRefused,
}

impl Loss {
    /// Every reason with its name in `ofswitch.ports.base.DROPS`, in the order of the enum.
    pub const NAMES: [(Self, &'static str); 12] = [
        (Self::RxQueueFull, "rx_queue_full"),
        (Self::RxPortDown, "rx_port_down"),
        (Self::RxUnsupportedGso, "rx_unsupported_gso"),
        (Self::RxTooShort, "rx_too_short"),
        (Self::RxTooLong, "rx_too_long"),
        (Self::TxQueueFull, "tx_queue_full"),
        (Self::TxPortDown, "tx_port_down"),
        (Self::TxLinkDown, "tx_link_down"),
        (Self::TxNoDevice, "tx_no_device"),
        (Self::TxTooLong, "tx_too_long"),
        (Self::TxBadOffload, "tx_bad_offload"),
        (Self::TxRefused, "tx_refused"),
    ];

    /// The name under which it is counted.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// Why the kernel did not take a frame, from its error number.
    pub(crate) const fn of_send(errno: i32) -> Self {
        match errno {
            libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM => Self::TxQueueFull,
            libc::EIO | libc::ENETDOWN | libc::EPIPE | libc::ECONNRESET => Self::TxLinkDown,
            libc::ENXIO | libc::ENODEV | libc::EBADFD | libc::EBADF => Self::TxNoDevice,
            libc::EMSGSIZE => Self::TxTooLong,
            _ => Self::TxRefused,
        }
    }
}

/// Whether an error number says that the other side no longer exists.
pub(crate) const fn says_gone(errno: i32) -> bool {
    matches!(errno, libc::EBADFD | libc::ENODEV | libc::ENXIO | libc::EBADF)
}

/// Asks the kernel what more it could not give us since it was last asked, and counts that.
type KernelLosses = Box<dyn Fn(&PortCounters) + Send + Sync>;

/// The counters of one port, and whether it is administratively up.
pub struct PortCounters {
    rx_packets: AtomicU64,
    tx_packets: AtomicU64,
    rx_bytes: AtomicU64,
    tx_bytes: AtomicU64,
    losses: [AtomicU64; Loss::NAMES.len()],
    up: AtomicBool,
    kernel: Mutex<Vec<KernelLosses>>,
}

/// Counters as they were at one moment. A super-frame is one packet, as it is to flow tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Frames that were received.
    pub rx_packets: u64,
    /// Frames that were sent.
    pub tx_packets: u64,
    /// Their octets.
    pub rx_bytes: u64,
    /// Their octets.
    pub tx_bytes: u64,
    /// Frames lost, by name; only names with a count.
    pub drops: Vec<(&'static str, u64)>,
}

impl Snapshot {
    /// How many frames were lost for a reason.
    pub fn lost(&self, loss: Loss) -> u64 {
        self.drops.iter().find(|(name, _)| *name == loss.name()).map_or(0, |(_, count)| *count)
    }
}

impl Default for PortCounters {
    fn default() -> Self {
        Self {
            rx_packets: AtomicU64::new(0),
            tx_packets: AtomicU64::new(0),
            rx_bytes: AtomicU64::new(0),
            tx_bytes: AtomicU64::new(0),
            losses: Default::default(),
            up: AtomicBool::new(true),
            kernel: Mutex::default(),
        }
    }
}

impl fmt::Debug for PortCounters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PortCounters").field("counts", &self.counts()).finish()
    }
}

impl PortCounters {
    /// The counters now, with what the kernel could not queue for us.
    pub fn snapshot(&self) -> Snapshot {
        self.ask_kernel();
        self.counts()
    }

    /// Sets the administrative state (`OFPPC_PORT_DOWN`): a port that is down passes nothing.
    pub fn set_up(&self, up: bool) {
        self.up.store(up, Ordering::Relaxed);
    }

    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// From now on a snapshot includes these losses.
    pub(crate) fn watch(&self, losses: KernelLosses) {
        self.kernel.lock().unwrap_or_else(PoisonError::into_inner).push(losses);
    }

    /// Takes over what the kernel has lost.
    pub(crate) fn ask_kernel(&self) {
        let kernel = self.kernel.lock().unwrap_or_else(PoisonError::into_inner);
        kernel.iter().for_each(|losses| losses(self));
    }

    pub(crate) fn lose(&self, loss: Loss, count: u64) {
        if count > 0 {
            self.losses[loss as usize].fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Counts frames that were received, and says how many of them pass: none when the port is down.
    pub(crate) fn received(&self, count: usize, octets: usize) -> usize {
        if count == 0 {
            return 0;
        }
        if !self.is_up() {
            self.lose(Loss::RxPortDown, count as u64);
            return 0;
        }
        self.rx_packets.fetch_add(count as u64, Ordering::Relaxed);
        self.rx_bytes.fetch_add(octets as u64, Ordering::Relaxed);
        count
    }

    pub(crate) fn sent(&self, count: u64, octets: u64) {
        if count > 0 {
            self.tx_packets.fetch_add(count, Ordering::Relaxed);
            self.tx_bytes.fetch_add(octets, Ordering::Relaxed);
        }
    }

    fn counts(&self) -> Snapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let drops =
            Loss::NAMES.iter().zip(&self.losses).map(|((_, name), count)| (*name, read(count)));
        Snapshot {
            rx_packets: read(&self.rx_packets),
            tx_packets: read(&self.tx_packets),
            rx_bytes: read(&self.rx_bytes),
            tx_bytes: read(&self.tx_bytes),
            drops: drops.filter(|(_, count)| *count > 0).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_stands_at_its_own_place_in_the_list_of_names() {
        for (place, (loss, name)) in Loss::NAMES.into_iter().enumerate() {
            assert_eq!(loss as usize, place);
            assert_eq!(loss.name(), name);
        }
    }

    #[test]
    fn a_snapshot_names_what_was_lost_and_asks_the_kernel() {
        let counters = PortCounters::default();
        counters.watch(Box::new(|counters| counters.lose(Loss::RxQueueFull, 3)));
        counters.lose(Loss::TxTooLong, 1);
        counters.sent(2, 120);
        assert_eq!(counters.received(1, 60), 1);
        let seen = counters.snapshot();
        assert_eq!(
            (seen.tx_packets, seen.tx_bytes, seen.rx_packets, seen.rx_bytes),
            (2, 120, 1, 60)
        );
        assert_eq!(seen.drops, [("rx_queue_full", 3), ("tx_too_long", 1)]);
        assert_eq!(seen.lost(Loss::TxTooLong), 1);
    }

    #[test]
    fn a_port_that_is_down_loses_what_it_receives() {
        let counters = PortCounters::default();
        counters.set_up(false);
        assert_eq!(counters.received(5, 300), 0);
        assert_eq!(counters.snapshot().drops, [("rx_port_down", 5)]);
    }
}
