"""Other network namespaces: finding them by name and doing something inside one.

A namespace belongs to a thread, so the work is done in a thread that enters it and ends there: the
rest of the process never leaves its own, not even when something fails half-way.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TypeVar

from ofswitch.ports.spec import PortError

NAMED_NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000

T = TypeVar("T")


def open_namespace(name: str) -> int:
    """Open a namespace, named as ``ip netns`` does or by a path; the caller closes it.

    A path, such as ``/proc/1234/ns/net``, serves for hosts that have only a process, as Mininet's.
    """
    path = Path(name) if "/" in name else NAMED_NAMESPACES / name
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise PortError(
            f"no network namespace {name!r} ({path} is missing): make it with 'ip netns add {name}'"
        ) from None
    except OSError as error:
        raise PortError(f"network namespace {name!r}: {error.strerror} ({path})") from None


def inside(netns_fd: int, work: Callable[[], T]) -> T:
    """Call `work` inside a namespace and return what it returns; OSError when one cannot enter."""
    results: list[T] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            _enter(netns_fd)
            results.append(work())
        except Exception as error:  # noqa: BLE001 - raised again by the caller's thread
            failures.append(error)

    thread = Thread(target=run, name="inside-namespace")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def _enter(netns_fd: int) -> None:
    """Move this thread into a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(netns_fd, _CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
