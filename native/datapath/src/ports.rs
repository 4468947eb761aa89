//! The datapath's ports as packets meet them: numbers, configuration bits, counters
//! (`OpenFlow` 1.3.5, 7.2.1; `ofswitch/datapath/port_table.py`).
//!
//! Descriptions and links are Python's business. Ports stand in the order of their numbers, which is
//! the order of flooding; a worker counts by place and adds its counts up at the end of a batch.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::drops::Loss;

/// Send back out of the port it came from.
pub(crate) const IN_PORT: u32 = 0xffff_fff8;
/// Submit to the first flow table; in packet-outs only.
pub(crate) const TABLE: u32 = 0xffff_fff9;
/// Do as a switch without `OpenFlow` does.
pub(crate) const NORMAL: u32 = 0xffff_fffa;
/// Send to all ports that are not set to be left out.
pub(crate) const FLOOD: u32 = 0xffff_fffb;
/// Send to all ports but the one it came from.
pub(crate) const ALL: u32 = 0xffff_fffc;
/// Send to the controllers.
pub(crate) const CONTROLLER: u32 = 0xffff_fffd;

/// `OFPPC_PORT_DOWN`.
pub(crate) const PORT_DOWN: u32 = 1 << 0;
/// `OFPPC_NO_RECV`.
pub(crate) const NO_RECV: u32 = 1 << 2;
/// `OFPPC_NO_RECV_STP` of 1.0.
pub(crate) const NO_RECV_STP: u32 = 1 << 3;
/// `OFPPC_NO_FLOOD` of 1.0.
pub(crate) const NO_FLOOD: u32 = 1 << 4;
/// `OFPPC_NO_FWD`.
pub(crate) const NO_FWD: u32 = 1 << 5;
/// `OFPPC_NO_PACKET_IN`.
pub(crate) const NO_PACKET_IN: u32 = 1 << 6;

const STP_ADDRESS: [u8; 6] = [0x01, 0x80, 0xc2, 0, 0, 0];

/// No port in the index.
const NONE: u16 = u16::MAX;
/// Numbers below are looked up by index; greater ones, such as `LOCAL`, by search.
const INDEXED: u32 = 0x1_0000;

/// What passed a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the specification (7.3.5.6)")]
pub struct PortCounts {
    pub rx_packets: u64,
    pub rx_bytes: u64,
    pub tx_packets: u64,
    pub tx_bytes: u64,
    pub rx_dropped: u64,
}

/// One port of the switch.
#[derive(Debug)]
pub struct SwitchPort {
    port_no: u32,
    config: u32,
    live: bool,
    totals: Totals,
}

#[derive(Debug, Default)]
struct Totals {
    rx_packets: AtomicU64,
    rx_bytes: AtomicU64,
    tx_packets: AtomicU64,
    tx_bytes: AtomicU64,
    rx_dropped: AtomicU64,
}

impl SwitchPort {
    /// Its number.
    #[inline]
    pub const fn port_no(&self) -> u32 {
        self.port_no
    }

    /// `OFPPC_*`.
    pub const fn config(&self) -> u32 {
        self.config
    }

    /// Whether groups that watch this port may use it (6.5).
    #[inline]
    pub const fn is_live(&self) -> bool {
        self.live
    }

    /// Why a frame that came in here is dropped, if it is.
    #[inline]
    pub(crate) fn why_not_receive(&self, data: &[u8]) -> Option<Loss> {
        if self.config & (PORT_DOWN | NO_RECV | NO_RECV_STP) == 0 {
            None
        } else if self.config & PORT_DOWN != 0 {
            Some(Loss::PortDown)
        } else {
            let refused = self.config & NO_RECV != 0 || data.starts_with(&STP_ADDRESS);
            refused.then_some(Loss::PortNoRecv)
        }
    }

    /// Why nothing leaves here, if nothing does.
    #[inline]
    pub(crate) const fn why_not_send(&self) -> Option<Loss> {
        match self.config & (PORT_DOWN | NO_FWD) {
            0 => None,
            NO_FWD => Some(Loss::OutputNoFwd),
            _ => Some(Loss::OutputPortDown),
        }
    }

    fn counts(&self) -> PortCounts {
        PortCounts {
            rx_packets: self.totals.rx_packets.load(Relaxed),
            rx_bytes: self.totals.rx_bytes.load(Relaxed),
            tx_packets: self.totals.tx_packets.load(Relaxed),
            tx_bytes: self.totals.tx_bytes.load(Relaxed),
            rx_dropped: self.totals.rx_dropped.load(Relaxed),
        }
    }
}

/// The ports by number.
#[derive(Debug, Default)]
pub struct Ports {
    list: Vec<SwitchPort>,
    index: Vec<u16>,
}

impl Ports {
    /// The place of a port.
    #[inline]
    pub(crate) fn place(&self, port_no: u32) -> Option<usize> {
        if port_no < INDEXED {
            let place = *self.index.get(port_no as usize)?;
            return (place != NONE).then_some(usize::from(place));
        }
        self.list.binary_search_by_key(&port_no, |port| port.port_no).ok()
    }

