"""What did not work, in words for whoever has given the command."""

from __future__ import annotations

import os


class Failure(Exception):
    """The text is one line for the user: `console.group.Program` prints it, and ends with status 1."""


def reason_of(error: OSError) -> str:
    """What the system calls an error, without the number before it and what asyncio says around it."""
    number = error.errno or 0  # negative where a name leads nowhere
    return os.strerror(number) if number > 0 else error.strerror or str(error)
