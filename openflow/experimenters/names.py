"""How the numbers of experimenters are shown: by their names."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from openflow.constants import FlowModCommand, FlowModFlags, FlowRemovedReason, PacketInReason
from openflow.experimenters.conntrack import CtFlags, NatFlags
from openflow.experimenters.learn import LearnFlags
from openflow.experimenters.nicira_messages import (
    NxFlowFormat,
    NxPacketInFormat,
    NxRole,
    NxTlvTableModCommand,
)
from openflow.show import add_names

_NAMES: dict[str, type[IntEnum | IntFlag]] = {
    "NxController.reason": PacketInReason,
    "NxCt.flags": CtFlags,
    "NxFlowMod.command": FlowModCommand,
    "NxFlowMod.flags": FlowModFlags,
    "NxFlowRemoved.reason": FlowRemovedReason,
    "NxLearn.flags": LearnFlags,
    "NxLearn2.flags": LearnFlags,
    "NxNat.flags": NatFlags,
    "NxPacketIn.reason": PacketInReason,
    "NxPacketInReason.reason": PacketInReason,
    "NxReason.reason": PacketInReason,
    "NxRoleReply.role": NxRole,
    "NxRoleRequest.role": NxRole,
    "NxSetFlowFormat.format": NxFlowFormat,
    "NxSetPacketInFormat.format": NxPacketInFormat,
    "NxTlvTableMod.command": NxTlvTableModCommand,
}

for _field, _enum in _NAMES.items():
    add_names(_field, _enum)
