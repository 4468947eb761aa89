"""Nicira's actions that give 1.0 what later versions have of their own: MPLS, groups, queues, TTLs.

On a later version the class without `Nx` is meant; these are Unsupported there.
"""

from __future__ import annotations

from dataclasses import dataclass

from openflow.actions import Action
from openflow.fields import ETH_TYPE_IPV4, ETH_TYPE_MPLS
from openflow.vendors import action
from openflow.versions import V1_0


@dataclass(slots=True)
class NxSetQueue(Action):
    """SetQueue on 1.0."""

    queue_id: int = 0
    layout = action(4, "pad2 queue_id:u32", last=V1_0)


@dataclass(slots=True)
class NxGroup(Action):
    """Group on 1.0."""

    group_id: int = 0
    layout = action(40, "pad2 group_id:u32", last=V1_0)


@dataclass(slots=True)
class NxDecTtl(Action):
    """DecNwTtl on 1.0."""

    layout = action(18, "pad6", last=V1_0)


@dataclass(slots=True)
class NxPushMpls(Action):
    """PushMpls on 1.0."""

    ethertype: int = ETH_TYPE_MPLS
    layout = action(23, "ethertype:u16 pad4", last=V1_0)


@dataclass(slots=True)
class NxPopMpls(Action):
    """PopMpls on 1.0."""

    ethertype: int = ETH_TYPE_IPV4
    layout = action(24, "ethertype:u16 pad4", last=V1_0)


@dataclass(slots=True)
class NxSetMplsTtl(Action):
    """SetMplsTtl on 1.0."""

    mpls_ttl: int = 0
    layout = action(25, "mpls_ttl:u8 pad5", last=V1_0)


@dataclass(slots=True)
class NxDecMplsTtl(Action):
    """DecMplsTtl on 1.0."""

    layout = action(26, "pad6", last=V1_0)


@dataclass(slots=True)
class NxSetMplsLabel(Action):
    """Set the outer MPLS label on 1.0; later versions set the field."""

    label: int = 0
    layout = action(30, "pad2 label:u32", last=V1_0)


@dataclass(slots=True)
class NxSetMplsTc(Action):
    """Set the traffic class of the outer MPLS label on 1.0."""

    tc: int = 0
    layout = action(31, "tc:u8 pad5", last=V1_0)
