"""Meters: rates that packets are held to, and their statistics (OpenFlow 1.3.5, 5.7).

Each band is a token bucket of its own, in octets or packets, with fractions:

    tokens = min(size, tokens + (now - last) * rate)        rate is per second
    fits = tokens > 0
    tokens = tokens - cost                                  only if it fits

so a packet fits while anything is left, whatever its size, and what it takes too much is paid back
before the next one: in the long run what fits is the rate, exactly, for frames of every length. The
bands are asked from the highest rate to the lowest, equal ones in the order in which they were sent,
and the first that the packet does not fit applies to it; those behind it are not asked, so that what
a higher band drops costs the lower ones nothing. A bucket begins full. Its `size` is the burst with
the flag BURST, else what the rate is in `DEFAULT_BURST_S`. A frame costs its octets as the tables
count them, without preamble and checksum; a kilobit is 1000 bits, 125 octets.

DSCP_REMARK raises the drop precedence of Assured Forwarding (RFC 2597), 3 at the most, and leaves
any other DSCP as it is. Everything is counted, with the flag STATS or without.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from ofswitch.datapath.flow import duration
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.meter_checks import check_meter_mod
from ofswitch.datapath.refusal import refuse
from openflow.constants import MeterBandType, MeterFlags, MeterId, MeterModCommand
from openflow.errors import ErrorCode
from openflow.messages.meters import (
    DropBand,
    DscpRemarkBand,
    MeterBand,
    MeterBandStats,
    MeterConfig,
    MeterConfigStatsReply,
    MeterFeaturesStatsReply,
    MeterMod,
    MeterStats,
    MeterStatsReply,
)

DEFAULT_BURST_S = 0.05
OCTETS_PER_KILOBIT = 125.0

_LOWEST_PRECEDENCE, _HIGHEST_PRECEDENCE = 1, 3


@dataclass(slots=True, eq=False)
class Band:
    """A band's token bucket, and what the band was applied to."""

    desc: DropBand | DscpRemarkBand
    rate: float
    size: float
    last: float
    tokens: float = field(init=False)
    packet_count: int = 0
    byte_count: int = 0

    def __post_init__(self) -> None:
        self.tokens = self.size

    def fits(self, cost: float, now: float) -> bool:
        """Take what a packet costs out of the bucket, if it fits."""
        self.tokens = min(self.size, self.tokens + (now - self.last) * self.rate)
        self.last = now
        if self.tokens <= 0.0:
            return False
        self.tokens -= cost
        return True


@dataclass(slots=True, eq=False)
class MeterEntry:
    """One meter; a MODIFY changes flags and bands, and the meter's own counters go on.

    `bands` are as they were sent, `falling` by their rates.
    """

    meter_id: int
    created: float
    flags: int = 0
    bands: tuple[Band, ...] = ()
    falling: tuple[Band, ...] = ()
    packet_count: int = 0
    byte_count: int = 0

    def set_up(self, flags: int, bands: Iterable[MeterBand], now: float) -> None:
        """Have these flags and bands from now on; they count from zero, with full buckets."""
        self.flags = flags
        self.bands = tuple(
            _band(flags, one, now) for one in bands if isinstance(one, DropBand | DscpRemarkBand)
        )
        self.falling = tuple(sorted(self.bands, key=lambda band: -band.rate))

    def measure(self, octets: int, now: float) -> DropBand | DscpRemarkBand | None:
        """Count a packet; return the band that applies to it, if one does."""
        self.packet_count += 1
        self.byte_count += octets
        cost = 1.0 if self.flags & MeterFlags.PKTPS else float(octets)
        for band in self.falling:
            if not band.fits(cost, now):
                band.packet_count += 1
                band.byte_count += octets
                return band.desc
        return None

    def stats(self, flow_count: int, now: float) -> MeterStats:
        """Describe what passed, for a statistics reply (7.3.5.12)."""
        seconds, nanoseconds = duration(self.created, now)
        return MeterStats(
            meter_id=self.meter_id,
            flow_count=flow_count,
            packet_in_count=self.packet_count,
            byte_in_count=self.byte_count,
            duration_sec=seconds,
            duration_nsec=nanoseconds,
            band_stats=[MeterBandStats(one.packet_count, one.byte_count) for one in self.bands],
        )

    def config(self) -> MeterConfig:
        """The meter as it was set up (7.3.5.13)."""
        return MeterConfig(self.flags, self.meter_id, [band.desc for band in self.bands])


