"""Where one message ends and the next begins in a byte stream (OpenFlow 1.3.5, 7.1).

The connection keeps the bytes that it has not yet understood and asks here for the messages at
their head. The native codec has the same function; `openflow.native` chooses.
"""

from __future__ import annotations

from openflow.errors import DecodeError, ErrorCode

__all__ = ["HEADER_LEN", "split"]

HEADER_LEN = 8
"""Length of the header that every message begins with, and so the least a message can announce."""


def split(buffer: bytes, limit: int = 1024) -> tuple[list[bytes], int]:
    """Return the complete messages at the head of `buffer`, and how many bytes they take.

    At most `limit` messages are taken. A header that announces fewer than its own 8 bytes ends the
    stream, for nothing says where the next message begins: it raises DecodeError when it leads the
    buffer; the messages before it are returned first.
    """
    messages: list[bytes] = []
    start = 0
    while len(messages) < limit and start + 4 <= len(buffer):
        length = buffer[start + 2] << 8 | buffer[start + 3]
        if length < HEADER_LEN:
            if messages:
                break
            raise _bad_length(length)
        if start + length > len(buffer):
            break
        messages.append(buffer[start : start + length])
        start += length
    return messages, start


def _bad_length(length: int) -> DecodeError:
    text = f"a message has at least {HEADER_LEN} bytes, this one announces {length}"
    return DecodeError(ErrorCode.BAD_REQUEST__BAD_LEN, "Header", "length", 2, text)
