"""Meters: rates that are kept, bands that apply, statistics, and refusals (OpenFlow 1.3.5, 5.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ofswitch.frame import GSO_TCPV4, NEEDS_CSUM, Frame, Offload
from openflow.actions import Output
from openflow.constants import FlowRemovedReason, MeterFlags, MeterId, MeterModCommand
from openflow.errors import ErrorCode, OpenFlowError
from openflow.instructions import GotoTable, Meter, WriteActions
from openflow.match import Match
from openflow.messages.base import Message
from openflow.messages.meters import (
    DropBand,
    DscpRemarkBand,
    ExperimenterBand,
    MeterBand,
    MeterBandStats,
    MeterConfig,
    MeterConfigStatsRequest,
    MeterFeaturesStatsRequest,
    MeterMod,
    MeterStats,
    MeterStatsRequest,
    RawMeterBand,
)
from openflow.packet import Packet
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, out_ports, removals, sent

KBPS, PKTPS = MeterFlags.KBPS, MeterFlags.PKTPS
BURST, STATS = MeterFlags.BURST, MeterFlags.STATS
MODIFY, DELETE = MeterModCommand.MODIFY, MeterModCommand.DELETE
FRAME = FRAMES["IPv4 TCP"]
SEND_FLOW_REM = 1


def meter(switch: Switch, flags: int, *bands: MeterBand, meter_id: int = 1) -> None:
    """Add a meter, and an entry whose packets pass it on their way to port 2."""
    switch.apply(MeterMod(flags=flags, meter_id=meter_id, bands=bands))
    switch.add(Meter(meter_id), Output(2))


def passed(switch: Switch, frame: bytes | Frame, times: Iterable[float]) -> int:
    """Let a frame come in at these times; return how many went out."""
    count = 0
    for now in times:
        switch.now = now
        count += len(out_ports(switch.receive(frame)))
    return count


def every(interval: float, seconds: float, since: float = 0.0) -> Iterable[float]:
    """Times that are evenly spaced."""
    return (since + step * interval for step in range(round(seconds / interval)))


def stats(switch: Switch, meter_id: int = MeterId.ALL) -> list[MeterStats]:
    """The meters' statistics."""
    body: list[MeterStats] = switch.ask(MeterStatsRequest(meter_id)).body
    return body


@pytest.mark.parametrize("size", [64, 1500])
@pytest.mark.parametrize(("kbps", "overload"), [(500, 1.2), (1_000, 3.0), (10_000, 1.5)])
def test_a_rate_in_kilobits_is_kept_within_two_percent(
    size: int, kbps: int, overload: float, switch: Switch
) -> None:
    meter(switch, KBPS, DropBand(rate=kbps))
    interval = size * 8 / (kbps * 1000 * overload)
    went = passed(switch, FRAME.ljust(size, b"\0"), every(interval, 5.0))
    assert went * size * 8 / 5.0 / 1000 == pytest.approx(kbps, rel=0.02)


@pytest.mark.parametrize("size", [64, 1500])
@pytest.mark.parametrize("pktps", [100, 1_000, 5_000])
def test_a_rate_in_packets_is_kept_within_two_percent(
    pktps: int, size: int, switch: Switch
) -> None:
    meter(switch, PKTPS | STATS, DropBand(rate=pktps))
    went = passed(switch, FRAME.ljust(size, b"\0"), every(0.4 / pktps, 5.0))
    assert went / 5.0 == pytest.approx(pktps, rel=0.02)


@pytest.mark.parametrize("flags", [0, KBPS, PKTPS])
def test_what_stays_below_the_rate_passes(flags: int, switch: Switch) -> None:
    meter(switch, flags, DropBand(rate=1000))
    interval = 1.01 / 1000 if flags == PKTPS else len(FRAME) * 8 * 1.01 / 1e6
    assert passed(switch, FRAME, every(interval, interval * 1000)) == 1000
    assert switch.drops() == {}


def test_bursts_come_at_the_mean_rate(switch: Switch) -> None:
    """All of a tenth of a second at once, ten times a second: a burst of a twentieth fits."""
    meter(switch, PKTPS, DropBand(rate=1000))
    assert passed(switch, FRAME, [step / 10 for step in range(10) for _ in range(100)]) == 500


