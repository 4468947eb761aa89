"""What apps may give: checks of arguments, whose errors say what was given and what is expected."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from reprlib import repr as shortly
from typing import Any

from controller.callbacks.guard import callback_name
from openflow import Message

MAX_S = 1_000_000_000
"""The longest that anything is put off: 31 years."""


class Flood(RuntimeError):
    """An app asks for more than there may be of something; nothing was done."""


def checked_seconds(name: str, value: Any) -> float:
    """A number of seconds. Raises TypeError or ValueError, which name the argument."""
    if not isinstance(value, int | float):
        raise TypeError(f"{name} is a number of seconds, not {shortly(value)}")
    if not 0 <= value <= MAX_S:
        raise ValueError(f"{name} is a number of seconds from 0 to {MAX_S}, not {shortly(value)}")
    return value


def checked_callback(callback: Any) -> Any:
    """What can be called with (ctrl, dpid, event). Raises TypeError for what cannot."""
    if not callable(callback):
        raise TypeError(f"a callback must be callable, {shortly(callback)} is not")
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):
        return callback  # written in C, and does not tell
    try:
        signature.bind(None, 0, None)
    except TypeError:
        what = f"{callback_name(callback)}{signature}"
        text = f"a callback is called with (ctrl, dpid, event); {what} is not made for it"
        raise TypeError(text) from None
    return callback


def checked_function(name: str, fn: Any) -> Callable[..., Any]:
    """What can be called later. Raises TypeError, which names the argument."""
    if inspect.iscoroutine(fn):
        fn.close()
        text = f"{name} is the async function itself, not called yet"
        raise TypeError(f"{text}; its arguments stand behind it")
    if not callable(fn):
        text = f"{name} must be callable, {shortly(fn)} is not"
        raise TypeError(f"{text}; give the function itself, and its arguments behind it")
    return fn  # type: ignore[no-any-return]


def checked_dpid(dpid: Any) -> int:
    """A datapath id. Raises TypeError for what is none."""
    if not isinstance(dpid, int):
        text = f"a datapath id is an int, as callbacks are given it, not {shortly(dpid)}"
        if isinstance(dpid, Message):
            text += "; ctrl.send(dpid, message) has it first"
        raise TypeError(text)
    return dpid
