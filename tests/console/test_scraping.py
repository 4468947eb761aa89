"""Figures over HTTP."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import scraping
from console.metrics import gauge
from console.scraping import Scraping, respond
from tests.loops import on_a_loop

FIGURES = [gauge("a", "b", 1)]
TEXT = b"# HELP a b\n# TYPE a gauge\na 1\n"


def status(request: bytes) -> int:
    """Of what is answered."""
    return int(respond(request, lambda: FIGURES).split(b" ")[1])


def test_who_gets_metrics_gets_them() -> None:
    found = respond(b"GET /metrics HTTP/1.1\r\n\r\n", lambda: FIGURES)
    head, _, body = found.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: %d" % len(TEXT) in head
    assert body == TEXT
    assert respond(b"GET /metrics?name=x HTTP/1.0\r\n\r\n", lambda: FIGURES) == found
    assert respond(b"HEAD /metrics HTTP/1.1", lambda: FIGURES) == head + b"\r\n\r\n"


def test_there_is_nothing_else() -> None:
    assert status(b"GET / HTTP/1.1\r\n\r\n") == 404
    assert status(b"POST /metrics HTTP/1.1\r\n\r\n") == 405


@given(st.binary(max_size=40))
def test_any_request_is_answered(request: bytes) -> None:
    assert status(request + b"\r\n\r\n") in (404, 405)


async def asked(place: tuple[str, int], request: bytes) -> bytes:
    """What is answered at a place; nothing when it hangs up."""
    reader, writer = await asyncio.open_connection(*place)
    writer.write(request)
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def listening(server: Scraping) -> tuple[str, int]:
    """Where it is."""
    url = await server.listen("127.0.0.1", 0)
    assert url.endswith("/metrics")
    host, _, port = url.removeprefix("http://").removesuffix("/metrics").partition(":")
    return host, int(port)


@on_a_loop
async def test_it_answers_until_it_is_closed() -> None:
    server = Scraping(lambda: FIGURES)
    place = await listening(server)
    for _ in range(3):
        assert (await asked(place, b"GET /metrics HTTP/1.0\r\n\r\n")).endswith(TEXT)
    await server.close()
    with pytest.raises(OSError, match=r"Connect call failed"):
        await asked(place, b"")


@on_a_loop
async def test_who_is_slow_or_talks_too_much_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraping, "PATIENCE_S", 0.1)
    monkeypatch.setattr(scraping, "CLIENTS_MOST", 2)
    server = Scraping(lambda: FIGURES)
    place = await listening(server)
    assert await asked(place, b"GET /metrics") == b""
    assert await asked(place, b"x" * (1 << 16)) == b""
    silent = [await asyncio.open_connection(*place) for _ in range(8)]
    for reader, writer in silent:
        assert await reader.read() == b""
        writer.close()
    monkeypatch.setattr(scraping, "PATIENCE_S", 60.0)
    while not (await asked(place, b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(TEXT):
        await asyncio.sleep(0.01)
    await server.close()
