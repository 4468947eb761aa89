"""What `PacketIn.packet` is: the native header view where it was compiled, else `openflow.packet.Packet`.

Both say the same of any frame. The reference datapath always takes the one in Python, which is the specification.
`OFSWITCH_ENGINE=python` in the environment chooses that one for all, as in `openflow.codec`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openflow import native, packet

__all__ = ["Packet"]

if TYPE_CHECKING:
    from openflow.packet import Packet
else:
    Packet = native.chosen("Packet", packet.Packet)
