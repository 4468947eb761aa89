"""What may happen to a switch: values that can be printed, and done to any datapath."""

from __future__ import annotations

from dataclasses import dataclass

from ofswitch.frame import Frame
from openflow.messages.base import Message
from openflow.messages.packets import PacketOut
from openflow.versions import Version


@dataclass(frozen=True, slots=True)
class Change:
    """A message that changes the switch."""

    message: Message
    version: Version


@dataclass(frozen=True, slots=True)
class Traffic:
    """Each of these frames comes in once on each of these ports."""

    frames: tuple[Frame, ...]
    in_ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SendOut:
    """A packet-out."""

    message: PacketOut
    version: Version
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes, and what is due happens."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Link:
    """A link says something else of itself."""

    port_no: int
    state: int


@dataclass(frozen=True, slots=True)
class Plug:
    """A port comes or goes."""

    port_no: int
    comes: bool


Step = Change | Traffic | SendOut | Wait | Link | Plug
