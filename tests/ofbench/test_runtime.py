"""Loads against controllers and switches over loopback, for moments."""

from __future__ import annotations

import resource
import socket
import threading

import pytest

from ofbench.abilities import SwitchResult
from ofbench.address import Address
from ofbench.figures import Result
from ofbench.runtime import controller, sockets, switch
from ofbench.settings import LoadSettings, SwitchSettings
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


def load(**given: object) -> Result:
    defaults: dict[str, object] = {"switches": 2, "hosts": 10, "warm_up_s": 0.05, "seconds": 0.1}
    settings = {**defaults, "rounds": 2, "timeout_s": 5.0, **given}
    return Result(LoadSettings(**settings))  # type: ignore[arg-type]


def asked(**given: object) -> SwitchResult:
    return SwitchResult(SwitchSettings(**given))  # type: ignore[arg-type]


def nothing(*told: object) -> None:
    """Watch, and say nothing."""


@pytest.mark.parametrize(
    ("version", "mode"), [(V1_0, "latency"), *((version, "throughput") for version in SUPPORTED)]
)
def test_a_controller_is_loaded_in_any_version(version: Version, mode: str) -> None:
    with bare_controller(version) as address:
        result = controller.measure(address, load(mode=mode, version=version), nothing)
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
        controller.measure(address, load(), lambda phase, part, rate: told.append((phase, part)))
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
        given = load(version=version, switches=1, mode="latency", buffers=buffers, rounds=1)
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
        controller.measure(address, load(switches=1, mode="latency", hosts=5), nothing)
    sources = [message.packet.eth_src for message in learner.packet_ins]
    places = {message.packet.eth_src: message.in_port for message in learner.packet_ins}
    assert sources[:5] == sources[5:10] == [0x0200_0100_0000 + host for host in range(5)]
    assert list(places.values()) == [1, 2, 3, 4, 1]
    for before, message in zip(learner.packet_ins[:4], learner.packet_ins[1:]):
        assert message.packet.eth_dst == before.packet.eth_src


def test_a_controller_of_another_version_is_told_as_such() -> None:
    with peer(V1_0, Learner(), ask=FeaturesRequest()) as address:  # noqa: SIM117
        with pytest.raises(ConnectionError, match="version"):
            controller.measure(address, load(version=V1_3, switches=1), nothing)


def test_nobody_at_an_address_is_told_as_such() -> None:
    with pytest.raises(OSError, match="refused"):
        controller.measure(Address("127.0.0.1", 1), load(timeout_s=0.1), nothing)


@every_version
def test_a_switch_is_asked_everything_in_any_version(version: Version) -> None:
    given = asked(version=version, flows=200, packets=80, trips=5, rounds=2)
    with peer(version, like_a_switch) as address:
        result = switch.measure(address, given, nothing)
    assert result.datapath_id == 0xABC
    found = {ability.name: ability for ability in result.abilities}
    assert len(result.passages) == 2 * len(found) == 20
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

    given = asked(flows=10, packets=160, trips=5, rounds=1)
    with peer(V1_0, forgetful) as address:
        result = switch.measure(address, given, nothing)
    lost = {ability.name: ability.lost for ability in result.abilities if ability.lost}
    assert lost == {
        "packet-outs that come back as packet-ins": 16,
        "packet-ins, eight for a packet-out": 16,
    }


def test_a_switch_that_says_nothing_is_told_as_such() -> None:
    with peer(V1_0, lambda message: []) as address, pytest.raises(TimeoutError, match="silent"):
        switch.measure(address, asked(timeout_s=0.1), nothing)


def test_a_controller_in_place_of_a_switch_is_told_as_such() -> None:
    with bare_controller(V1_0) as address, pytest.raises(ConnectionError, match="is a controller"):
        switch.measure(address, asked(), nothing)


def test_it_is_told_that_nobody_listens_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "SILENT_S", 0.0)
    told: list[str] = []
    with pytest.raises(OSError, match="refused"):
        controller.measure(
            Address("127.0.0.1", 1), load(timeout_s=0.1), lambda phase, *_: told.append(phase)
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
        switch.measure(address, asked(timeout_s=5), nothing)


def test_what_speaks_another_protocol_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_by_http, args=(server,), daemon=True).start()
        with pytest.raises(ConnectionError, match=r"no hello|closed the connection"):
            switch.measure(Address(*server.getsockname()), asked(timeout_s=10.0), nothing)


def answer_by_http(server: socket.socket) -> None:
    """Answer one visitor, and hang up on him."""
    visitor, _ = server.accept()
    with visitor:
        visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_switch_that_does_not_come_is_told_as_such() -> None:
    here = Address("127.0.0.1", 16790, listen=True)
    with pytest.raises(TimeoutError, match="nobody came to ptcp:167"):
        switch.measure(here, asked(timeout_s=0.05), nothing)


def test_what_a_controller_passes_over_is_unanswered_and_the_last_ones_are_in_flight() -> None:
    class Choosy(Learner):
        def __call__(self, message: Message) -> list[Message]:
            answer = super().__call__(message)
            return answer if len(self.packet_ins) % 2 else []

    with peer(V1_0, Choosy("flow"), ask=FeaturesRequest()) as address:
        result = controller.measure(address, load(switches=1, in_flight=16), nothing)
    found = result.packet_ins
    assert found.sent == found.answered + found.unanswered + found.in_flight
    assert found.answered > 0
    assert found.in_flight <= 16
    assert abs(found.unanswered - found.answered) <= 16


def test_the_rounds_that_are_over_are_kept_when_something_ends_a_load() -> None:
    def interrupt(phase: str, part: float, rate: float) -> None:
        if phase == "round 2 of 2":
            raise KeyboardInterrupt

    result = load()
    with bare_controller(V1_0) as address, pytest.raises(KeyboardInterrupt):
        controller.measure(address, result, interrupt)
    assert len(result.rounds) == 1


def test_the_streams_that_are_over_are_kept_when_a_switch_goes_away() -> None:
    def tired(message: Message) -> list[Message]:
        if isinstance(message, PacketOut):
            raise ConnectionError
        return like_a_switch(message)

    result = asked(trips=2)
    with peer(V1_0, tired) as address, pytest.raises(OSError):
        switch.measure(address, result, nothing)
    assert [passage.name for passage in result.passages] == ["echo", "barrier"]
