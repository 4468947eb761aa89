"""One packet on its way through the switch: the frame as it is now, and what came of it so far.

Made for each packet that comes in and each packet-out; `pipeline`, `actions` and `output` work on
it. Frames are immutable, so an output needs no copy; a frame that was edited is parsed again only
when somebody looks. Whatever a packet leaves behind in the switch, it leaves by `meet` and its like,
and what is done to it is announced by `note`: so `rehearsal` leaves nothing and tells everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ofswitch.datapath.action_set import ActionSet
from ofswitch.datapath.effects import Effect, Transmit, Upcall
from ofswitch.datapath.flow import FlowEntry
from ofswitch.datapath.groups import GroupBucket, GroupEntry
from ofswitch.datapath.key import Key
from ofswitch.datapath.port_table import SwitchPort
from ofswitch.datapath.table import Searched
from ofswitch.frame import Frame
from openflow.actions import Action
from openflow.constants import NO_COOKIE, PacketInReason
from openflow.instructions import Instruction
from openflow.match import Match
from openflow.packet import Packet

FRAME_MAX = 65535 + 14 + 256
"""The longest frame: an IP packet of any length, behind an Ethernet header and many tags."""

MOST_COPIES = 4096
"""How many copies of one packet the buckets of groups may work on, all together."""


Doing = Action | Instruction | ActionSet
"""What may be done to a packet; an action set, when the tables are behind it."""


@dataclass(slots=True)
class Budget:
    """What a packet and all that is made of it may still cost."""

    copies: int = MOST_COPIES


class Execution:
    """A packet, its pipeline fields (OpenFlow 1.3.5, 7.2.3.9) and its action set."""

    __slots__ = (
        "_frame",
        "_key",
        "_packet",
        "action_set",
        "budget",
        "delivered",
        "effects",
        "entry",
        "in_port",
        "loss",
        "metadata",
        "now",
        "queue_id",
        "table_id",
        "tunnel_id",
    )

    def __init__(self, frame: Frame, in_port: int, now: float) -> None:
        self._frame = frame
        self._packet: Packet | None = None
        self._key: Key | None = None
        self.in_port = in_port
        self.now = now
        self.metadata = self.tunnel_id = self.queue_id = self.table_id = 0
        self.entry: FlowEntry | None = None
        self.action_set = ActionSet()
        self.effects: list[Effect] = []
        self.budget = Budget()
        self.delivered = False
        self.loss: str | None = None

    def branch(self) -> Self:
        """Start over with the frame as it is now; what comes of it counts for this packet."""
        other = type(self)(self._frame, self.in_port, self.now)
        other._packet = self._packet
        other.effects, other.budget = self.effects, self.budget
        return other

    def copy(self) -> Self | None:
        """Copy the packet in its current state, with an empty action set; None for one too many."""
        if not self.budget.copies:
            return None
        self.budget.copies -= 1
        other = self.branch()
        other.metadata, other.tunnel_id = self.metadata, self.tunnel_id
        other.queue_id, other.table_id, other.entry = self.queue_id, self.table_id, self.entry
        return other

    def join(self, other: Execution) -> None:
        """Count what came of a branch or a copy for this packet."""
        self.delivered |= other.delivered
        self.loss = other.loss or self.loss

    @property
    def frame(self) -> Frame:
        """The frame as it is now."""
        return self._frame

    @frame.setter
    def frame(self, frame: Frame) -> None:
        if frame is not self._frame:
            self._replace(frame)

    def _replace(self, frame: Frame) -> None:
        self._frame, self._packet, self._key = frame, None, None

    @property
    def packet(self) -> Packet:
        """The frame taken apart."""
        if self._packet is None:
            self._packet = Packet(self._frame.data)
        return self._packet

    @property
    def key(self) -> Key:
        """The flow key to look up now."""
        if self._key is None:
            self._key = self.packet.fields() | {
                "in_port": self.in_port,
                "in_phy_port": self.in_port,
                "metadata": self.metadata,
                "tunnel_id": self.tunnel_id,
            }
        return self._key

    def set_pipeline_field(self, name: str, value: int) -> None:
        """Change `metadata` or `tunnel_id`."""
        setattr(self, name, value)
        self._key = None

    def note(self, doing: Doing) -> None:
        """Hear what is done to the packet next; somebody may want to tell."""

    def meet(self, table: Searched) -> FlowEntry | None:
        """Look the packet up in a table; what is found counts it."""
        self.table_id = table.table_id
        self.entry = entry = table.lookup(self.key)
        table.count(entry is not None)
        if entry is not None:
            entry.count(len(self._frame.data), self.now)
        return entry

    def enter(self, group: GroupEntry, bucket: GroupBucket | None = None) -> None:
        """Come to a group, or to one of its buckets; that counts the packet."""
        (bucket or group).count(len(self._frame.data))

    def transmit(self, port: SwitchPort) -> None:
        """Send the frame as it is now; the port counts it."""
        port.tx_packets += 1
        port.tx_bytes += len(self._frame.data)
        self._send(port)

    def _send(self, port: SwitchPort) -> None:
        self.effects.append(Transmit(port.desc.port_no, self._frame, self.queue_id))
        self.delivered = True

    def show_controller(self, reason: PacketInReason, max_len: int) -> None:
        """Send the frame up because an entry or a packet-out says so."""
        self._upcall(reason, max_len)
        self.delivered = True

    def report_miss(self) -> None:
        """Send the frame up because no entry matched it; it counts as dropped nonetheless."""
        self._upcall(PacketInReason.NO_MATCH, None, miss=True)

    def reject_ttl(self) -> None:
        """Give the packet up; controllers that want to may see it (5.12, 7.4.1)."""
        self.lose("invalid_ttl")
        self._upcall(PacketInReason.INVALID_TTL, None)

    def lose(self, name: str) -> None:
        """Note why nothing came of an output, under a name from `drops.DROPS`."""
        self.loss = name

    def _upcall(self, reason: PacketInReason, max_len: int | None, miss: bool = False) -> None:
        fields = {"metadata": self.metadata, "tunnel_id": self.tunnel_id}
        match = Match({name: value for name, value in fields.items() if value})
        cookie = NO_COOKIE if self.entry is None else self.entry.cookie
        self.effects.append(
            Upcall(self._frame, self.in_port, reason, self.table_id, cookie, match, max_len, miss)
        )
