"""Switches that come and go: what DATAPATH_JOIN and DATAPATH_LEAVE show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openflow import FeaturesReply, Version

if TYPE_CHECKING:
    from controller.switches.switch import Ports, Switch


@dataclass(frozen=True, slots=True)
class DatapathJoin:
    """A switch has joined."""

    switch: Switch

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
    """A switch is gone; `reason` says how, in words. Its last known ports are still there."""

    switch: Switch
    reason: str
