"""What the handlers of messages have of the agent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ofswitch.agent.bundles import Bundles
from ofswitch.agent.roles import Election
from ofswitch.agent.session import Session
from ofswitch.datapath import Datapath
from ofswitch.datapath.effects import Effect
from openflow import ControllerRole, EncodeError, Port, RoleRequest, Version

if TYPE_CHECKING:
    from ofswitch.agent.monitors import Monitors


@dataclass(frozen=True, slots=True)
class Identity:
    """What the switch says of itself."""

    name: str
    dpid: int
    datapath: str = "reference"
    software: Callable[[], str] = lambda: ""


class Cause(NamedTuple):
    """The message that changed something: who sent it, and under which xid."""

    session: Session
    xid: int


class Context(Protocol):
    """The switch that a message is for."""

    identity: Identity
    datapath: Datapath
    bundles: Bundles

    @property
    def monitors(self) -> Monitors:
        """The flow monitors of all controllers."""

    @property
    def election(self) -> Election:
        """The generation id of roles."""

    def ports(self, version: Version) -> list[Port]:
        """Describe the ports as a version has them."""

    def route(self, effects: Iterable[Effect], now: float, cause: Cause | None = None) -> None:
        """Give messages to the sessions that want them, and keep the rest for the shell."""

    def ask_role(self, session: Session, request: RoleRequest, now: float) -> None:
        """Give a controller the role that it asks for. Raises OpenFlowError when it may not have it."""

    def give_role(self, session: Session, role: ControllerRole, now: float) -> None:
        """Give a controller a role, whatever the generation id."""

    def left_out(self, error: EncodeError) -> None:
        """Note that something could not be said in a controller's version."""