class MeterTable(Container[int]):
    """The meters of a switch by number."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._meters: dict[int, MeterEntry] = {}

    def __contains__(self, meter_id: object) -> bool:
        return meter_id in self._meters

    def apply(self, change: MeterMod, now: float) -> frozenset[int]:
        """Carry a METER_MOD out; return the meters that it removed.

        Raises OpenFlowError, and then nothing has changed.
        """
        check_meter_mod(change, self._meters, self._limits)
        if change.command == MeterModCommand.DELETE:
            return self._delete(change.meter_id)
        meter = self._meters.setdefault(change.meter_id, MeterEntry(change.meter_id, now))
        meter.set_up(change.flags, change.bands, now)
        return frozenset()

    def _delete(self, meter_id: int) -> frozenset[int]:
        gone = frozenset(
            self._meters if meter_id == MeterId.ALL else {meter_id} & set(self._meters)
        )
        for one in gone:
            del self._meters[one]
        return gone

    def measure(self, meter_id: int, octets: int, now: float) -> DropBand | DscpRemarkBand | None:
        """Count a packet that is to pass a meter; return the band that applies, if one does."""
        return self._meters[meter_id].measure(octets, now)

    def rehearsal(self) -> MeterTable:
        """A table that measures as this one would, and leaves this one as it is."""
        twin = MeterTable(self._limits)
        twin._meters = _Copies(self._copy)
        return twin

    def _copy(self, meter_id: int) -> MeterEntry:
        return deepcopy(self._meters[meter_id])

    def stats(
        self, meter_id: int, flow_references: Mapping[int, int], now: float
    ) -> MeterStatsReply:
        """What a meter has counted, or all; how many flow entries refer to each is given."""
        meters = self._asked(meter_id)
        body = [one.stats(flow_references.get(one.meter_id, 0), now) for one in meters]
        return MeterStatsReply(body=body)

    def config(self, meter_id: int) -> MeterConfigStatsReply:
        """How a meter is set up, or all of them."""
        return MeterConfigStatsReply(body=[one.config() for one in self._asked(meter_id)])

    def features(self) -> MeterFeaturesStatsReply:
        """What meters can do."""
        return meter_features(self._limits)

    def _asked(self, meter_id: int) -> list[MeterEntry]:
        if meter_id == MeterId.ALL:
            return [self._meters[one] for one in sorted(self._meters)]
        if meter_id not in self._meters:
            text = f"there is no meter {meter_id}"
            refuse(ErrorCode.METER_MOD_FAILED__UNKNOWN_METER, text)
        return [self._meters[meter_id]]


class _Copies(dict[int, MeterEntry]):
    """Meters that are copied when they are first used."""

    def __init__(self, copy: Callable[[int], MeterEntry]) -> None:
        self._copy = copy

    def __missing__(self, meter_id: int) -> MeterEntry:
        meter = self[meter_id] = self._copy(meter_id)
        return meter


def raised_dscp(dscp: int, prec_level: int) -> int:
    """Return a DSCP with a higher drop precedence, if it has one: `class << 3 | precedence << 1`."""
    precedence = dscp >> 1 & 3
    if dscp & 1 or not 1 <= dscp >> 3 <= 4 or precedence < _LOWEST_PRECEDENCE:
        return dscp
    raised = min(_HIGHEST_PRECEDENCE, precedence + prec_level)
    return dscp & ~0b110 | raised << 1


def meter_features(limits: Limits) -> MeterFeaturesStatsReply:
    """What meters can do; there are no colours."""
    return MeterFeaturesStatsReply(
        max_meter=limits.max_meters,
        band_types=1 << MeterBandType.DROP | 1 << MeterBandType.DSCP_REMARK,
        capabilities=sum(MeterFlags),
        max_bands=limits.max_bands,
        max_color=0,
    )


def _band(flags: int, desc: DropBand | DscpRemarkBand, now: float) -> Band:
    unit = 1.0 if flags & MeterFlags.PKTPS else OCTETS_PER_KILOBIT
    rate = desc.rate * unit
    size = desc.burst_size * unit if flags & MeterFlags.BURST else rate * DEFAULT_BURST_S
    return Band(desc, rate, size, now)
