//! Meters: rates that packets are held to (`OpenFlow` 1.3.5, 5.7; `ofswitch/datapath/meters.py`).
//!
//! The token buckets do the same operations on floating-point numbers as the reference, in the same
//! order, so that the same packets pass. What may be added is checked before
//! (`ofswitch/datapath/meter_checks.py`).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ids::{ById, sorted_ids, take_out};

/// `OFPM_ALL`.
pub const ALL_METERS: u32 = 0xffff_ffff;

const PKTPS: u16 = 1 << 1;
const BURST: u16 = 1 << 2;

const DEFAULT_BURST_S: f64 = 0.05;
const OCTETS_PER_KILOBIT: f64 = 125.0;

/// What becomes of a packet that is above a band's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandKind {
    /// It is dropped.
    Drop,
    /// Its drop precedence is raised by so much.
    DscpRemark(u8),
}

/// A band to be set up, in the units that the meter's flags say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the specification (7.3.4.4)")]
pub struct BandSpec {
    pub kind: BandKind,
    pub rate: u32,
    pub burst_size: u32,
}

/// A band's token bucket, and what the band was applied to.
#[derive(Clone, Copy, Debug)]
struct Band {
    kind: BandKind,
    /// Where it stood in the meter-mod.
    place: usize,
    rate: f64,
    size: f64,
    last: f64,
    tokens: f64,
    packets: u64,
    octets: u64,
}

impl Band {
    fn new(flags: u16, place: usize, spec: BandSpec, now: f64) -> Self {
        let unit = if flags & PKTPS != 0 { 1.0 } else { OCTETS_PER_KILOBIT };
        let rate = f64::from(spec.rate) * unit;
        let burst = f64::from(spec.burst_size) * unit;
        let size = if flags & BURST != 0 { burst } else { rate * DEFAULT_BURST_S };
        Self { kind: spec.kind, place, rate, size, last: now, tokens: size, packets: 0, octets: 0 }
    }

    /// Takes what a packet costs out of the bucket, if it fits: while anything is left.
    #[inline]
    #[expect(clippy::suboptimal_flops, reason = "rounded twice, as in the reference")]
    fn fits(&mut self, cost: f64, now: f64) -> bool {
        self.tokens = self.size.min(self.tokens + (now - self.last) * self.rate);
        self.last = now;
        if self.tokens <= 0.0 {
            return false;
        }
        self.tokens -= cost;
        true
    }
}

/// One meter.
#[derive(Debug)]
pub struct Meter {
    flags: u16,
    created: f64,
    packets: AtomicU64,
    octets: AtomicU64,
    /// From the highest rate to the lowest.
    bands: Mutex<Box<[Band]>>,
}

impl Meter {
    /// When it was added.
    pub const fn created(&self) -> f64 {
        self.created
    }

    /// Packets and octets.
    pub fn counts(&self) -> (u64, u64) {
        (self.packets.load(Relaxed), self.octets.load(Relaxed))
    }

    /// Packets and octets that each band was applied to, in the order in which they were sent.
    pub fn band_counts(&self) -> Vec<(u64, u64)> {
        let bands = self.bands();
        let mut counts = vec![(0, 0); bands.len()];
        for band in bands.iter() {
            counts[band.place] = (band.packets, band.octets);
        }
        counts
    }

    /// What is left in each band's bucket, and as of when, in the order in which they were sent.
    pub fn tokens(&self) -> Vec<(f64, f64)> {
        let bands = self.bands();
        let mut tokens = vec![(0.0, 0.0); bands.len()];
        for band in bands.iter() {
            tokens[band.place] = (band.tokens, band.last);
        }
        tokens
    }

    /// Counts a packet that is to pass; returns the kind of the band that applies, if one does.
    #[inline]
    pub fn measure(&self, octets: u32, now: f64) -> Option<BandKind> {
        self.packets.fetch_add(1, Relaxed);
        self.octets.fetch_add(octets.into(), Relaxed);
        let cost = if self.flags & PKTPS != 0 { 1.0 } else { f64::from(octets) };
        let mut bands = self.bands();
        let band = bands.iter_mut().find_map(|band| (!band.fits(cost, now)).then_some(band))?;
        band.packets += 1;
        band.octets += u64::from(octets);
        Some(band.kind)
    }

    fn bands(&self) -> MutexGuard<'_, Box<[Band]>> {
        self.bands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The meters of a switch.
#[derive(Debug, Default)]
pub struct MeterTable {
    meters: ById<Meter>,
}

impl MeterTable {
    /// The meter with this number.
    #[inline]
    pub fn get(&self, meter_id: u32) -> Option<&Meter> {
        self.meters.get(&meter_id)
    }

    /// The numbers of all meters, in order.
    pub fn ids(&self) -> Vec<u32> {
        sorted_ids(&self.meters)
    }

