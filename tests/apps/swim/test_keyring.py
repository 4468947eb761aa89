"""Keys: which open, which seals, and how they change."""

from __future__ import annotations

import os
from base64 import b64encode

import pytest

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
