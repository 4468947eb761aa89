"""Keys: which open, which seals, and how they change."""

from __future__ import annotations

import os
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.swim.errors import NotDecryptable
from apps.swim.keyring import OVERHEAD, Keyring, parse_key

OLD, NEW = bytes(range(16)), bytes(range(32))


def test_a_cluster_changes_its_key_without_a_break() -> None:
    old, new = Keyring(OLD), Keyring(OLD)
    for change in (new.add, old.add, new.use, old.use):
        change(NEW)
        assert old.open(new.seal(b"x", b"", os.urandom), b"") == b"x"
        assert new.open(old.seal(b"y", b"", os.urandom), b"") == b"y"
    new.remove(OLD)
    assert (new.keys, old.keys) == ((NEW,), (NEW, OLD))
    with pytest.raises(NotDecryptable):
        new.open(Keyring(OLD).seal(b"x", b"", os.urandom), b"")


def test_sealing_adds_what_it_says() -> None:
    assert len(Keyring(OLD).seal(bytes(100), b"label", os.urandom)) == 100 + OVERHEAD


def test_nothing_at_all_is_sealed_and_opened() -> None:
    ring = Keyring(OLD)
    assert ring.open(ring.seal(b"", b"", os.urandom), b"") == b""


def test_what_is_sealed_in_a_version_of_the_future_is_not_opened() -> None:
    ring = Keyring(OLD)
    with pytest.raises(NotDecryptable, match="not known"):
        ring.open(b"\x02" + ring.seal(b"x", b"", os.urandom)[1:], b"")


def opened_with_padding(padded: bytes) -> bytes:
    """What a ring makes of these bytes, sealed as old peers do it."""
    nonce = bytes(12)
    return Keyring(OLD).open(b"\0" + nonce + AESGCM(OLD).encrypt(nonce, padded, b""), b"")


@pytest.mark.parametrize(("padded", "plain"), [(b"x" * 15 + b"\1", b"x" * 15), (b"\x10" * 16, b"")])
def test_the_padding_of_old_peers_is_taken_off(padded: bytes, plain: bytes) -> None:
    assert opened_with_padding(padded) == plain


@pytest.mark.parametrize("padded", [b"", bytes(16), b"\5", b"x" * 31 + b"\x11"])
def test_what_is_wrongly_padded_is_refused(padded: bytes) -> None:
    with pytest.raises(NotDecryptable, match="padding"):
        opened_with_padding(padded)


def test_keys_of_other_sizes_and_the_primary_one_are_refused() -> None:
    ring = Keyring(OLD)
    with pytest.raises(ValueError, match="not 5"):
        ring.add(b"12345")
    with pytest.raises(ValueError, match="use another one first"):
        ring.remove(OLD)
    with pytest.raises(ValueError, match="add it first"):
        ring.use(NEW)
    ring.remove(NEW)  # it is not there, as wanted


def test_keys_are_written_in_base64() -> None:
    assert parse_key(b64encode(NEW).decode()) == NEW
    with pytest.raises(ValueError, match="base64"):
        parse_key("not a key!")
    with pytest.raises(ValueError, match="this has 3"):
        parse_key("AAAA")
