"""What every datapath does: the contract between the packet engine and the rest of the switch.

The agent turns messages into calls, the runtime carries out the effects; neither knows which engine
it has. A datapath does no I/O and reads no clock: `now` is seconds on a clock that never goes back,
the same one for all calls. Whatever arrives, a frame is never answered with an exception; whatever a
controller asks, the answer is an effect, a reply, or an OpenFlowError, after which all is as before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from ofswitch.datapath.changes import TabledFlowMod
from ofswitch.datapath.effects import Effect
from ofswitch.datapath.port_table import ReadCounters
from ofswitch.datapath.rehearsal import Trace
from ofswitch.frame import Frame
from openflow.messages.base import Message
from openflow.messages.packets import PacketOut
from openflow.messages.ports import Port
from openflow.messages.switch import FeaturesReply
from openflow.versions import Version


class Datapath(Protocol):
    """Flow tables, ports, and the packets between them."""

    @property
    def drops(self) -> Counter[str]:
        """Packets that came to nothing, by the names in `ofswitch.datapath.drops.DROPS`."""

    misses_wanted: bool
    """Whether anybody wants an `Upcall` for a packet that misses; if not, it may be left out."""

    watched: bool
    """Whether anybody wants to hear what happens to flow entries: then `FlowChanged` is among effects."""

    fragments: int
    """How IP fragments are treated (`ConfigFlags`); the agent reports it, `SetConfig` sets it."""

    def add_port(
        self, desc: Port, now: float, counters: ReadCounters | None = None
    ) -> list[Effect]:
        """Add a port under the number in its description. ValueError if that is taken or reserved.

        `counters` reads what the link itself counts, for port statistics.
        """

    def update_port(self, desc: Port) -> list[Effect]:
        """Take over what a link says of itself (state, speed, ...); `config` is left out of account.

        ValueError when there is no such port.
        """

    def remove_port(self, port_no: int) -> list[Effect]:
        """Take a port out. Flow entries that name it stay. ValueError when there is no such port."""

    def ports(self) -> list[Port]:
        """The ports' descriptions, in the order of their numbers."""

    def features(self) -> FeaturesReply:
        """Tables, capabilities, ports; `datapath_id` and `n_buffers` are the agent's to fill in."""

    def apply(self, change: Message | TabledFlowMod, version: Version, now: float) -> list[Effect]:
        """Carry out a FlowMod, PortMod, TableMod, GroupMod, MeterMod, or the flags of a SetConfig.

        A flow-mod's buffer is the agent's business: `inject` its frame with output to TABLE after.
        When this returns, the change has taken effect. Raises OpenFlowError: nothing has changed.
        """

    def apply_encoded(self, data: bytes, version: Version, now: float) -> tuple[int, list[Effect]]:
        """Apply the flow-mods at the beginning of what a controller sent, as many as is quick.

        Returns how many octets were dealt with, whole messages, and the effects. What it leaves may
        be anything: another message, one that has not come in full, a flow-mod that `apply` would
        refuse or that names a buffer, or simply the next flow-mod. (0, []) is always right.
        """

    def apply_together(
        self, changes: Sequence[Message], version: Version, now: float
    ) -> list[list[Effect]]:
        """Carry out changes and packet-outs one after the other, all of them or none; what came of each.

        No packet meets some of the changes and not the others. Raises RefusedTogether for the first that
        cannot be: nothing has changed, and what an entry has counted is as it was.
        """

    def inject(
        self, packet_out: PacketOut, version: Version, now: float, frame: Frame | None = None
    ) -> list[Effect]:
        """Send a packet-out's frame: its `data`, or `frame` for one that was buffered.

        Raises OpenFlowError for actions that cannot be, a port it cannot have come from, no frame.
        """

    def receive(self, in_port: int, frame: Frame, now: float) -> list[Effect]:
        """Process a frame that came in on a port."""

    def trace(self, in_port: int, frame: Frame, now: float) -> Trace:
        """Tell step by step what `receive` would do with a frame. Nothing changes, nothing is counted."""

    def advance(self, now: float) -> list[Effect]:
        """Let time-outs happen that are due."""

    def next_deadline(self) -> float | None:
        """When to call `advance` next, at the latest; None for not before something else happens."""

    def query(self, request: Message, version: Version, now: float) -> Message:
        """Answer a multipart request (but for descriptions), or which queues there are.

        The reply holds everything, however long; who sends it cuts it up. Raises OpenFlowError.
        """
