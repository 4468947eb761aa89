"""Errors of the system, in words."""

from __future__ import annotations

import asyncio
import socket

import pytest

from console.failure import reason_of


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(13, "Permission denied"), "Permission denied"),
        (OSError(98, "error while attempting to bind on address ('::', 1)"), "Address already in use"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("no host has such a name"), "no host has such a name"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_the_words_of_the_system(error: OSError, words: str) -> None:
    assert reason_of(error) == words


def test_what_asyncio_says_around_it_is_left_out() -> None:
    with pytest.raises(OSError, match="Connect call failed") as raised:
        asyncio.run(asyncio.open_connection("127.0.0.1", 1))
    assert reason_of(raised.value) == "Connection refused"
