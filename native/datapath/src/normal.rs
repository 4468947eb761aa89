//! `NORMAL`: what a learning switch without `OpenFlow` does (`OpenFlow` 1.3.5, 4.5; IEEE 802.1Q;
//! `ofswitch/datapath/normal.py`).
//!
//! Addresses stand in one list from the one heard of last to the one that was silent for longest,
//! which is the first to go, and are found by a hash map from VLAN and address. All is bounded.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use crate::drops::Loss;

const RESERVED_FIRST: u64 = 0x0180_c200_0000;
const RESERVED_LAST: u64 = 0x0180_c200_000f;
const MULTICAST_BIT: u64 = 1 << 40;
const ADDRESS_BITS: u64 = (1 << 48) - 1;

/// No station: the end of the list.
const NIL: u32 = u32::MAX;

/// Where a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Out of this port.
    Send(u32),
    /// Everywhere.
    Flood,
    /// Nowhere.
    Drop(Loss),
}

/// Addresses and the ports behind which they live.
#[derive(Debug)]
pub(crate) struct LearningSwitch {
    max_macs: usize,
    age_s: f64,
    places: HashMap<u64, u32, Keyed>,
    stations: Vec<Station>,
    /// Heard of last, silent for longest, and the first of those that are free.
    newest: u32,
    oldest: u32,
    free: u32,
}

#[derive(Clone, Copy, Debug)]
struct Station {
    address: u64,
    port_no: u32,
    newer: u32,
    older: u32,
    heard: f64,
}

impl LearningSwitch {
    /// A switch that has learned nothing; it remembers `max_macs` addresses for `age_s` seconds.
    pub(crate) fn new(max_macs: usize, age_s: f64) -> Self {
        Self {
            max_macs,
            age_s,
            places: HashMap::with_hasher(Keyed::default()),
            stations: Vec::new(),
            newest: NIL,
            oldest: NIL,
            free: NIL,
        }
    }

    /// How many addresses are known.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Learns where `source` lives, if that is a port of the switch, and says where a frame goes.
    pub(crate) fn forward(
        &mut self,
        vlan: u64,
        [source, destination]: [u64; 2],
        in_port: Option<u32>,
        now: f64,
    ) -> Verdict {
        if let Some(port_no) = in_port {
            self.learn(station_address(vlan, source), port_no, now);
        }
        if (RESERVED_FIRST..=RESERVED_LAST).contains(&destination) {
            return Verdict::Drop(Loss::NormalReserved);
        }
        self.port_of(vlan, destination, now).map_or(Verdict::Flood, Verdict::Send)
    }

    /// Every address as VLAN, address, port and when it was heard of, the one silent for longest first.
    pub(crate) fn stations(&self) -> impl Iterator<Item = (u64, u64, u32, f64)> {
        let mut place = self.oldest;
        std::iter::from_fn(move || {
            let station = self.stations.get(place as usize)?;
            place = station.newer;
            let (vlan, address) = (station.address >> 48, station.address & ADDRESS_BITS);
            Some((vlan, address, station.port_no, station.heard))
        })
    }

    /// The port behind which an address was heard of late.
    pub(crate) fn port_of(&self, vlan: u64, address: u64, now: f64) -> Option<u32> {
        if address & MULTICAST_BIT != 0 {
            return None;
        }
        let &place = self.places.get(&station_address(vlan, address))?;
        let station = &self.stations[place as usize];
        (now - station.heard < self.age_s).then_some(station.port_no)
    }

    /// Forgets all that lives behind a port that is gone or down.
    pub(crate) fn forget_port(&mut self, port_no: u32) {
        let mut place = self.newest;
        while place != NIL {
            let station = self.stations[place as usize];
            if station.port_no == port_no {
                self.forget(place);
            }
            place = station.older;
        }
    }

    /// Forgets the addresses that were silent for too long.
    pub(crate) fn expire(&mut self, now: f64) {
        while self.oldest != NIL {
            if now - self.stations[self.oldest as usize].heard < self.age_s {
                return;
            }
            self.forget(self.oldest);
        }
    }

    fn learn(&mut self, address: u64, port_no: u32, now: f64) {
        if address & MULTICAST_BIT != 0 {
            return;
        }
        let place = self.places.get(&address).copied();
        if let Some(place) = place {
            if place != self.newest {
                self.unlink(place);
                self.link(place);
            }
        } else {
            self.add(address);
        }
        // With room for none, the address that was just added is gone again.
        if let Some(station) = self.stations.get_mut(self.newest as usize) {
            (station.port_no, station.heard) = (port_no, now);
        }
    }

    fn add(&mut self, address: u64) {
        if self.max_macs == 0 {
            return;
        }
        if self.len() >= self.max_macs {
            self.forget(self.oldest);
        }
        let station = Station { address, port_no: 0, newer: NIL, older: NIL, heard: 0.0 };
        let place = self.free;
        let place = if place == NIL {
            self.stations.push(station);
            u32::try_from(self.stations.len() - 1).expect("fewer stations than numbers")
        } else {
            self.free = self.stations[place as usize].older;
            self.stations[place as usize] = station;
            place
        };
        self.places.insert(address, place);
        self.link(place);
    }

