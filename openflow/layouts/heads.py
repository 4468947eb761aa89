"""What stands between a message's header and what its own layout says: the head of multiparts and of experimenters."""

from __future__ import annotations

import struct

from openflow.framing import HEADER_SIZE
from openflow.structs import Code
from openflow.versions import V1_0, V1_1, Version, since

NUMBERS = struct.Struct(">II")
"""An experimenter and the number that it gives its message."""

_MULTIPART = {V1_0: "flags:u16", **since(V1_1, "flags:u16 pad4")}
"""What stands between a multipart message's type and its body."""
_NUMBERS_AT = {V1_0: 4, **since(V1_1, 8)}
"""How far behind a multipart message's header an experimenter's numbers stand."""


def message_text(code: Code, text: str, version: Version) -> str:
    """The layout of all that follows a message's header, or a multipart message's type."""
    numbers = ""
    if isinstance(code, tuple) and len(code) > 2:
        numbers = f"#{NUMBERS.pack(*code[-2:]).hex()} "
    is_multipart = isinstance(code, tuple) and len(code) != 3
    return f"{_MULTIPART[version]} {numbers}{text}" if is_multipart else f"{numbers}{text}"


def numbers_offset(version: Version, *, is_multipart: bool) -> int:
    """Where in an experimenter's message its numbers stand."""
    return HEADER_SIZE + (_NUMBERS_AT[version] if is_multipart else 0)
