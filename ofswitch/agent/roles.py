"""Which controllers may change the switch (OpenFlow 1.3.5, 6.3.5 and 7.3.9).

The generation id outlives connections: a master that was cut off, paused or slow finds that its id is the older one,
however it comes back. Nicira's request for a role, which is all that 1.0 has, carries none: who sends it is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from openflow import ControllerRole, ErrorCode, OpenFlowError, RoleRequest

NO_GENERATION = 0xFFFF_FFFF_FFFF_FFFF
"""What a role reply says while no controller has given a generation id."""

_FENCED = frozenset({ControllerRole.MASTER, ControllerRole.SLAVE})
"""The roles that take a generation id."""


class HasRole(Protocol):
    """What takes roles: a session."""

    role: ControllerRole


S = TypeVar("S", bound=HasRole)


class Election:
    """The generation id that all controllers share: a master with an older one has been superseded."""

    def __init__(self) -> None:
        self.generation_id: int | None = None

    @property
    def reported(self) -> int:
        """The generation id as messages say it."""
        return NO_GENERATION if self.generation_id is None else self.generation_id

    def request(self, asking: S, request: RoleRequest, everyone: Iterable[S]) -> list[S]:
        """Give a controller the role that it asks for; return the masters that are slaves by that.

        Raises OpenFlowError: STALE for a generation id older than the last, BAD_ROLE; then nothing has changed.
        """
        role = read_role(request.role)
        if role in _FENCED:
            self._check_generation(request.generation_id)
        return self.give(asking, role, everyone)

    def give(self, asking: S, role: ControllerRole, everyone: Iterable[S]) -> list[S]:
        """Give a controller a role without more ado; return the masters that are slaves by that."""
        demoted = []
        if role is ControllerRole.MASTER:
            demoted = [one for one in everyone if one is not asking and one.role is role]
        for one in demoted:
            one.role = ControllerRole.SLAVE
        if role is not ControllerRole.NOCHANGE:
            asking.role = role
        return demoted

    def _check_generation(self, generation_id: int) -> None:
        """Generation ids are compared as a circle, by the sign of their 64-bit difference (7.3.9)."""
        if self.generation_id is not None:
            ahead = generation_id - self.generation_id & NO_GENERATION
            if ahead >> 63:
                text = f"the generation id {generation_id} is older than {self.generation_id}"
                raise OpenFlowError(ErrorCode.ROLE_REQUEST_FAILED__STALE, text)
        self.generation_id = generation_id


def read_role(number: int) -> ControllerRole:
    """The role with this number. Raises OpenFlowError: BAD_ROLE."""
    try:
        return ControllerRole(number)
    except ValueError:
        text = f"{number} is no role"
        raise OpenFlowError(ErrorCode.ROLE_REQUEST_FAILED__BAD_ROLE, text) from None