    fn forget(&mut self, place: u32) {
        self.places.remove(&self.stations[place as usize].address);
        self.unlink(place);
        self.stations[place as usize].older = self.free;
        self.free = place;
    }

    /// Puts a station at the newest end.
    fn link(&mut self, place: u32) {
        let newest = std::mem::replace(&mut self.newest, place);
        let station = &mut self.stations[place as usize];
        (station.newer, station.older) = (NIL, newest);
        match newest {
            NIL => self.oldest = place,
            _ => self.stations[newest as usize].newer = place,
        }
    }

    fn unlink(&mut self, place: u32) {
        let Station { newer, older, .. } = self.stations[place as usize];
        match newer {
            NIL => self.newest = older,
            _ => self.stations[newer as usize].older = older,
        }
        match older {
            NIL => self.oldest = newer,
            _ => self.stations[older as usize].newer = newer,
        }
    }
}

/// VLAN and address in one word.
const fn station_address(vlan: u64, address: u64) -> u64 {
    vlan << 48 | address
}

/// A hash of one word with a key of the process's, so that nobody can aim at collisions.
#[derive(Clone, Debug)]
struct Keyed([u64; 2]);

impl Default for Keyed {
    fn default() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0), random.hash_one(1)])
    }
}

impl BuildHasher for Keyed {
    type Hasher = Fold;

    fn build_hasher(&self) -> Fold {
        Fold { key: self.0, hash: 0 }
    }
}

/// Multiplies and folds.
struct Fold {
    key: [u64; 2],
    hash: u64,
}

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.hash
    }

    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.write_u64((*octet).into());
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.hash ^ word ^ self.key[0]) * u128::from(self.key[1] | 1);
        self.hash = product as u64 ^ (product >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROADCAST: u64 = 0xffff_ffff_ffff;

    fn heard(switch: &mut LearningSwitch, source: u64, port_no: u32, now: f64) -> Verdict {
        switch.forward(0, [source, BROADCAST], Some(port_no), now)
    }

    #[test]
    fn an_address_is_found_where_it_was_heard_last_in_its_vlan_only() {
        let mut switch = LearningSwitch::new(8, 300.0);
        assert_eq!(heard(&mut switch, 0xa, 1, 0.0), Verdict::Flood);
        assert_eq!(heard(&mut switch, 0xa, 2, 1.0), Verdict::Flood);
        assert_eq!(switch.forward(0, [0xb, 0xa], Some(3), 2.0), Verdict::Send(2));
        assert_eq!(switch.forward(7, [0xb, 0xa], Some(3), 2.0), Verdict::Flood);
        assert_eq!(switch.port_of(0, 0xb, 2.0), Some(3));
        assert_eq!(switch.forward(0, [0xc, 0xb], None, 2.0), Verdict::Send(3));
        assert_eq!(switch.port_of(0, 0xc, 2.0), None);
    }

    #[test]
    fn addresses_of_bridges_and_groups_are_neither_forwarded_to_nor_learned() {
        let mut switch = LearningSwitch::new(8, 300.0);
        let verdict = switch.forward(0, [BROADCAST, RESERVED_LAST], Some(1), 0.0);
        assert_eq!(verdict, Verdict::Drop(Loss::NormalReserved));
        assert_eq!(switch.len(), 0);
    }

    #[test]
    fn a_full_table_forgets_who_was_silent_for_longest() {
        let mut switch = LearningSwitch::new(2, 300.0);
        for (source, now) in [(1, 0.0), (2, 1.0), (1, 2.0), (3, 3.0), (4, 4.0), (3, 5.0)] {
            heard(&mut switch, source, 9, now);
        }
        let known: Vec<_> = (1..5).filter(|mac| switch.port_of(0, *mac, 5.0).is_some()).collect();
        assert_eq!((known, switch.len(), switch.stations.len()), (vec![3, 4], 2, 2));
        assert!(switch.stations().eq([(0, 4, 9, 4.0), (0, 3, 9, 5.0)]));
        let mut none = LearningSwitch::new(0, 300.0);
        heard(&mut none, 1, 9, 0.0);
        assert_eq!(none.len(), 0);
    }

    #[test]
    fn silence_and_the_end_of_a_port_make_it_forget() {
        let mut switch = LearningSwitch::new(8, 10.0);
        for (source, port_no, now) in [(1, 1, 1.0), (2, 2, 2.0), (3, 1, 3.0), (4, 2, 4.0)] {
            heard(&mut switch, source, port_no, now);
        }
        assert_eq!(switch.port_of(0, 1, 11.0), None, "too old, though nobody has cleaned up");
        switch.expire(12.0);
        assert_eq!(switch.len(), 2);
        switch.forget_port(1);
        assert_eq!((switch.len(), switch.port_of(0, 4, 12.0)), (1, Some(2)));
        switch.forget_port(2);
        heard(&mut switch, 5, 1, 13.0);
        assert_eq!((switch.len(), switch.stations.len()), (1, 4));
    }
}
