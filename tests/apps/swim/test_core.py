"""A member as a whole: what comes from outside cannot harm it, and what is asked of it is done."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.address import Address, parse_address
from apps.swim.config import LAN, PRESETS, Config
from apps.swim.core import Core
from apps.swim.effects import Deliver, Event, Kind
from apps.swim.keyring import Keyring
from apps.swim.members import Identity, State
from apps.swim.messages import Alive, Dead, Suspect, encode
from apps.swim.packet import Envelope, compound
from tests.apps.swim.cores import Driven, alive, at, kinds, sent

KEYS = Keyring(bytes(16))
CLOSED = replace(LAN, envelope=Envelope(b"blue", KEYS))
DEATH = encode(Dead(1, "h1", "h2"))


def sealed(envelope: Envelope, payload: bytes = DEATH) -> bytes:
    return envelope.seal(payload, Random(4).randbytes)


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (sealed(Envelope(b"blue", Keyring(bytes(24)))), "not_decryptable"),
        (sealed(Envelope(b"blue")), "not_decryptable"),
        (sealed(Envelope(b"red", KEYS)), "wrong_label"),
        (sealed(Envelope(b"", KEYS)), "wrong_label"),
        (sealed(Envelope(b"blue", KEYS))[:-1], "not_decryptable"),
        (sealed(Envelope(b"blue", KEYS), b"\x03nonsense"), "malformed"),
        (sealed(Envelope(b"blue", KEYS), b"\x63"), "malformed"),
        (sealed(Envelope(b"blue", KEYS), b"\x07\x09"), "bad_packet"),
        (b"", "wrong_label"),
    ],
)
def test_a_forged_or_malformed_datagram_changes_nothing_and_is_counted(
    datagram: bytes, reason: str
) -> None:
    core = Driven(3, CLOSED)
    before, health = core.snapshot(), core.swim.health
    assert core.swim.receive(datagram, at(9), core.now) == []
    assert core.snapshot() == before
    assert core.swim.health == health
    assert dict(core.swim.counters) == {reason: 1}


def test_what_is_sealed_as_it_should_be_is_believed() -> None:
    core = Driven(3, CLOSED)
    core.swim.receive(sealed(CLOSED.envelope), at(9), core.now)
    assert core.member(1).state is State.DEAD


def test_one_malformed_message_does_not_cost_the_others() -> None:
    core = Driven(2)
    effects = core.hear_bytes(b"\x04nonsense", encode(alive(3)), b"", DEATH)
    assert kinds(effects) == [Kind.MEMBER_JOIN, Kind.MEMBER_FAILED]
    assert core.swim.counters["malformed"] == 2


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_whatever_bytes_come_nothing_is_raised_and_members_stay(datagrams: list[bytes]) -> None:
    core = Driven(3)
    before = core.snapshot()
    for datagram in datagrams:
        core.swim.receive(datagram, at(9), core.now)
    assert core.snapshot() == before


@given(st.sampled_from([encode(alive(1, 9)), DEATH, encode(Suspect(1, "h1", "h2"))]), st.data())
def test_a_bit_that_flips_under_a_checksum_changes_nothing(
    message: bytes, data: st.DataObject
) -> None:
    core = Driven(3)
    before = core.snapshot()
    datagram = bytearray(sealed(Envelope(), compound([message, message])))
    datagram[data.draw(st.integers(1, len(datagram) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert core.swim.receive(bytes(datagram), at(9), core.now) == []
    assert core.snapshot() == before
    assert core.swim.counters["bad_packet"] == 1


def test_new_metadata_is_told_in_a_new_incarnation() -> None:
    core = Driven(3)
    effects = core.swim.update(b"db", core.now)
    assert kinds(effects) == [Kind.MEMBER_UPDATE]
    told = [m for m, _ in sent(core.wait(1), Alive) if m.node == "h0"]
    assert {(m.incarnation, m.meta) for m in told} == {(2, b"db")}
    assert core.swim.update(b"db", core.now) == []


def test_too_much_is_refused_and_nothing_changes() -> None:
    core = Driven(1)
    with pytest.raises(ValueError, match="513 bytes of metadata are more than 512"):
        core.swim.update(bytes(513), core.now)
    with pytest.raises(ValueError, match="fit a datagram"):
        core.swim.broadcast(bytes(1400), core.now)
    with pytest.raises(ValueError, match="metadata"):
        Core(LAN, Identity("x", bytes(4), 1, bytes(600)), Random(0), 0.0)
    with pytest.raises(KeyError):
        core.swim.send("nobody", b"", core.now)
    assert core.swim.me.incarnation == 1
    core.swim.update(bytes(512), core.now)
    assert core.swim.me.incarnation == 2


def test_the_most_that_fits_a_broadcast_fits_its_datagram() -> None:
    core = Driven(1, CLOSED)
    core.wait(5)
    most = next(n for n in range(1400, 0, -1) if _fits(core, n))
    core.effects.clear()
    core.swim.broadcast(bytes(most), core.now)
    sends = [e for e in core.wait(1) if hasattr(e, "data")]
    assert max(len(e.data) for e in sends) <= 1400


def _fits(core: Driven, size: int) -> bool:
    try:
        core.swim.send("h1", bytes(size), core.now)
    except ValueError:
        return False
    return True


def test_bytes_of_an_application_are_delivered_as_they_came() -> None:
    core = Driven(1)
    assert core.hear_bytes(b"\x08", b"\x08\x00\xff") == [Deliver(b""), Deliver(b"\x00\xff")]


def test_events_carry_the_member_as_it_is() -> None:
    core = Driven(1)
    (event,) = core.hear(alive(1, 2, b"new"))
    assert event == Event(Kind.MEMBER_UPDATE, core.member(1))


@pytest.mark.parametrize("name", PRESETS)
def test_the_presets_are_sound(name: str) -> None:
    config = PRESETS[name]
    assert config.probe_timeout_s < config.probe_interval_s
    assert config.gossip_interval_s < config.probe_interval_s


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"probe_interval_s": 0.0}, "probe_interval_s must be more than 0"),
        ({"probe_timeout_s": 1.0}, "less than probe_interval_s"),
        ({"verdict_s": 0.2}, "verdict_s must be more than probe_timeout_s"),
        ({"versions": b"\1"}, "six bytes"),
        ({"budget": 600}, "600 bytes"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(change: dict[str, float], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Config(**change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.1", Address(b"\n\0\0\1", 7946)),
        ("10.0.0.1:5", Address(b"\n\0\0\1", 5)),
        ("::1", Address(bytes(15) + b"\1", 7946)),
        ("[::1]", Address(bytes(15) + b"\1", 7946)),
        ("[::1]:5", Address(bytes(15) + b"\1", 5)),
    ],
)
def test_addresses_are_read_and_written(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["", "x", "10.0.0.1:0", "10.0.0.1:70000", "[::1]5x", "10.0.0.1:"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_address(text)
