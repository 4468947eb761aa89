"""What Serf agents say, as they write it."""

from __future__ import annotations

from typing import Any

import msgpack

from apps.swim.serf_messages import Kind
from tests.apps.swim.cores import at


def message(kind: Kind, **fields: Any) -> bytes:
    """As a Serf agent writes it."""
    packed: bytes = msgpack.packb(fields, use_bin_type=False)
    return bytes([kind]) + packed


def query(time: int, number: int, flags: int = 1, **fields: Any) -> bytes:
    """A query of h2."""
    where = {"Addr": at(2).ip, "Port": at(2).port, "SourceNode": "h2"}
    fields = {"Name": "uptime", "Filters": None, "Payload": None, **where, **fields}
    return message(Kind.QUERY, LTime=time, ID=number, Flags=flags, **fields)
