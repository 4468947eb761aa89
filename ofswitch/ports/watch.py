"""Tells when interfaces go up or down, change their address, or disappear.

`LinkWatcher` is one rtnetlink socket for all ports of a switch. It hears of interfaces in our own
namespace and, by NETLINK_LISTEN_ALL_NSID, in every namespace into which one of our interfaces has
been moved: a tap port's kernel end is seen wherever it is. So an interface is identified by a
`LinkId`, namespace and index, and `LinkChange.concerns` says which ports to look at again.
"""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from struct import Struct
from typing import NamedTuple

from ofswitch.ports.base import LinkId, Port
from ofswitch.ports.netlink import (
    OUR_NAMESPACE,
    RTM_DELLINK,
    RTM_NEWLINK,
    Link,
    message_type,
    messages,
    parse_link,
)

_RTMGRP_LINK = 1
_SOL_NETLINK = 270
_NETLINK_LISTEN_ALL_NSID = 8
_RECEIVE_BUFFER = 1 << 20
_RECEIVE_SIZE = 1 << 16
_INT = Struct("=i")


class LinkChange(NamedTuple):
    """The state of an interface after a change.

    Without `link_id` it says that changes were lost in a burst, and that every port has to be
    looked at again.
    """

    link_id: LinkId | None
    name: str = ""
    up: bool = False
    hw_addr: int = 0
    removed: bool = False

    def concerns(self, port: Port) -> bool:
        """Whether this may have changed the port's link state, address or existence."""
        return self.link_id is None or self.link_id == port.link_id


class LinkWatcher:
    """Reports changes of interfaces; readable when there are some."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        with suppress(PermissionError):  # without root no port is in another namespace either
            self._socket.setsockopt(_SOL_NETLINK, _NETLINK_LISTEN_ALL_NSID, 1)
        self._socket.bind((0, _RTMGRP_LINK))
        self._known: dict[LinkId, LinkChange] = {}

    def fileno(self) -> int:
        """Return the descriptor that is readable when something has changed."""
        return self._socket.fileno()

    def close(self) -> None:
        """Stop watching."""
        self._socket.close()

    def receive(self) -> list[LinkChange]:
        """Return what has changed since the last call, oldest first. Never blocks, never raises."""
        changes: list[LinkChange] = []
        while True:
            try:
                datagram, ancillary, _, _ = self._socket.recvmsg(_RECEIVE_SIZE, 64)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    return changes
                self._known.clear()
                changes.append(LinkChange(None))
                continue
            netns = _namespace(ancillary)
            changes += [one for message in messages(datagram) for one in self._read(message, netns)]

    def _read(self, message: bytes, netns: int) -> list[LinkChange]:
        """Return the change that a message reports, if it is one and is news."""
        kind = message_type(message)
        if kind not in {RTM_NEWLINK, RTM_DELLINK}:
            return []
        link = parse_link(message)
        if link.family != socket.AF_UNSPEC:  # a bridge's view of its ports
            return []
        change = _change(link, netns, kind == RTM_DELLINK)
        assert change.link_id is not None
        if change.removed:
            self._known.pop(change.link_id, None)
        elif self._known.get(change.link_id) == change:
            return []
        else:
            self._known[change.link_id] = change
        return [change]


def _change(link: Link, netns: int, removed: bool) -> LinkChange:
    up = link.running and not removed
    return LinkChange(LinkId(netns, link.ifindex), link.name, up, link.hw_addr, removed)


def _namespace(ancillary: list[tuple[int, int, bytes]]) -> int:
    """Return which namespace a datagram tells of, by the number ours has for it."""
    for level, kind, data in ancillary:
        if (level, kind) == (_SOL_NETLINK, _NETLINK_LISTEN_ALL_NSID):
            number: int = _INT.unpack_from(data)[0]
            return number
    return OUR_NAMESPACE
