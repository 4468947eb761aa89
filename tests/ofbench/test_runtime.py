"""Loads against controllers and switches over loopback, for moments."""

from __future__ import annotations

import resource

import pytest

from ofbench.address import Address
from ofbench.figures import abilities
from ofbench.runtime import controller, sockets, switch
from openflow import (
    SUPPORTED,
    V1_0,
    V1_3,
    FeaturesReply,
    FeaturesRequest,
    FlowMod,
    Message,
    Output,
    PacketIn,
    PacketOut,
    Version,
)
from tests.ofbench.peers import bare_controller, like_a_switch, peer

pytestmark = pytest.mark.native

every_version = pytest.mark.parametrize("version", SUPPORTED, ids=str)


def settings(**given: object) -> controller.Settings:
    defaults: dict[str, object] = {"switches": 2, "hosts": 10, "warm_up_s": 0.05, "seconds": 0.1}
    return controller.Settings(**{**defaults, "rounds": 2, "timeout_s": 5.0, **given})  # type: ignore[arg-type]


def nothing(*told: object) -> None:
    """Watch, and say nothing."""


@pytest.mark.parametrize(
    ("version", "mode"), [(V1_0, "latency"), *((version, "throughput") for version in SUPPORTED)]
)
def test_a_controller_is_loaded_in_any_version(version: Version, mode: str) -> None:
    with bare_controller(version) as address:
        result = controller.measure(address, settings(mode=mode, version=version), nothing)
    assert len(result.rounds) == 2
    for turn in result.rounds:
        assert len(turn.responses) == 2
        assert turn.seconds >= 0.1 - 1e-3
    # Together: on a busy machine a round may pass without anything.
    assert all(sum(turn.responses[at] for turn in result.rounds) > 0 for at in range(2))
    assert result.total("flow_mods") > 0
    assert result.percentiles()["p50"]


def test_progress_is_told_from_the_warm_up_to_the_end() -> None:
    told: list[tuple[str, float]] = []
    with bare_controller(V1_0) as address:
        controller.measure(
            address, settings(), lambda phase, part, rate: told.append((phase, part))
        )
    assert [phase for phase, _ in told] == [
        "2 connected",
        "warm-up",
        "round 1 of 2",
        "round 2 of 2",
    ]
    assert [part for _, part in told] == sorted(part for _, part in told)
    assert told[-1][1] == pytest.approx(1.0)


class Learner:
    """Answers packet-ins as told, and remembers them."""

    def __init__(self, *replies: str) -> None:
        self.replies = replies
        self.packet_ins: list[PacketIn] = []
        self.features: list[FeaturesReply] = []

    def __call__(self, message: Message) -> list[Message]:
        if isinstance(message, FeaturesReply):
            self.features.append(message)
        if not isinstance(message, PacketIn):
            return []
        self.packet_ins.append(message)
        made = {
            "flow": FlowMod(buffer_id=message.buffer_id),
            "packet": PacketOut(message.buffer_id, message.in_port, [Output(1)]),
            "frame": PacketOut(in_port=message.in_port, actions=[Output(1)], data=message.data),
        }
        return [made[reply] for reply in self.replies]


@pytest.mark.parametrize(
    ("replies", "buffers", "counts"),
    [
        (("flow",), True, True),
        (("packet",), True, True),
        (("flow", "packet"), True, True),
        (("frame",), True, True),
        (("frame",), False, True),
        (("flow",), False, False),
        ((), True, False),
    ],
)
@pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)
def test_a_packet_in_counts_once_however_it_is_named(
    version: Version, replies: tuple[str, ...], buffers: bool, counts: bool
) -> None:
    learner = Learner(*replies)
    with peer(version, learner, ask=FeaturesRequest()) as address:
        given = settings(version=version, switches=1, mode="latency", buffers=buffers, rounds=1)
        result = controller.measure(address, given, nothing)
    (turn,) = result.rounds
    assert [message.datapath_id for message in learner.features] == [1]
    assert bool(turn.rate) is counts
    if counts:
        assert 0 < turn.responses[0] <= turn.sent + 1
    assert turn.flow_mods == turn.responses[0] * ("flow" in replies) or not counts


