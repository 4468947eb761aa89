"""What is printed, line by line."""

from __future__ import annotations

import io
import sys


def on_a_terminal() -> bool:
    """Whether what is printed is seen: not in a pipe or a file, nor where stdout is closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def print_whole_lines() -> None:
    """Have each printed line leave at once and in one piece, into a pipe or a file as well.

    In pieces, as with PYTHONUNBUFFERED set, a line of the log could come in between where both go to the same place.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, write_through=False)