def test_a_burst_that_was_asked_for_is_granted(switch: Switch) -> None:
    meter(switch, PKTPS | BURST, DropBand(rate=10, burst_size=100))
    assert passed(switch, FRAME, [0.0] * 150) == 100
    assert passed(switch, FRAME, [1.0] * 50) == 10
    assert passed(switch, FRAME, [100.0] * 150) == 100


def test_a_burst_in_kilobits_is_granted(switch: Switch) -> None:
    meter(switch, KBPS | BURST, DropBand(rate=8, burst_size=80))
    assert passed(switch, bytes(1000), [0.0] * 20) == 10


def test_a_super_frame_counts_with_all_its_octets(switch: Switch) -> None:
    """It passes while anything is left, and is paid back in time."""
    data = FRAME + bytes(65000)
    offload = Offload(NEEDS_CSUM, GSO_TCPV4, 54, 1448, 34, 16)
    meter(switch, KBPS, DropBand(rate=100_000))
    interval = len(data) * 8 / 150e6
    went = passed(switch, Frame(data, offload), every(interval, 5.0))
    assert went * len(data) * 8 / 5.0 == pytest.approx(100e6, rel=0.02)


def test_what_a_meter_drops_is_counted_and_its_copies_are_not_taken_back(switch: Switch) -> None:
    switch.apply(MeterMod(flags=PKTPS | BURST, meter_id=1, bands=[DropBand(1, 1)]))
    switch.add(Output(2), WriteActions([Output(3)]), GotoTable(1))
    switch.add(Meter(1), table_id=1)
    assert out_ports(switch.receive(FRAME)) == [2, 3]
    assert out_ports(switch.receive(FRAME)) == [2]
    assert switch.drops() == {}
    assert [entry.packet_count for entry in switch.dump()] == [2, 2]


def test_a_meter_comes_before_all_other_instructions(switch: Switch) -> None:
    meter(switch, PKTPS | BURST, DropBand(1, 1))
    switch.change(MeterModCommand.MODIFY, Output(2), Meter(1))
    assert passed(switch, FRAME, [0.0, 0.0]) == 1
    assert switch.drops() == {"meter": 1}


def test_entries_share_a_meter(switch: Switch) -> None:
    meter(switch, PKTPS | BURST, DropBand(1, 3))
    switch.add(Meter(1), Output(2), match=Match(in_port=2), priority=1)
    for in_port in (1, 3, 4):
        switch.receive(FRAME, in_port)
    assert switch.receive(FRAME, 1) == []


def dscp_frame(dscp: int, name: str = "IPv4 TCP") -> bytes:
    """A frame with this DSCP."""
    data = bytearray(FRAMES[name])
    if name == "IPv4 TCP":
        data[15] = dscp << 2 | 1
    else:
        data[14:16] = (6 << 12 | dscp << 6 | 1 << 4).to_bytes(2, "big")
    return bytes(data)


@pytest.mark.parametrize("name", ["IPv4 TCP", "IPv6 TCP"])
@pytest.mark.parametrize(
    ("dscp", "prec_level", "expected"),
    [
        (10, 1, 12),  # AF11, AF12
        (18, 1, 20),
        (26, 2, 30),
        (36, 2, 38),  # AF42, AF43: no higher
        (38, 1, 38),
        (0, 1, 0),  # no Assured Forwarding from here on
        (8, 1, 8),
        (11, 2, 11),
        (46, 1, 46),
        (42, 1, 42),
        (2, 1, 2),
    ],
)
def test_remarking_raises_the_drop_precedence(
    name: str, dscp: int, prec_level: int, expected: int, switch: Switch
) -> None:
    meter(switch, PKTPS | BURST, DscpRemarkBand(1, 1, prec_level))
    first, second = (sent(switch.receive(dscp_frame(dscp, name)))[0] for _ in range(2))
    assert Packet(first).fields()["ip_dscp"] == dscp
    fields = Packet(second).fields()
    assert (fields["ip_dscp"], fields["ip_ecn"]) == (expected, 1)


