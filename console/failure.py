"""What did not work, in words for whoever has given the command."""

from __future__ import annotations


class Failure(Exception):
    """The text is one line for the user: `console.group.Program` prints it, and ends with status 1."""