    /// Adds a meter, or changes it: then its own counters go on, and its bands begin anew.
    pub fn put(&mut self, meter_id: u32, flags: u16, specs: &[BandSpec], now: f64) {
        let specs = specs.iter().enumerate();
        let mut bands: Box<[Band]> =
            specs.map(|(place, spec)| Band::new(flags, place, *spec, now)).collect();
        bands.sort_by(|one, other| other.rate.total_cmp(&one.rate));
        let (created, packets, octets) = self
            .meters
            .remove(&meter_id)
            .map_or((now, 0.into(), 0.into()), |old| (old.created, old.packets, old.octets));
        let bands = Mutex::new(bands);
        self.meters.insert(meter_id, Meter { flags, created, packets, octets, bands });
    }

    /// Removes a meter, or all with [`ALL_METERS`]; returns those that were there.
    pub fn remove(&mut self, meter_id: u32) -> Vec<u32> {
        take_out(&mut self.meters, meter_id, ALL_METERS)
    }
}

/// A DSCP with a higher drop precedence, if it is one of Assured Forwarding (RFC 2597).
pub fn raised_dscp(dscp: u8, prec_level: u8) -> u8 {
    let precedence = dscp >> 1 & 3;
    if dscp & 1 != 0 || !(1..=4).contains(&(dscp >> 3)) || precedence == 0 {
        return dscp;
    }
    dscp & !0b110 | precedence.saturating_add(prec_level).min(3) << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const KBPS: u16 = 1 << 0;
    const DROP: BandSpec = BandSpec { kind: BandKind::Drop, rate: 1000, burst_size: 0 };

    /// Flags, bands, seconds between packets, their octets; how many pass, and the hash of verdicts.
    type Case<'a> = (u16, &'a [BandSpec], f64, u32, (u64, u64));

    /// Counts verdicts, and hashes their sequence as the Python program beside the tests did.
    fn run(flags: u16, bands: &[BandSpec], packets: u32, interval: f64, octets: u32) -> (u64, u64) {
        let mut table = MeterTable::default();
        table.put(1, flags, bands, 0.125);
        let meter = table.get(1).expect("the meter");
        let (mut passed, mut hash) = (0, 0_u64);
        for step in 0..packets {
            let verdict = meter.measure(octets, 0.125 + f64::from(step) * interval);
            passed += u64::from(verdict.is_none());
            hash = hash.wrapping_mul(0x100_0000_01b3).wrapping_add(match verdict {
                None => 1,
                Some(BandKind::Drop) => 2,
                Some(BandKind::DscpRemark(_)) => 3,
            });
        }
        (passed, hash)
    }

    #[test]
    fn the_same_packets_pass_as_in_the_reference() {
        let remark = BandSpec { kind: BandKind::DscpRemark(1), rate: 500, burst_size: 7 };
        let burst = BandSpec { burst_size: 30, ..DROP };
        let cases: [Case<'_>; 5] = [
            (KBPS, &[DROP], 0.0011, 1500, (463, 0x35d7_cfc7_e94d_1b3f)),
            (KBPS | BURST, &[burst], 0.0003, 64, (2988, 0x10c0_d5b2_8158_35b6)),
            (PKTPS, &[DROP], 0.0007, 64, (3550, 0x9eb2_9e05_1841_1bb2)),
            (PKTPS | BURST, &[remark, burst], 0.0003, 1500, (757, 0x1466_09a6_81e8_1888)),
            (0, &[remark, DROP], 1.0 / 3.0, 65_000, (1250, 0xd734_9adb_8594_ceb0)),
        ];
        for (flags, bands, interval, octets, expected) in cases {
            assert_eq!(run(flags, bands, 5000, interval, octets), expected, "{flags} {bands:?}");
        }
    }

    #[test]
    fn equal_rates_are_asked_in_the_order_in_which_they_were_sent() {
        let remark = BandSpec { kind: BandKind::DscpRemark(2), ..DROP };
        let mut table = MeterTable::default();
        for (bands, expected) in
            [([DROP, remark], BandKind::Drop), ([remark, DROP], BandKind::DscpRemark(2))]
        {
            table.put(1, PKTPS, &bands, 0.0);
            let meter = table.get(1).expect("the meter");
            let verdicts: Vec<_> = (0..60).filter_map(|_| meter.measure(64, 0.0)).collect();
            assert_eq!(verdicts, [expected; 10]);
            assert_eq!(meter.band_counts(), [(10, 640), (0, 0)]);
        }
        assert_eq!(table.get(1).expect("the meter").counts(), (120, 120 * 64));
        assert_eq!(
            (table.ids(), table.remove(1), table.remove(ALL_METERS)),
            (vec![1], vec![1], vec![])
        );
    }

    #[test]
    fn only_assured_forwarding_has_a_drop_precedence() {
        let cases = [(10, 1, 12), (26, 2, 30), (36, 2, 38), (38, 1, 38), (38, 255, 38)];
        for (dscp, prec_level, expected) in cases {
            assert_eq!(raised_dscp(dscp, prec_level), expected);
        }
        for other in [0, 2, 8, 11, 42, 46, 63] {
            assert_eq!(raised_dscp(other, 2), other);
        }
    }
}