def test_remarking_leaves_alone_what_is_not_ip(switch: Switch) -> None:
    meter(switch, PKTPS | BURST, DscpRemarkBand(1, 1, 1))
    assert passed(switch, FRAMES["ARP request"], [0.0] * 3) == 3


def test_the_band_with_the_highest_rate_that_is_exceeded_applies(switch: Switch) -> None:
    """500 pass as they are, 500 are remarked, 1000 are dropped, of 2000 a second."""
    meter(switch, PKTPS, DropBand(rate=1000), DscpRemarkBand(rate=500, prec_level=1))
    frame = dscp_frame(10)
    seen: Counter[int] = Counter()
    for now in every(0.0005, 5.0):
        switch.now = now
        for data in sent(switch.receive(frame)):
            seen[Packet(data).fields()["ip_dscp"]] += 1
    assert seen[10] == pytest.approx(2500, rel=0.02)
    assert seen[12] == pytest.approx(2500, rel=0.02)
    drop, remark = stats(switch)[0].band_stats
    assert (drop.packet_band_count, remark.packet_band_count) == (10_000 - seen.total(), seen[12])


def test_meters_and_bands_count(switch: Switch) -> None:
    switch.now = 1.0
    meter(switch, PKTPS | BURST, DropBand(rate=1, burst_size=3), DscpRemarkBand(1, 2, 1))
    switch.apply(MeterMod(flags=0, meter_id=7, bands=[]))
    switch.add(Meter(1), priority=1)
    assert passed(switch, FRAME, [1.0] * 5) == 3
    switch.now = 3.25
    size = len(FRAME)
    one, seven = stats(switch)
    bands = [MeterBandStats(2, 2 * size), MeterBandStats(1, size)]
    assert one == MeterStats(1, 2, 5, 5 * size, 2, 250_000_000, bands)
    assert seven == MeterStats(7, 0, 0, 0, 2, 250_000_000, [])
    assert stats(switch, 1) == [one]


def test_meters_are_described_as_they_were_set_up(switch: Switch) -> None:
    bands = [DropBand(9, 8), DscpRemarkBand(7, 6, 2)]
    switch.apply(MeterMod(flags=KBPS | BURST, meter_id=5, bands=bands))
    switch.apply(MeterMod(flags=STATS, meter_id=3))
    expected = [MeterConfig(STATS, 3, []), MeterConfig(KBPS | BURST, 5, bands)]
    assert switch.ask(MeterConfigStatsRequest()).body == expected
    assert switch.ask(MeterConfigStatsRequest(5)).body == expected[1:]


def test_a_modify_keeps_the_meters_counters_and_restarts_the_bands(switch: Switch) -> None:
    meter(switch, PKTPS | BURST, DropBand(1, 1))
    passed(switch, FRAME, [0.0] * 3)
    switch.now = 2.0
    switch.apply(MeterMod(MODIFY, PKTPS | BURST, 1, [DropBand(1, 2)]))
    assert passed(switch, FRAME, [2.0] * 3) == 2
    (one,) = stats(switch)
    assert (one.packet_in_count, one.duration_sec, one.flow_count) == (6, 2, 1)
    assert one.band_stats == [MeterBandStats(1, len(FRAME))]


def test_deleting_a_meter_removes_the_entries_that_refer_to_it(switch: Switch) -> None:
    for meter_id in (1, 2):
        switch.apply(MeterMod(meter_id=meter_id))
        fields: dict[str, Any] = {"cookie": meter_id, "flags": SEND_FLOW_REM}
        switch.add(Meter(meter_id), Output(2), priority=meter_id, **fields)
    switch.add(Output(2), cookie=3, priority=3)
    (gone,) = removals(switch.apply(MeterMod(DELETE, meter_id=2)))
    assert (gone.cookie, gone.reason) == (2, FlowRemovedReason.DELETE)
    assert switch.cookies() == {1, 3}
    switch.apply(MeterMod(DELETE, meter_id=MeterId.ALL))
    assert (switch.cookies(), stats(switch)) == ({3}, [])


def test_deleting_a_meter_that_is_not_there_succeeds(switch: Switch) -> None:
    for meter_id in (0, 5, MeterId.CONTROLLER):
        assert switch.apply(MeterMod(DELETE, 0xFFFF, meter_id, [RawMeterBand(7)])) == []


