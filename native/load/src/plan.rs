//! What a load consists of: the bytes of its messages, and what differs from one to the next.

use crate::answers::Answers;
use crate::window::{MOST, after};
use crate::wire::{XID, put};

/// The first four of the eight octets that a frame ends with; the other four are the packet-in's
/// number, by which a response names it that carries the frame instead of its buffer.
pub(crate) const MARK: [u8; 4] = *b"load";

/// Where in a packet-in is what differs from one to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// 32 bits; `None` for packet-ins whose frames are not kept by the switch.
    pub buffer_id: Option<usize>,
    /// The lower 16 bits of the port.
    pub in_port: usize,
    /// The frame's addresses.
    pub eth_dst: usize,
    /// The frame's addresses.
    pub eth_src: usize,
}

/// The packet-ins of all switches. Their frames end with eight octets that are the load's own.
#[derive(Clone, Debug)]
pub struct PacketIns {
    message: Vec<u8>,
    places: Places,
    /// How many hosts a switch has.
    hosts: u32,
    /// How many ports a switch has: hosts are distributed over them.
    ports: u16,
}

impl PacketIns {
    /// Makes packet-ins like a message of frames between so many hosts on so many ports.
    ///
    /// # Errors
    /// When a place is outside of the message, or there are fewer than two hosts or no ports.
    pub fn new(message: Vec<u8>, places: Places, hosts: u32, ports: u16) -> Result<Self, String> {
        let ends =
            [places.in_port + 2, places.eth_dst + 6, places.eth_src + 6, XID + 4 + MARK.len()];
        let buffer = places.buffer_id.map_or(0, |at| at + 4);
        if ends.into_iter().chain([buffer]).any(|end| end > message.len()) {
            return Err(format!("a place outside of the message: {places:?}"));
        }
        if !(2..=1 << 24).contains(&hosts) || ports == 0 {
            return Err(format!("{hosts} hosts on {ports} ports"));
        }
        Ok(Self { message, places, hosts, ports })
    }

    /// The length of each.
    pub(crate) fn size(&self) -> usize {
        self.message.len()
    }

    /// The host whose frame comes so many after that of another.
    pub(crate) const fn host_after(&self, host: u32, count: u32) -> u32 {
        (host + count) % self.hosts
    }

    /// Writes packet-ins of a switch until there is no room, or so many; returns how many.
    pub(crate) fn write(&self, room: &mut [u8], most: u32, from: &Place) -> u32 {
        let mut at = *from;
        let mut count = 0;
        for place in room.chunks_exact_mut(self.size()).take(most as usize) {
            self.write_one(place, &at);
            at.number = after(at.number, 1);
            at.host += 1;
            if at.host == self.hosts {
                at.host = 0;
            }
            count += 1;
        }
        count
    }

    /// A frame goes to the host whose frame came before, so that a controller which learns knows
    /// where it is.
    #[inline]
    fn write_one(&self, message: &mut [u8], at: &Place) {
        let Places { buffer_id, in_port, eth_dst, eth_src } = self.places;
        message.copy_from_slice(&self.message);
        put(message, XID, at.number.to_be_bytes());
        if let Some(place) = buffer_id {
            put(message, place, at.number.to_be_bytes());
        }
        put(message, in_port, self.port(at.host).to_be_bytes());
        put(message, eth_dst, address(at.switch, at.host.checked_sub(1).unwrap_or(1)));
        put(message, eth_src, address(at.switch, at.host));
        let end = message.len();
        put(message, end - 8, MARK);
        put(message, end - 4, at.number.to_be_bytes());
    }

    #[expect(clippy::cast_possible_truncation, reason = "less than the number of ports")]
    fn port(&self, host: u32) -> u16 {
        1 + (host % u32::from(self.ports)) as u16
    }
}

/// Where a switch is in its packet-ins: its own number, the next packet-in's, and its host's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) switch: u16,
    pub(crate) number: u32,
    pub(crate) host: u32,
}

/// The Ethernet address of a host: locally administered, then the switch, then the host.
#[inline]
fn address(switch: u16, host: u32) -> [u8; 6] {
    let [high, low] = switch.to_be_bytes();
    let [_, a, b, c] = host.to_be_bytes();
    [0x02, high, low, a, b, c]
}

/// All that fake switches have to know.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The octet that messages of the version begin with.
    pub version: u8,
    /// What each sends first.
    pub hello: Vec<u8>,
    /// What they say when they are asked.
    pub answers: Answers,
    /// What they are there for.
    pub packet_ins: PacketIns,
    /// Where a flow-mod names its buffer.
    pub flow_mod_buffer: usize,
    /// How many there are; the first has the datapath id 1.
    pub switches: u16,
    /// How many packet-ins of each wait for responses, at most. 1 measures latency.
    pub in_flight: u32,
}

impl Plan {
    /// What is in flight, within what can be kept account of.
    pub(crate) fn window(&self) -> u32 {
        self.in_flight.clamp(1, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet_ins(hosts: u32) -> PacketIns {
        let places = Places { buffer_id: Some(8), in_port: 12, eth_dst: 14, eth_src: 20 };
        PacketIns::new(vec![0; 40], places, hosts, 4).expect("a plan")
    }

    fn written(hosts: u32, room: usize, most: u32, from: Place) -> Vec<Vec<u8>> {
        let mut room = vec![0; room];
        let count = packet_ins(hosts).write(&mut room, most, &from);
        room.chunks(40).take(count as usize).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn a_packet_in_is_told_by_its_buffer_and_by_the_end_of_its_frame() {
        let from = Place { switch: 0x0102, number: 0x0a0b_0c0d, host: 0x05_0607 };
        let messages = written(1 << 20, 100, 9, from);
        assert_eq!(messages.len(), 2, "as many as there is room for");
        let message = &messages[1];
        assert_eq!(message[4..14], [10, 11, 12, 14, 10, 11, 12, 14, 0, 1]);
        assert_eq!(message[14..26], [2, 1, 2, 5, 6, 7, 2, 1, 2, 5, 6, 8]);
        assert_eq!(message[32..], [b'l', b'o', b'a', b'd', 10, 11, 12, 14]);
    }

    #[test]
    fn frames_walk_through_the_hosts_each_to_the_one_before() {
        let messages = written(3, 400, 5, Place { switch: 1, number: 0, host: 0 });
        let hosts: Vec<_> = messages.iter().map(|message| (message[19], message[25])).collect();
        assert_eq!(hosts, [(1, 0), (0, 1), (1, 2), (1, 0), (0, 1)]);
        assert_eq!(packet_ins(3).host_after(2, 5), 1);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let places = Places { buffer_id: Some(37), in_port: 12, eth_dst: 14, eth_src: 20 };
        assert!(PacketIns::new(vec![0; 40], places, 2, 1).is_err());
        assert!(PacketIns::new(vec![0; 40], Places::default(), 1, 1).is_err());
        assert!(PacketIns::new(vec![0; 40], Places::default(), 2, 0).is_err());
    }
}
