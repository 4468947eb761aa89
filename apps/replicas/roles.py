"""How a controller asks a switch for a role, on each version, and what the answers mean.

From 1.2 on there is OFPT_ROLE_REQUEST, with a generation id that fences: the switch refuses an older one than it has
heard (OpenFlow 1.3.5, 6.3.5 and 7.3.9). Before, there is Nicira's request, and the last who asks is the master.
"""

from __future__ import annotations

from typing import Any

from controller import EventType, RequestFailed
from openflow import (
    V1_2,
    ControllerRole,
    ErrorCode,
    ErrorMsg,
    Message,
    RoleRequest,
    RoleStatus,
    Version,
)
from openflow.experimenters import NxRole, NxRoleRequest

NO_GENERATION = 0xFFFF_FFFF_FFFF_FFFF
"""What a switch says that has not heard of any generation yet."""

_NICIRAS = {ControllerRole.MASTER: NxRole.MASTER, ControllerRole.SLAVE: NxRole.SLAVE}
_NICIRAS_IS_SLAVE = bytes.fromhex("00002320 0001 0202")
"""Vendor, type 1 and code 514: what Open vSwitch answers a slave's write with before 1.2, as NXET_VENDOR's data."""
_NXET_VENDOR = (0xB0C2, 0)


def fences(version: Version) -> bool:
    """Whether the switch knows generation ids."""
    return version >= V1_2


def request(version: Version, role: ControllerRole, generation: int) -> Message:
    """Ask for a role."""
    if fences(version):
        return RoleRequest(role, generation)
    return NxRoleRequest(_NICIRAS[role])


def question() -> Message:
    """Ask which generation the switch has heard of; only where it `fences`."""
    return RoleRequest(ControllerRole.NOCHANGE, 0)


def generation_in(reply: Any) -> int | None:
    """The generation in a role reply; None when there is none yet."""
    generation: int = reply.generation_id
    return None if generation == NO_GENERATION else generation


def later_by(steps: int, generation: int) -> int:
    """The generation so many behind one, on the circle that they are on."""
    following = (generation + steps) & NO_GENERATION
    return 0 if following == NO_GENERATION else following


def is_stale(error: Exception) -> bool:
    """Whether a request was refused since its generation is older than another."""
    return isinstance(error, RequestFailed) and (
        error.error is ErrorCode.ROLE_REQUEST_FAILED__STALE
    )


def takes_it_away(event: EventType[Any], message: Message) -> bool:
    """Whether a master hears by this that he is none."""
    if isinstance(message, RoleStatus):
        return message.role != ControllerRole.MASTER
    if isinstance(message, ErrorMsg):
        if message.error == _NXET_VENDOR:
            return message.data.startswith(_NICIRAS_IS_SLAVE)
        return message.error is ErrorCode.BAD_REQUEST__IS_SLAVE
    return False
