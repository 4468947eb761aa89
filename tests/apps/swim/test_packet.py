"""What stands around messages: labels, encryption, checksums, compression, compounds."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.errors import BadPacket, NotDecryptable, SwimError, WrongLabel
from apps.swim.keyring import Keyring
from apps.swim.messages import Compressed, encode
from apps.swim.packet import CRC_SIZE, Envelope, compound
from tests.apps.swim.test_lzw import lzw
from tests.apps.swim.vectors import BYTES, KEY, LABEL

PARTS = [BYTES["ping"], BYTES["suspect"], BYTES["alive"]]
OTHER_KEY = bytes(32)


def test_memberlist_s_compound_is_taken_apart_and_made() -> None:
    assert Envelope().open(BYTES["compound"]) == PARTS
    assert compound(PARTS) == BYTES["compound"]


def test_memberlist_s_compression_is_read() -> None:
    assert Envelope().open(BYTES["compressed"]) == PARTS


@pytest.mark.parametrize("version", [0, 1])
def test_memberlist_s_encryption_is_read(version: int) -> None:
    assert Keyring(KEY).open(BYTES[f"sealed{version}"], LABEL) == BYTES["ping"]


def test_memberlist_s_label_is_read() -> None:
    assert Envelope(LABEL).open(BYTES["label"]) == [BYTES["ping"]]


envelopes = st.builds(
    Envelope,
    st.sampled_from([b"", LABEL, bytes(255)]),
    st.sampled_from([None, Keyring(KEY), Keyring(OTHER_KEY, KEY)]),
)


@given(envelopes, st.lists(st.sampled_from(PARTS), min_size=1, max_size=255), st.booleans())
def test_what_is_sealed_is_opened(envelope: Envelope, parts: list[bytes], crc: bool) -> None:
    payload = compound(parts)
    datagram = envelope.seal(payload, os.urandom, crc=crc)
    assert envelope.open(datagram) == parts
    assert len(datagram) == len(payload) + envelope.overhead - (0 if crc else CRC_SIZE)


def test_one_message_is_no_compound() -> None:
    assert compound(PARTS[:1]) == PARTS[0]


def test_a_compound_that_is_cut_gives_what_is_whole() -> None:
    assert Envelope().open(BYTES["compound"][:-1]) == PARTS[:2]


def test_other_clusters_labels_are_refused() -> None:
    for ours, theirs in [(b"red", LABEL), (b"", LABEL), (LABEL, b"")]:
        with pytest.raises(WrongLabel):
            Envelope(ours).open(Envelope(theirs).seal(PARTS[0], os.urandom))


def test_a_label_cannot_be_changed_under_encryption() -> None:
    ring = Keyring(KEY)
    sealed = Envelope(LABEL, ring).seal(PARTS[0], os.urandom)
    with pytest.raises(NotDecryptable):
        Envelope(b"bluf", ring).open(sealed.replace(b"blue", b"bluf", 1))


def test_with_keys_nothing_in_clear_is_taken_and_without_nothing_encrypted() -> None:
    clear, encrypted = Envelope(), Envelope(keyring=Keyring(KEY))
    with pytest.raises(NotDecryptable):
        encrypted.open(clear.seal(PARTS[0], os.urandom))
    with pytest.raises(NotDecryptable):
        clear.open(b"\x01" + bytes([0x11]) * 60)
    with pytest.raises(NotDecryptable):
        Envelope(keyring=Keyring(OTHER_KEY)).open(encrypted.seal(PARTS[0], os.urandom))


@given(st.integers(0, 8 * (CRC_SIZE + len(PARTS[0])) - 1))
def test_a_bit_that_flips_is_noticed(bit: int) -> None:
    datagram = bytearray(Envelope().seal(PARTS[0], os.urandom))
    datagram[bit // 8] ^= 1 << bit % 8
    try:
        opened = Envelope().open(bytes(datagram))
    except SwimError:
        return
    assert opened != [PARTS[0]]


@pytest.mark.parametrize(
    "datagram",
    [b"\xf4", b"\xf4\x00", b"\xf4\x05blu", b"\x0c", b"\x07", b"\x07\x02\x00", b"\x09\x80", b"\x01"],
)
def test_what_is_cut_off_is_refused(datagram: bytes) -> None:
    with pytest.raises(SwimError):
        Envelope(b"").open(datagram)


def test_compounds_within_compounds_have_an_end() -> None:
    packed = PARTS[0]
    for _ in range(10):
        packed = compound([packed, packed])
    with pytest.raises(BadPacket, match="too deep"):
        Envelope().open(packed)


def test_a_compression_by_another_algorithm_is_refused() -> None:
    with pytest.raises(BadPacket, match="algorithm 1"):
        Envelope().open(encode(Compressed(1, lzw(PARTS[0]))))


def test_a_compression_within_other_messages_is_not_read() -> None:
    packed = encode(Compressed(0, lzw(PARTS[0])))
    assert Envelope().open(packed) == [PARTS[0]]
    assert Envelope().open(compound([packed, PARTS[1]])) == [packed, PARTS[1]]
    assert Envelope().open(encode(Compressed(0, lzw(packed)))) == [packed]


@given(envelopes, st.binary(max_size=300))
def test_any_bytes_are_opened_or_refused(envelope: Envelope, datagram: bytes) -> None:
    with suppress(SwimError):
        assert all(isinstance(message, bytes) for message in envelope.open(datagram))
