"""Serf's queries about keys, as a Serf agent (0.9.4) has sent and answered them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.keyring import Keyring
from apps.swim.serf_keys import (
    CHANGES,
    INSTALL,
    LIST,
    REMOVE,
    USE,
    Response,
    answer,
    read_response,
    request,
)
from apps.swim.serf_messages import NotSerf

OLD, NEW = bytes(32), bytes(range(32))
ROOM = 900


def told(query: str, payload: bytes, ring: Keyring | None, room: int = ROOM) -> dict[str, Any]:
    """What is answered."""
    data = answer(query, payload, ring, room)
    assert data[:1] == b"\x08"
    found: dict[str, Any] = msgpack.unpackb(data[1:])
    assert found.keys() == {"Keys", "Message", "PrimaryKey", "Result"}
    return found


def test_a_request_and_its_answer_are_in_serfs_bytes() -> None:
    assert request(b"") == b"\x07\x81\xa3Key\xa0"
    assert request(NEW) == b"\x07\x81\xa3Key\xda\x00 " + NEW
    assert answer(LIST, request(b""), None, ROOM) == (
        b"\x08\x84\xa4Keys\xc0\xa7Message\xda\x00)Keyring is empty (encryption not enabled)"
        b"\xaaPrimaryKey\xa0\xa6Result\xc2"
    )


def test_a_cluster_that_is_not_encrypted_has_no_keys_to_change() -> None:
    for query in CHANGES:
        found = told(query, request(NEW), None)
        assert found["Message"] == "No keyring to modify (encryption not enabled)"
        assert found["Result"] is False


def test_a_key_is_installed_used_and_the_old_one_removed() -> None:
    ring = Keyring(OLD)
    for query, key, keys in [
        (INSTALL, NEW, (OLD, NEW)),
        (INSTALL, NEW, (OLD, NEW)),
        (USE, NEW, (NEW, OLD)),
        (REMOVE, OLD, (NEW,)),
        (REMOVE, OLD, (NEW,)),
    ]:
        found = told(query, request(key), ring)
        assert (found["Result"], found["Message"]) == (True, "")
        assert ring.keys == keys


@pytest.mark.parametrize(
    ("query", "payload", "why"),
    [
        (REMOVE, request(OLD), "primary"),
        (USE, request(NEW), "not in the keyring"),
        (INSTALL, request(b"short"), "16, 24 or 32 bytes"),
        (INSTALL, b"", "no key request"),
        (INSTALL, b"\x07\x93", "no message of Serf"),
        (INSTALL, b"\x08\x80", "no key request"),
        (INSTALL, b"\x07\x81\xa3Key\x07", "not bytes"),
    ],
)
def test_who_refuses_says_why_and_changes_nothing(query: str, payload: bytes, why: str) -> None:
    ring = Keyring(OLD)
    found = told(query, payload, ring)
    assert (found["Result"], ring.keys) == (False, (OLD,))
    assert why in found["Message"]


def test_keys_are_listed_the_primary_one_apart() -> None:
    found = told(LIST, request(b""), Keyring(OLD, NEW))
    assert found["Keys"] == [b64encode(key).decode() for key in (OLD, NEW)]
    assert found["PrimaryKey"] == b64encode(OLD).decode()
    assert found["Result"] is True


@given(st.integers(1, 60), st.integers(150, 1100))
def test_of_too_many_keys_as_many_are_listed_as_there_is_room_for(count: int, room: int) -> None:
    ring = Keyring(*(bytes([number]) * 32 for number in range(count)))
    found = told(LIST, request(b""), ring, room)
    assert len(answer(LIST, b"", ring, room)) <= room
    assert found["Result"] is True
    shown = len(found["Keys"] or [])
    cut = f"truncated key list response, showing first {shown} of {count} keys"
    assert found["Message"] == ("" if shown == count else cut)


def test_what_serf_answers_is_read() -> None:
    assert read_response(answer(LIST, request(b""), Keyring(OLD, NEW), ROOM)) == Response(
        True, "", (b64encode(OLD).decode(), b64encode(NEW).decode()), b64encode(OLD).decode()
    )
    assert read_response(answer(REMOVE, request(OLD), Keyring(OLD), ROOM)).result is False
    older = b"\x08\x82\xa6Result\xc3\xa7Message\xa0"
    assert read_response(older) == Response(True)


@given(st.binary(max_size=60))
def test_any_answer_is_read_or_refused(payload: bytes) -> None:
    for data in (payload, b"\x08" + payload):
        try:
            read_response(data)
        except NotSerf:
            continue


@given(st.sampled_from([*CHANGES, LIST]), st.binary(max_size=60))
def test_any_payload_is_answered(query: str, payload: bytes) -> None:
    told(query, payload, Keyring(OLD))
