"""Switches that come and go: what DATAPATH_JOIN and DATAPATH_LEAVE show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openflow import FeaturesReply, Version

if TYPE_CHECKING:
    from controller.switches.port import Ports
    from controller.switches.switch import Switch


@dataclass(frozen=True, slots=True)
class DatapathJoin:
    """A switch has joined."""

    switch: Switch
    """It may be kept, and asked; `switch.connected` says whether it is still there."""

    @property
    def dpid(self) -> int:
        """Its datapath id."""
        return self.switch.dpid

    @property
    def version(self) -> Version:
        """The version of OpenFlow that is spoken with it."""
        return self.switch.version

    @property
    def features(self) -> FeaturesReply:
        """What it said about itself."""
        return self.switch.features

    @property
    def ports(self) -> Ports:
        """Its ports by number."""
        return self.switch.ports


@dataclass(frozen=True, slots=True)
class DatapathLeave:
    """A switch is gone."""

    switch: Switch
    """The same object that DATAPATH_JOIN has shown. Its last known ports are still there."""
    reason: str
    """How it went, in words."""
