"""Ctrl-C, before a program heeds it and while it does.

A program that has begun nothing has nothing to clean up: until then Ctrl-C ends the process at once and without a word,
as it ends any other, and a shell says 130. An exception instead would come in the middle of an import, where Python
prints it, or where Python ignores it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 128 + signal.SIGINT
"""The status of a program that has ended because of Ctrl-C: what a shell says of one that the signal has ended."""


def end_at_once() -> None:
    """Have Ctrl-C end the process from now on, unless it is ignored or somebody heeds it already."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def ended_by_interrupts() -> Iterator[None]:
    """Have Ctrl-C end the process meanwhile; then it is as it was."""
    before = signal.getsignal(signal.SIGINT)
    end_at_once()
    try:
        yield
    finally:
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, before)


@contextmanager
def raised_by_interrupts() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt meanwhile, where it would end the process."""
    ends = signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    if ends:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if ends:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
