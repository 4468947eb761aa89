"""Messages in a stream of bytes: each says its own length in its header (OpenFlow 1.3.5, 7.1)."""

from __future__ import annotations

HEADER_SIZE = 8


class FramingError(ValueError):
    """A length that no message can have: where the next message begins is lost, and so is the stream."""


def split(buffer: bytes | bytearray, limit: int) -> tuple[list[bytes], int]:
    """The whole messages at the front of `buffer`, at most `limit` of them, and how many bytes they take.

    What remains is the beginning of a message whose rest has yet to come. Raises FramingError for a length
    below that of a header, unless whole messages stand before it: those come first.
    """
    messages: list[bytes] = []
    start, end = 0, len(buffer)
    while len(messages) < limit and start + 4 <= end:
        length = buffer[start + 2] << 8 | buffer[start + 3]
        if length < HEADER_SIZE:
            if messages:
                break
            raise FramingError(f"a message of {length} bytes, the header alone has {HEADER_SIZE}")
        if start + length > end:
            break
        messages.append(bytes(buffer[start : start + length]))
        start += length
    return messages, start
