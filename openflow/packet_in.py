"""What a packet-in's fields are kept in: slots, or native memory from which they are made when they are read.

`PacketInBase` stands before `Message` among the bases of `openflow.PacketIn`. The native one has a descriptor for each
field of the dataclass, so that a packet-in that came from a switch costs what is read of it; this one has none, and
leaves the fields to the dataclass. Both have `packet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openflow import native
from openflow.header_view import Packet

__all__ = ["PacketInBase", "PlainBase"]


class PlainBase:
    """The fields are the dataclass's own slots."""

    __slots__ = ("_packet",)

    @property
    def packet(self) -> Packet:
        """The frame taken apart, made when first asked for."""
        message: Any = self
        found: Packet | None = getattr(self, "_packet", None)
        if found is None or found.data is not message.data:
            found = self._packet = Packet(message.data, message.total_len)
        return found


if TYPE_CHECKING:
    PacketInBase = PlainBase
else:
    PacketInBase = native.chosen("PacketInBase", PlainBase)