def test_frames_come_from_each_host_in_turn_and_go_to_one_that_is_known() -> None:
    learner = Learner("flow")
    with peer(V1_0, learner, ask=FeaturesRequest()) as address:
        controller.measure(address, settings(switches=1, mode="latency", hosts=5), nothing)
    sources = [message.packet.eth_src for message in learner.packet_ins]
    places = {message.packet.eth_src: message.in_port for message in learner.packet_ins}
    assert sources[:5] == sources[5:10] == [0x0200_0100_0000 + host for host in range(5)]
    assert list(places.values()) == [1, 2, 3, 4, 1]
    for before, message in zip(learner.packet_ins[:4], learner.packet_ins[1:]):
        assert message.packet.eth_dst == before.packet.eth_src


def test_a_controller_of_another_version_is_told_as_such() -> None:
    with peer(V1_0, Learner(), ask=FeaturesRequest()) as address:  # noqa: SIM117
        with pytest.raises(ConnectionError, match="version"):
            controller.measure(address, settings(version=V1_3, switches=1), nothing)


def test_nobody_at_an_address_is_told_as_such() -> None:
    with pytest.raises(OSError, match="refused"):
        controller.measure(Address("127.0.0.1", 1), settings(timeout_s=0.1), nothing)


@every_version
def test_a_switch_is_asked_everything_in_any_version(version: Version) -> None:
    given = switch.Settings(version=version, flows=200, packets=80, trips=5, rounds=2)
    with peer(version, like_a_switch) as address:
        dpid, passages = switch.measure(address, given, nothing)
    assert dpid == 0xABC
    found = {ability.name: ability for ability in abilities(passages)}
    assert len(passages) == 2 * len(found) == 20
    for ability in found.values():
        assert ability.rate > 0
        assert (ability.lost, ability.error) == (0, None)
    assert found["barrier"].times.total() == 10


def test_packet_ins_that_do_not_come_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "STRAGGLERS_S", 0.2)
    outs = 0

    def forgetful(message: Message) -> list[Message]:
        nonlocal outs
        if isinstance(message, PacketOut):
            outs += 1
            return like_a_switch(message) if outs % 10 else []
        return like_a_switch(message)

    given = switch.Settings(flows=10, packets=160, trips=5, rounds=1)
    with peer(V1_0, forgetful) as address:
        _, passages = switch.measure(address, given, nothing)
    lost = {ability.name: ability.lost for ability in abilities(passages) if ability.lost}
    assert lost == {
        "packet-outs that come back as packet-ins": 16,
        "packet-ins, eight for a packet-out": 16,
    }


def test_a_switch_that_says_nothing_is_told_as_such() -> None:
    with peer(V1_0, lambda message: []) as address, pytest.raises(TimeoutError, match="silent"):
        switch.measure(address, switch.Settings(timeout_s=0.1), nothing)


def test_a_controller_in_place_of_a_switch_is_told_as_such() -> None:
    with bare_controller(V1_0) as address, pytest.raises(ConnectionError, match="is a controller"):
        switch.measure(address, switch.Settings(), nothing)


def test_it_is_told_that_nobody_listens_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "SILENT_S", 0.0)
    told: list[str] = []
    with pytest.raises(OSError, match="refused"):
        controller.measure(
            Address("127.0.0.1", 1), settings(timeout_s=0.1), lambda phase, *_: told.append(phase)
        )
    assert set(told) == {"nobody listens"}


def test_more_connections_than_files_are_refused() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        with pytest.raises(OSError, match="open files"):
            sockets.allow(hard)


def test_a_switch_that_closes_is_told_as_such() -> None:
    def rude(message: Message) -> list[Message]:
        raise ConnectionError

    with peer(V1_0, rude) as address, pytest.raises(ConnectionError, match="closed"):
        switch.measure(address, switch.Settings(timeout_s=5), nothing)


def test_a_switch_that_does_not_come_is_told_as_such() -> None:
    here = Address("127.0.0.1", 16790, listen=True)
    with pytest.raises(TimeoutError, match="nobody came to ptcp:167"):
        switch.measure(here, switch.Settings(timeout_s=0.05), nothing)
