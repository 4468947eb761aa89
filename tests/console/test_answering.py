"""A program that is asked over its control socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from console import answering
from console.answering import Answering
from console.asking import Running
from console.control import ControlError
from console.sockets import ControlSocket
from tests.loops import on_a_loop, until


async def _soon() -> str:
    await asyncio.sleep(0)
    return "soon"


async def _count() -> AsyncIterator[int]:
    for number in range(3):
        yield number


def _fall_over() -> None:
    raise OSError("the disk is on fire")


COMMANDS: dict[str, Callable[..., Any]] = {
    "now": lambda: "now",
    "soon": _soon,
    "count": _count,
    "fall_over": _fall_over,
}


@pytest.fixture
def program(tmp_path: Path) -> Running:
    """The one that is asked."""
    return Running("clock", tmp_path / "clock.sock")


@asynccontextmanager
async def answered(program: Running) -> AsyncIterator[Answering]:
    """The program runs, and does not answer yet."""
    place = ControlSocket(program.path, program.path.parent, "a clock is running already")
    server = Answering(program.kind, place, COMMANDS)
    await server.listen()
    try:
        yield server
    finally:
        await server.close()


async def ask(program: Running, command: str) -> Any:
    """Ask it, in a thread."""
    return await asyncio.to_thread(program.ask, command)


@on_a_loop
async def test_an_answer_may_come_later_or_one_after_the_other(program: Running) -> None:
    async with answered(program) as server:
        server.begin()
        assert await ask(program, "now") == "now"
        assert await ask(program, "soon") == "soon"
        assert await asyncio.to_thread(lambda: list(program.follow("count"))) == [0, 1, 2]
    assert not program.path.exists()


@on_a_loop
async def test_what_is_asked_too_early_is_answered_later(program: Running) -> None:
    async with answered(program) as server:
        asked = asyncio.create_task(ask(program, "now"))
        await until(lambda: server._clients)
        assert not asked.done()
        server.begin()
        assert await asked == "now"


@on_a_loop
async def test_a_fault_costs_only_its_own_question(
    program: Running, caplog: pytest.LogCaptureFixture
) -> None:
    async with answered(program) as server:
        server.begin()
        with pytest.raises(ControlError, match="a fault in the clock; its log says more"):
            await ask(program, "fall_over")
        assert await ask(program, "now") == "now"
    assert "the disk is on fire" in caplog.text


@on_a_loop
async def test_too_many_at_a_time_are_refused(
    program: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "CLIENTS_MOST", 1)
    async with answered(program) as server:
        server.begin()
        _, writer = await asyncio.open_unix_connection(program.path)
        await until(lambda: server._clients)
        with pytest.raises(ControlError, match="too many ask at a time"):
            await ask(program, "now")
        writer.close()


@on_a_loop
async def test_connections_end_with_the_program(program: Running) -> None:
    async with answered(program) as server:
        server.begin()
        reader, writer = await asyncio.open_unix_connection(program.path)
        await until(lambda: server._clients)
    assert await reader.read() == b""
    writer.close()
