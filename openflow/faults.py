"""What is wrong with bytes that are being read, and where; `openflow.codec` makes a DecodeError of it."""

from __future__ import annotations

from openflow.errors import ErrorCode


class Fault(Exception):
    """What is wrong with the bytes, and where: the path of fields to it, its offset in the buffer.

    Raised where it is found; on its way up each list and structure around puts its own name before the path.
    """

    def __init__(self, code: ErrorCode, field: str, offset: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.field = field
        self.offset = offset
        self.text = text

    def within(self, name: str) -> Fault:
        """The same fault, seen from the structure around."""
        self.field = f"{name}.{self.field}" if self.field else name
        return self
