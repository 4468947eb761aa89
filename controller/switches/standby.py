"""Switches that stand by: they are connected, but somebody else may be their master, and no app hears of them.

Without a warden every switch is admitted as soon as it has arrived. With one (`apps.replicas`) it stands by until the
warden admits it: that is when apps see DATAPATH_JOIN. When it has to stand by again they see DATAPATH_LEAVE, as if it
were gone; what they still hold of it raises NotConnected. The connection stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from controller.callbacks.event_type import EventType
from controller.callbacks.events import Event
from controller.switches.session import Session
from openflow import Message

if TYPE_CHECKING:
    from controller.switches.switch import Switch

OF_ROLES = frozenset({Event.ROLE_REPLY, Event.ROLE_STATUS, Event.ERROR})
"""The events that tell a warden what the switch thinks of us."""


class Warden(Protocol):
    """Who decides which switches the apps see. What it is given of a switch is its own, and valid while connected."""

    def arrived(self, switch: Switch, /) -> None:
        """A switch is connected, and stands by."""

    def heard(self, switch: Switch, event: EventType[Any], message: Message, /) -> None:
        """It sent one of `OF_ROLES`, whether it stands by or not; answers to quiet requests are none of these."""

    def left(self, switch: Switch, /) -> None:
        """It is connected no more."""


class Past(Session):
    """What an app's `Switch` has in place of its session, once the switch is not the app's any more."""

    def __init__(self, session: Session, reason: str) -> None:
        self.peer = session.peer
        self.lost = reason
        self.congested = False
        self.counters = session.counters
        self.handshake = session.handshake

    def forget(self, xid: int) -> None:
        """It is forgotten."""