    /// The port at a place.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> &SwitchPort {
        &self.list[place]
    }

    /// The port with this number, if there is one.
    #[inline]
    pub fn get(&self, port_no: u32) -> Option<&SwitchPort> {
        self.place(port_no).map(|place| &self.list[place])
    }

    /// How many ports there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no port.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The ports in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &SwitchPort> {
        self.list.iter()
    }

    /// What passed a port.
    pub fn counts(&self, port_no: u32) -> Option<PortCounts> {
        self.get(port_no).map(SwitchPort::counts)
    }

    /// Adds a port; whether its number was free.
    pub(crate) fn add(&mut self, port_no: u32, config: u32, live: bool) -> bool {
        let Err(place) = self.list.binary_search_by_key(&port_no, |port| port.port_no) else {
            return false;
        };
        self.list.insert(place, SwitchPort { port_no, config, live, totals: Totals::default() });
        self.renumber();
        true
    }

    /// Configures a port; whether there is one.
    pub(crate) fn set(&mut self, port_no: u32, config: u32, live: bool) -> bool {
        let Some(place) = self.place(port_no) else { return false };
        (self.list[place].config, self.list[place].live) = (config, live);
        true
    }

    /// Takes a port out; whether there was one.
    pub(crate) fn remove(&mut self, port_no: u32) -> bool {
        let Some(place) = self.place(port_no) else { return false };
        self.list.remove(place);
        self.renumber();
        true
    }

    /// Takes a worker's counts over.
    pub(crate) fn flush(&self, tally: &mut PortTally) {
        for place in tally.touched.drain(..) {
            let counts = std::mem::take(&mut tally.counts[place]);
            let Some(totals) = self.list.get(place).map(|port| &port.totals) else { continue };
            let add = |total: &AtomicU64, count| {
                if count > 0 {
                    total.fetch_add(count, Relaxed);
                }
            };
            add(&totals.rx_packets, counts.rx_packets);
            add(&totals.rx_bytes, counts.rx_bytes);
            add(&totals.tx_packets, counts.tx_packets);
            add(&totals.tx_bytes, counts.tx_bytes);
            add(&totals.rx_dropped, counts.rx_dropped);
        }
    }

    fn renumber(&mut self) {
        let indexed = self.list.iter().map(|port| port.port_no).filter(|number| *number < INDEXED);
        let size = indexed.max().map_or(0, |number| number as usize + 1);
        self.index.clear();
        self.index.resize(size, NONE);
        for (place, port) in self.list.iter().enumerate().filter(|(_, one)| one.port_no < INDEXED) {
            self.index[port.port_no as usize] = u16::try_from(place).unwrap_or(NONE);
        }
    }
}

/// The counts of one worker since it last gave them up, by the places of ports.
#[derive(Debug, Default)]
pub(crate) struct PortTally {
    counts: Vec<PortCounts>,
    touched: Vec<usize>,
}

impl PortTally {
    #[inline]
    pub(crate) fn received(&mut self, place: usize, octets: usize) {
        let counts = self.of(place);
        counts.rx_packets += 1;
        counts.rx_bytes += octets as u64;
    }

    #[inline]
    pub(crate) fn dropped(&mut self, place: usize) {
        self.of(place).rx_dropped += 1;
    }

    #[inline]
    pub(crate) fn sent(&mut self, place: usize, octets: usize) {
        let counts = self.of(place);
        counts.tx_packets += 1;
        counts.tx_bytes += octets as u64;
    }

    #[inline]
    fn of(&mut self, place: usize) -> &mut PortCounts {
        if self.counts.len() <= place {
            self.counts.resize(place + 1, PortCounts::default());
        }
        let counts = &mut self.counts[place];
        if counts.rx_packets | counts.tx_packets == 0 {
            self.touched.push(place);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: u32 = 0xffff_fffe;

    fn ports(numbers: &[u32]) -> Ports {
        let mut ports = Ports::default();
        for &number in numbers {
            assert!(ports.add(number, 0, true));
        }
        ports
    }

    #[test]
    fn ports_stand_in_the_order_of_their_numbers() {
        let mut ports = ports(&[LOCAL, 7, 1]);
        assert!(!ports.add(7, 0, true), "the number is taken");
        assert!(ports.iter().map(SwitchPort::port_no).eq([1, 7, LOCAL]));
        assert!(ports.remove(1) && !ports.remove(1));
        assert_eq!(ports.get(7).map(SwitchPort::port_no), Some(7));
        assert_eq!(ports.get(LOCAL).map(SwitchPort::port_no), Some(LOCAL));
        assert!(ports.get(1).is_none() && ports.get(0x1_0000).is_none());
    }

    #[test]
    fn counts_arrive_when_they_are_flushed() {
        let (ports, mut tally) = (ports(&[3, 9]), PortTally::default());
        tally.received(1, 60);
        tally.dropped(1);
        tally.sent(0, 64);
        assert_eq!(ports.counts(9), Some(PortCounts::default()));
        ports.flush(&mut tally);
        ports.flush(&mut tally);
        let received =
            PortCounts { rx_packets: 1, rx_bytes: 60, rx_dropped: 1, ..PortCounts::default() };
        assert_eq!(ports.counts(9), Some(received));
        assert_eq!(
            ports.counts(3).map(|counts| (counts.tx_packets, counts.tx_bytes)),
            Some((1, 64))
        );
    }

    #[test]
    fn a_port_that_is_down_says_so_before_anything_else() {
        let mut ports = ports(&[1]);
        let spanning_tree = [&STP_ADDRESS[..], &[0; 8]].concat();
        for (config, receive, send) in [
            (0, None, None),
            (NO_RECV_STP, Some(Loss::PortNoRecv), None),
            (NO_FWD, None, Some(Loss::OutputNoFwd)),
            (PORT_DOWN | NO_RECV | NO_FWD, Some(Loss::PortDown), Some(Loss::OutputPortDown)),
        ] {
            assert!(ports.set(1, config, false));
            let port = ports.get(1).expect("the port");
            assert_eq!(
                (port.why_not_receive(&spanning_tree), port.why_not_send()),
                (receive, send)
            );
        }
        ports.set(1, NO_RECV_STP, true);
        assert_eq!(ports.at(0).why_not_receive(&[0; 14]), None);
    }
}