def test_meters_can_do_all_but_virtual_ones(make_switch: Callable[..., Switch]) -> None:
    features = make_switch(max_meters=7, max_bands=3).ask(MeterFeaturesStatsRequest())
    assert (features.max_meter, features.max_bands, features.max_color) == (7, 3, 0)
    assert features.band_types == 0b110
    assert features.capabilities == KBPS | PKTPS | BURST | STATS


def add(*bands: MeterBand, flags: int = KBPS, meter_id: int = 2) -> MeterMod:
    """A meter to be added."""
    return MeterMod(flags=flags, meter_id=meter_id, bands=bands)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (add(meter_id=1), ErrorCode.METER_MOD_FAILED__METER_EXISTS),
        (add(meter_id=0), ErrorCode.METER_MOD_FAILED__INVALID_METER),
        (add(meter_id=MeterId.MAX + 1), ErrorCode.METER_MOD_FAILED__INVALID_METER),
        (add(meter_id=MeterId.SLOWPATH), ErrorCode.METER_MOD_FAILED__INVALID_METER),
        (add(meter_id=MeterId.CONTROLLER), ErrorCode.METER_MOD_FAILED__INVALID_METER),
        (add(meter_id=MeterId.ALL), ErrorCode.METER_MOD_FAILED__INVALID_METER),
        (MeterMod(MODIFY, meter_id=2), ErrorCode.METER_MOD_FAILED__UNKNOWN_METER),
        (MeterMod(MODIFY, meter_id=MeterId.ALL), ErrorCode.METER_MOD_FAILED__UNKNOWN_METER),
        (MeterMod(MODIFY, 3, meter_id=1), ErrorCode.METER_MOD_FAILED__BAD_FLAGS),
        (MeterMod(3), ErrorCode.METER_MOD_FAILED__BAD_COMMAND),
        (add(flags=KBPS | PKTPS), ErrorCode.METER_MOD_FAILED__BAD_FLAGS),
        (add(flags=16), ErrorCode.METER_MOD_FAILED__BAD_FLAGS),
        (add(DropBand(0)), ErrorCode.METER_MOD_FAILED__BAD_RATE),
        (add(DropBand(1, 0), flags=BURST), ErrorCode.METER_MOD_FAILED__BAD_BURST),
        (add(DscpRemarkBand(1, 1, 0)), ErrorCode.METER_MOD_FAILED__BAD_BAND_VALUE),
        (add(DscpRemarkBand(1, 1, 3)), ErrorCode.METER_MOD_FAILED__BAD_BAND_VALUE),
        (add(RawMeterBand(9)), ErrorCode.METER_MOD_FAILED__BAD_BAND),
        (add(ExperimenterBand(1, 1, 1)), ErrorCode.METER_MOD_FAILED__BAD_BAND),
        (add(*[DropBand(1)] * 3), ErrorCode.METER_MOD_FAILED__OUT_OF_BANDS),
    ],
    ids=str,
)
def test_a_bad_change_is_refused(
    change: MeterMod, code: ErrorCode, make_switch: Callable[..., Switch]
) -> None:
    switch = make_switch(max_bands=2)
    switch.apply(MeterMod(meter_id=1, bands=[DropBand(1)]))
    before = switch.ask(MeterConfigStatsRequest())
    assert switch.refusal(change) is code
    assert switch.ask(MeterConfigStatsRequest()) == before


def test_there_is_room_for_so_many_meters(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(max_meters=1)
    switch.apply(add(meter_id=MeterId.MAX))
    assert switch.refusal(add()) is ErrorCode.METER_MOD_FAILED__OUT_OF_METERS
    switch.apply(MeterMod(DELETE, meter_id=MeterId.MAX))
    switch.apply(add())


@pytest.mark.parametrize("request_", [MeterStatsRequest(5), MeterConfigStatsRequest(5)], ids=str)
def test_questions_about_a_meter_that_is_not_there_are_refused(
    request_: Message, switch: Switch
) -> None:
    with pytest.raises(OpenFlowError) as caught:
        switch.ask(request_)
    assert caught.value.code is ErrorCode.METER_MOD_FAILED__UNKNOWN_METER
