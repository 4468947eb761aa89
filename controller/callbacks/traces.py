"""What the log shows of an app's mistake: the app's own lines and the error, whatever else was on the way.

Frames of the controller and of the codec are left out: the mistake is not made there. Lines that are very long, as
those of errors that show a whole message, are cut in their middle, and so are traces of very many lines.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from traceback import StackSummary, TracebackException
from types import CodeType, FrameType

MAX_LINE = 600
MAX_LINES = 40

_OURS = tuple(
    f"{Path(spec.origin).parent}/"
    for spec in (find_spec("controller"), find_spec("openflow"))
    if spec is not None and spec.origin is not None
)
"""Where the code lies whose frames are left out."""
_IMPORTING = "<frozen importlib."


def summary(error: BaseException) -> str:
    """An error in one line."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - whatever the error of an app does
        text = "what it says cannot be read"
    return shortened(f"{name}: {text}" if text else name).replace("\n", " ")


def place_of(error: BaseException) -> str:
    """The line of the app that was called first, as a file and a number; empty when none was reached."""
    trace = error.__traceback__
    while trace is not None and is_ours(trace.tb_frame.f_code):
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""


def place_of_caller() -> str:
    """The line of the app that we are being called by, as a file and a number; empty when there is none."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and is_ours(frame.f_code):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""


def is_ours(code: CodeType | None) -> bool:
    """Whether this is no code of an app; there is None for what is written in C."""
    return code is None or code.co_filename.startswith(_OURS)


def trace_of(error: BaseException) -> str:
    """Where an app raised this, as Python shows it; empty when no line of the app has been reached."""
    trace = TracebackException.from_exception(error, compact=True)
    for part in _parts(trace):
        part.stack = StackSummary.from_list(
            [frame for frame in part.stack if not frame.filename.startswith(_OURS)]
        )
    if not any(part.stack for part in _parts(trace)) and not isinstance(error, SyntaxError):
        return ""
    return _cut(trace.format())


def stack_of(frames: Iterable[tuple[FrameType, int]]) -> str:
    """Where an app is, as Python shows it; of what it imports, the modules and not their import."""
    stack = StackSummary.extract(frames)
    apps = [frame for frame in stack if not frame.filename.startswith((*_OURS, _IMPORTING))]
    return _cut(StackSummary.from_list(apps or stack).format())


def _cut(texts: Iterable[str]) -> str:
    lines = [shortened(line) for text in texts for line in text.splitlines()]
    if len(lines) > MAX_LINES:
        half = MAX_LINES // 2
        lines[half:-half] = [f"  ... {len(lines) - MAX_LINES} more lines ..."]
    return "\n".join(lines)


def shortened(line: str) -> str:
    """A line without its middle, when it is very long."""
    if len(line) <= MAX_LINE:
        return line
    half = MAX_LINE // 2
    return f"{line[:half]} ... {len(line) - MAX_LINE} more characters ... {line[-half:]}"


def _parts(trace: TracebackException) -> Iterator[TracebackException]:
    """An exception with those that it came from and those in it."""
    yield trace
    for other in (trace.__cause__, trace.__context__, *(trace.exceptions or ())):
        if other is not None:
            yield from _parts(other)
