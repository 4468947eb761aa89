"""The packet engine of the switch: flow tables, actions, ports. No I/O, no clock.

`Datapath` is the contract; `ReferenceDatapath` is the executable specification, written to be read
beside the OpenFlow specification. Results are effects, values that the runtime carries out.
"""

from ofswitch.datapath.drops import DROPS
from ofswitch.datapath.effects import (
    Effect,
    FlowChanged,
    PortChanged,
    Removed,
    Transmit,
    Upcall,
)
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.port_table import LinkCounters, ReadCounters
from ofswitch.datapath.protocol import Datapath
from ofswitch.datapath.reference import ReferenceDatapath
from ofswitch.datapath.refusal import RefusedTogether

__all__ = [
    "DROPS",
    "Datapath",
    "Effect",
    "FlowChanged",
    "Limits",
    "LinkCounters",
    "PortChanged",
    "ReadCounters",
    "ReferenceDatapath",
    "RefusedTogether",
    "Removed",
    "Transmit",
    "Upcall",
]
