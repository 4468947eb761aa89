"""What the switch does while no controller is in control of it (OpenFlow 1.3.5, 6.3.2).

Fail-secure: nothing changes; entries stay and expire. Fail-standalone: the switch learns addresses and forwards by
itself. It does so with one ordinary flow entry of the lowest priority that outputs to NORMAL, as Open vSwitch does:

- when control is lost (and at the start) all flow entries are deleted and that entry is added;
- when a controller takes over, that entry is deleted, before the controller's first message is handled. So it starts
  with an empty flow table.

In between, entries that a tool such as ovs-ofctl adds work, since their priority is higher.

Who is in control? A controller that the switch was told to connect to, from its hello on. Those who come to a listener
may be tools that stay for a moment, and a network must not falter because somebody lists its flows. They are in
control once they have done both: asked who the switch is, as every controller must (FEATURES_REQUEST), and said what
they want to hear of it (SET_CONFIG, SET_ASYNC or ROLE_REQUEST, or what Nicira has in their place). No command of
ovs-ofctl does both on one connection.
"""

from __future__ import annotations

from typing import Protocol

from ofswitch.datapath.effects import Effect
from openflow import (
    V1_3,
    ApplyActions,
    FeaturesRequest,
    FlowMod,
    FlowModCommand,
    Match,
    Message,
    Output,
    PortNo,
    RoleRequest,
    SetAsync,
    SetConfig,
    TableId,
    Version,
)
from openflow import experimenters as nx

COOKIE = 0x5354_414E_442D_414C
"""Tells the entry that is ours: "STAND-AL" in ASCII."""

_ASKS_WHO = FeaturesRequest
_SAYS_WHAT = (SetConfig, SetAsync, RoleRequest, nx.NxRoleRequest, nx.NxSetAsyncConfig)

_NORMAL = FlowMod(priority=0, cookie=COOKIE, instructions=[ApplyActions([Output(PortNo.NORMAL)])])
_FLUSH = FlowMod(command=FlowModCommand.DELETE, table_id=TableId.ALL)
_WITHDRAW = FlowMod(
    command=FlowModCommand.DELETE_STRICT,
    priority=0,
    match=Match(),
    cookie=COOKIE,
    cookie_mask=0xFFFF_FFFF_FFFF_FFFF,
)


class Changes(Protocol):
    """The part of a datapath that is needed here."""

    def apply(self, change: FlowMod, version: Version, now: float) -> list[Effect]:
        """Change the flow tables."""


class Conduct:
    """What somebody who came to a listener has done so far."""

    def __init__(self) -> None:
        self._asked_who = self._said_what = False

    def note(self, message: Message) -> bool:
        """Note a message; return whether its sender behaves like a controller by now."""
        self._asked_who |= isinstance(message, _ASKS_WHO)
        self._said_what |= isinstance(message, _SAYS_WHAT)
        return self._asked_who and self._said_what


class Standalone:
    """Puts the entry in and takes it out."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self.active = False

    def update(self, in_control: bool, datapath: Changes, now: float) -> list[Effect]:
        """Note whether a controller is in control now; what changing the tables for that brings about."""
        wanted = self._enabled and not in_control
        if wanted == self.active:
            return []
        self.active = wanted
        changes = (_FLUSH, _NORMAL) if wanted else (_WITHDRAW,)
        return [effect for change in changes for effect in datapath.apply(change, V1_3, now)]
