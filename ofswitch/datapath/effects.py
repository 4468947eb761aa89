"""What the datapath wants done: its only way to reach the world.

Every call that may move a packet returns a list of effects, in the order in which they came about.
The runtime carries them out: it hands frames to ports and messages to the agent. Effects are
values; carrying one out twice, or never, leaves the datapath as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ofswitch.frame import Frame
from openflow.constants import PortReason
from openflow.instructions import Instruction
from openflow.match import Match
from openflow.messages.flows import FlowRemoved, FlowStats
from openflow.messages.ports import Port


class Transmit(NamedTuple):
    """Send a frame out of a port, through one of its queues (0: the default)."""

    port_no: int
    frame: Frame
    queue_id: int = 0


class Upcall(NamedTuple):
    """Show a frame to the controllers: a packet-in before buffers and truncation.

    The frame may be unfinished (`ofswitch.offload.complete_checksum` finishes it); keep it whole to
    buffer it. `match` holds the pipeline fields other than `in_port` that are not zero. `max_len` is
    None where no action says it: then the session's `miss_send_len` counts.

    With `miss`, no flow entry was found: only controllers that speak less than OpenFlow 1.3 want to
    hear of it (1.3.5, 5.4: without a table-miss entry, the packet is dropped). An upcall of reason
    NO_MATCH without `miss` comes from a table-miss entry; before 1.3 that reason is ACTION.
    """

    frame: Frame
    in_port: int
    reason: int
    table_id: int
    cookie: int
    match: Match
    max_len: int | None
    miss: bool = False


class Removed(NamedTuple):
    """Tell the controllers that a flow entry is gone; it asked for that with SEND_FLOW_REM."""

    message: FlowRemoved


class PortChanged(NamedTuple):
    """Tell the controllers of a port; whoever owns it looks at the PORT_DOWN bit of its `config`."""

    reason: PortReason
    port: Port


Event = Literal["added", "removed", "modified"]


class FlowChanged(NamedTuple):
    """Tell those who watch flow entries what has happened to one (`Datapath.watched`).

    `entry` is as it was right after, or last; `reason` says why it was removed; `before` is what it, or the entry
    whose place it took, did before.
    """

    event: Event
    entry: FlowStats
    reason: int = 0
    before: Sequence[Instruction] | None = None


Effect = Transmit | Upcall | Removed | PortChanged | FlowChanged
