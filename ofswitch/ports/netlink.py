"""Just enough rtnetlink to ask about interfaces and to set them up (rtnetlink(7)).

A `Netlink` is one request socket, in the network namespace where it is made. It asks about
interfaces in other namespaces too, by the number that its own has for the other; only to set them
up one has to go there. There is a library for all of this, pyroute2; importing it takes a sixth of
a second, which a switch that starts in half of that cannot spend.

Failures are OSErrors with the kernel's errno: ENODEV for an interface that is not there, EPERM
without the right, EEXIST for a name in use.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface
from struct import Struct
from typing import NamedTuple

NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR = 20
RTM_NEWNSID, RTM_GETNSID = 88, 90

NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE = 0x01, 0x04, 0x400

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_STATS64 = 1, 3, 4, 23
IFLA_NET_NS_FD, IFLA_TARGET_NETNSID = 28, 46
IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS = 1, 2, 8
IFA_F_NODAD = 0x02
NETNSA_NSID, NETNSA_FD = 1, 3

IFF_UP, IFF_RUNNING, IFF_LOWER_UP = 0x01, 0x40, 0x10000
_PASSES = IFF_UP | IFF_RUNNING | IFF_LOWER_UP
ARPHRD_ETHER = 1

OUR_NAMESPACE = -1
"""The number of the namespace that a socket is in."""

_RECEIVE_SIZE = 1 << 17
_TIMEOUT_S = 5.0

_HEADER = Struct("=IHHII")  # struct nlmsghdr: len, type, flags, seq, pid
_LINK = Struct("=BxHiII")  # struct ifinfomsg: family, type, index, flags, change
_ADDRESS = Struct("=BBBBI")  # struct ifaddrmsg: family, prefixlen, flags, scope, index
_ATTRIBUTE = Struct("=HH")  # struct rtattr: len, type
_INT = Struct("=i")
_U32 = Struct("=I")
_STATS = Struct("=8Q")  # the head of struct rtnl_link_stats64; tx_dropped is its last
_ATTRIBUTE_TYPE = 0x3FFF  # without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER


class Link(NamedTuple):
    """An interface as the kernel describes it; `tx_dropped` counts what it could not send."""

    family: int
    ifindex: int
    name: str
    flags: int
    hw_addr: int
    hw_type: int
    tx_dropped: int

    @property
    def running(self) -> bool:
        """Whether it is up, has a carrier, and the kernel has taken note of both."""
        return self.flags & _PASSES == _PASSES


class Netlink:
    """A socket for requests about the interfaces of one namespace."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.settimeout(_TIMEOUT_S)
        self._seq = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def link(self, key: str | int, netns: int = OUR_NAMESPACE) -> Link:
        """Return the interface with this name or index, here or in a numbered namespace."""
        ifindex = key if isinstance(key, int) else 0
        attributes = {IFLA_IFNAME: key.encode() + b"\0"} if isinstance(key, str) else {}
        if netns != OUR_NAMESPACE:
            attributes[IFLA_TARGET_NETNSID] = _INT.pack(netns)
        body = _LINK.pack(socket.AF_UNSPEC, 0, ifindex, 0, 0) + _attributes(attributes)
        return parse_link(self._request(RTM_GETLINK, 0, body)[0])

    def set_flags(self, ifindex: int, *, up: bool) -> None:
        """Bring the interface up or down."""
        flags = IFF_UP if up else 0
        self._set(_LINK.pack(socket.AF_UNSPEC, 0, ifindex, flags, IFF_UP))

    def set_link(self, ifindex: int, attributes: dict[int, bytes]) -> None:
        """Set attributes of the interface: address, MTU, name, namespace."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, ifindex, 0, 0)
        self._set(body + _attributes(attributes))

    def add_address(self, ifindex: int, interface: IPv4Interface | IPv6Interface) -> None:
        """Give the interface an address, usable at once (no duplicate address detection)."""
        family = socket.AF_INET if interface.version == 4 else socket.AF_INET6
        address = interface.ip.packed
        body = _ADDRESS.pack(family, interface.network.prefixlen, 0, 0, ifindex)
        attributes = {IFA_LOCAL: address, IFA_ADDRESS: address, IFA_FLAGS: _U32.pack(IFA_F_NODAD)}
        self._request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE, body + _attributes(attributes))

    def namespace_number(self, netns_fd: int) -> int:
        """Return the number that our namespace has for another; it is given one if need be."""
        body = bytes(4) + _attributes({NETNSA_FD: _INT.pack(netns_fd)})
        answer = self._request(RTM_GETNSID, 0, body)[0]
        number: int = _INT.unpack(parse_attributes(answer, _HEADER.size + 4)[NETNSA_NSID])[0]
        if number >= 0:
            return number
        body += _attributes({NETNSA_NSID: _INT.pack(-1)})
        self._request(RTM_NEWNSID, NLM_F_ACK | NLM_F_CREATE, body)
        return self.namespace_number(netns_fd)

    def _set(self, body: bytes) -> None:
        self._request(RTM_SETLINK, NLM_F_ACK, body)

    def _request(self, kind: int, flags: int, body: bytes) -> list[bytes]:
        """Send one request and return the messages that answer it."""
        self._seq += 1
        size = _HEADER.size + len(body)
        self._socket.send(_HEADER.pack(size, kind, flags | NLM_F_REQUEST, self._seq, 0) + body)
        while True:
            answers = list(messages(self._socket.recv(_RECEIVE_SIZE)))
            if answers and _HEADER.unpack_from(answers[0])[3] == self._seq:
                return [one for one in answers if not _is_acknowledgement(one)]


def _is_acknowledgement(message: bytes) -> bool:
    """Return whether this says that all went well; raise what it says otherwise."""
    if _HEADER.unpack_from(message)[1] != NLMSG_ERROR:
        return False
    code = -_INT.unpack_from(message, _HEADER.size)[0]
    if code:
        raise OSError(code, os.strerror(code))
    return True


def messages(datagram: bytes) -> Iterator[bytes]:
    """Yield the messages in a datagram, each with its header."""
    at = 0
    while at + _HEADER.size <= len(datagram):
        size = _HEADER.unpack_from(datagram, at)[0]
        if size < _HEADER.size:
            return
        yield datagram[at : at + size]
        at += size + 3 & ~3


def message_type(message: bytes) -> int:
    """Return what a message is: RTM_NEWLINK, RTM_DELLINK, ..."""
    kind: int = _HEADER.unpack_from(message)[1]
    return kind


def parse_link(message: bytes) -> Link:
    """Read RTM_NEWLINK or RTM_DELLINK."""
    family, hw_type, ifindex, flags, _ = _LINK.unpack_from(message, _HEADER.size)
    attributes = parse_attributes(message, _HEADER.size + _LINK.size)
    name = attributes.get(IFLA_IFNAME, b"").rstrip(b"\0").decode(errors="replace")
    hw_addr = int.from_bytes(attributes.get(IFLA_ADDRESS, b"")[:6], "big")
    stats = attributes.get(IFLA_STATS64, bytes(_STATS.size))
    return Link(family, ifindex, name, flags, hw_addr, hw_type, _STATS.unpack_from(stats)[-1])


def parse_attributes(message: bytes, at: int) -> dict[int, bytes]:
    """Read the attributes from this offset to the end, by type."""
    attributes = {}
    while at + _ATTRIBUTE.size <= len(message):
        size, kind = _ATTRIBUTE.unpack_from(message, at)
        if size < _ATTRIBUTE.size:
            break
        attributes[kind & _ATTRIBUTE_TYPE] = message[at + _ATTRIBUTE.size : at + size]
        at += size + 3 & ~3
    return attributes


def _attributes(values: dict[int, bytes]) -> bytes:
    """Write attributes, each padded to four octets."""
    return b"".join(
        _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)
        for kind, value in values.items()
    )
