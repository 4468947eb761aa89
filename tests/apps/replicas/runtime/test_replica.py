"""Replicas on sockets of the loopback interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from apps.replicas.runtime import Replica, start
from apps.swim import Swim
from controller import Controller, Runtime
from controller.script import ScriptError
from controller.settings import Cluster
from tests.loops import on_a_loop, until


def cluster(name: str, *others: Replica, of: str = "blue") -> Cluster:
    """The options of a replica that joins these."""
    join = tuple(str(other.swim.address) for other in others)
    return Cluster(of, name, bind="127.0.0.1:0", join=join, preset="lan")


@asynccontextmanager
async def running(options: Cluster) -> AsyncIterator[tuple[Controller, Replica]]:
    """A controller with a replica."""
    async with Runtime() as runtime:
        yield runtime.controller, await start(runtime.controller, options)


@on_a_loop
async def test_what_one_shares_the_other_has() -> None:
    async with AsyncExitStack() as stack:
        one, first = await stack.enter_async_context(running(cluster("a")))
        other, _ = await stack.enter_async_context(running(cluster("b", first)))
        many = dict.fromkeys(range(200), "x" * 500)
        one.shared("many").update(many)
        other.shared("few")["key"] = "value"
        await until(lambda: other.shared("many") == many)
        await until(lambda: one.shared("few") == {"key": "value"})
        assert list(first.others()) == ["b"]


@on_a_loop
async def test_a_name_that_another_has_is_refused_and_the_other_notices_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with AsyncExitStack() as stack:
        _, first = await stack.enter_async_context(running(cluster("a")))
        _, second = await stack.enter_async_context(running(cluster("b", first)))
        await until(lambda: list(first.others()))
        with pytest.raises(ScriptError, match=r"another replica is called b, at .*--replica-name"):
            await stack.enter_async_context(running(cluster("b", first)))
        await until(lambda: "two replicas are called b, at" in caplog.text)
        assert list(first.others()) == ["b"]
        assert first.swim.members["b"].at == second.swim.address


@on_a_loop
async def test_a_replica_that_is_coordinated_in_another_way_is_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(cluster("a")) as (_, first):
        join, meta = str(first.swim.address), b"ofc1a-lifeetcd"
        async with Swim("b", first.swim.config, bind="127.0.0.1:0", join=[join], meta=meta):
            await until(lambda: "has a --coordinator, and we have none" in caplog.text)


@on_a_loop
async def test_who_leaves_frees_its_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with running(cluster("a")) as (_, first):
        async with running(cluster("b", first)):
            pass
        async with running(cluster("b", first)):
            await until(lambda: list(first.others()))
    assert "replica b at" in caplog.text
    assert "has left" in caplog.text
