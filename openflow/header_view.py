"""What `PacketIn.packet` is: the native header view where it was compiled, else `openflow.packet.Packet`.

Both say the same of any frame. The reference datapath always takes the one in Python, which is the specification.
`OFSWITCH_ENGINE=python` in the environment chooses that one for all, as in `openflow.codec`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from openflow import packet

__all__ = ["Packet", "native_packet"]


def native_packet() -> type[packet.Packet]:
    """The native class, or the one in Python where there is none."""
    try:
        from openflow import _codec
    except ImportError:
        return packet.Packet
    return getattr(_codec, "Packet", packet.Packet)


if TYPE_CHECKING:
    from openflow.packet import Packet
elif os.environ.get("OFSWITCH_ENGINE") == "python":
    Packet = packet.Packet
else:
    Packet = native_packet()
