"""What happened to ports and entries, in the words of a controller's version."""

from __future__ import annotations

from dataclasses import replace

from openflow import V1_0, FlowRemoved, FlowRemovedReason, Port, PortNo, PortState, Version

_MAX_PORT_1_0 = 0xFF00


def expressible(port: Port, version: Version) -> bool:
    """Whether the version can number this port: 1.0 counts to 0xff00 (1.0.2, 5.2.1)."""
    return version > V1_0 or port.port_no < _MAX_PORT_1_0 or port.port_no >= PortNo.MAX


def removed_in_version(message: FlowRemoved, version: Version) -> FlowRemoved:
    """The message with a reason that the version has: to 1.0, the end of a group is a deletion."""
    if version == V1_0 and message.reason == FlowRemovedReason.GROUP_DELETE:
        return replace(message, reason=FlowRemovedReason.DELETE)
    return message


def port_in_version(port: Port, version: Version) -> Port:
    """The port with the bits of `state` that the version has: 1.0 uses the upper ones for spanning tree."""
    if version == V1_0:
        return replace(port, state=port.state & PortState.LINK_DOWN)
    return port
