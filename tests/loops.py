"""Async tests: each runs on an event loop of its own, and waits for things to happen there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.002

T = TypeVar("T")


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test to its end."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


async def until(condition: Callable[[], T], what: str = "something") -> T:
    """Let the loop run until something is so; what the condition gives then."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := condition()):
                await asyncio.sleep(_LOOK_EVERY_S)
            return found
    except TimeoutError:
        raise AssertionError(f"waited for {what} in vain") from None
