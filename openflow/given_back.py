"""What an error says about the message that it is about, from the bytes of it that it gives back.

They need not be all: OpenFlow asks for 64 (1.3.5, 7.4.4). Of a message that is cut off in its match, the fields that
are there in full are read, and nothing behind them.
"""

from __future__ import annotations

from struct import pack_into, unpack_from

from openflow.codec import decode, message_name
from openflow.errors import DecodeError, ErrorCode, OpenFlowError
from openflow.messages import ErrorMsg, Message
from openflow.versions import V1_2

_MATCH_AT = 48
"""Where the match begins in the messages below, from 1.2 on: it is the last of what they have at a fixed place."""
_WITH_A_MATCH = frozenset({"FlowMod", "FlowStatsRequest", "AggregateStatsRequest"})
_OXM_HEAD = 4


def given_back(data: bytes) -> Message | None:
    """The message, or as much of it as can be read; None when nothing can."""
    try:
        return decode(data if _is_whole(data) else _without_its_end(data))
    except DecodeError:
        return None


def reason(message: Message | None, error: ErrorMsg) -> str:
    """What is wrong with a message's match, when that is what the switch says, and we can see it."""
    match = getattr(message, "match", None)
    code = error.error
    if isinstance(code, ErrorCode) and code.name.startswith("BAD_MATCH") and match is not None:
        try:
            match.check()
        except OpenFlowError as wrong:
            return wrong.text
    return ""


def _is_whole(data: bytes) -> bool:
    return len(data) >= 4 and len(data) == unpack_from(">H", data, 2)[0]


def _without_its_end(data: bytes) -> bytes:
    """A message that ends behind the last whole field of its match; the bytes as they are when it has none."""
    known = len(data) >= _MATCH_AT + 4 and data[0] >= V1_2
    if not known or message_name(data) not in _WITH_A_MATCH:
        return data
    end = _MATCH_AT + 4
    last = min(len(data), _MATCH_AT + unpack_from(">H", data, _MATCH_AT + 2)[0])
    while end + _OXM_HEAD <= last and end + _OXM_HEAD + data[end + 3] <= last:
        end += _OXM_HEAD + data[end + 3]
    whole = bytearray(data[:end].ljust((end + 7) // 8 * 8, b"\0"))
    pack_into(">H", whole, 2, len(whole))
    pack_into(">H", whole, _MATCH_AT + 2, end - _MATCH_AT)
    return bytes(whole)
