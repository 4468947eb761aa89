"""Which controllers may change the switch, and which messages each is sent (OpenFlow 1.3.5, 6.3.5, 7.3.9, 7.3.10)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from openflow import ControllerRole, ErrorCode, OpenFlowError, RoleRequest, SetAsync

NO_GENERATION = 0xFFFF_FFFF_FFFF_FFFF
"""What a role reply says while no controller has given a generation id."""

DEFAULT_ASYNC = SetAsync(
    packet_in_mask_master=0b111,
    port_status_mask_master=0b111,
    port_status_mask_slave=0b111,
    flow_removed_mask_master=0b1111,
)
"""A new controller is sent everything; as a slave, only what happens to ports (6.3.5)."""


class HasRole(Protocol):
    """What takes roles: a session."""

    role: ControllerRole


class Election:
    """The generation id that all controllers share: a master with an older one has been superseded."""

    def __init__(self) -> None:
        self.generation_id: int | None = None

    def request(self, asking: HasRole, request: RoleRequest, everyone: Iterable[HasRole]) -> None:
        """Give a controller the role that it asks for; a new master makes the old one a slave.

        Raises OpenFlowError: STALE for a generation id older than the last, BAD_ROLE.
        """
        try:
            role = ControllerRole(request.role)
        except ValueError:
            text = f"{request.role} is no role"
            raise OpenFlowError(ErrorCode.ROLE_REQUEST_FAILED__BAD_ROLE, text) from None
        if role in {ControllerRole.MASTER, ControllerRole.SLAVE}:
            self._check_generation(request.generation_id)
        if role is ControllerRole.MASTER:
            _demote(everyone)
        if role is not ControllerRole.NOCHANGE:
            asking.role = role

    def _check_generation(self, generation_id: int) -> None:
        """Generation ids are compared as a circle, by the sign of their 64-bit difference (7.3.9)."""
        if self.generation_id is not None:
            ahead = generation_id - self.generation_id & NO_GENERATION
            if ahead >> 63:
                text = f"the generation id {generation_id} is older than {self.generation_id}"
                raise OpenFlowError(ErrorCode.ROLE_REQUEST_FAILED__STALE, text)
        self.generation_id = generation_id


def _demote(everyone: Iterable[HasRole]) -> None:
    for session in everyone:
        if session.role is ControllerRole.MASTER:
            session.role = ControllerRole.SLAVE


def wants(config: SetAsync, role: ControllerRole, kind: str, reason: int) -> bool:
    """Whether a controller is to be sent a message: `kind` is packet_in, port_status or flow_removed."""
    suffix = "slave" if role is ControllerRole.SLAVE else "master"
    mask: int = getattr(config, f"{kind}_mask_{suffix}")
    return bool(mask >> reason & 1)
