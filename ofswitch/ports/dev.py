"""A port on an interface that exists, such as one end of a veth pair: a packet socket.

Three options of packet(7) make it fit for a switch. PACKET_VNET_HDR puts a virtio-net header in
front of every frame both ways, so that super-frames and unfinished checksums pass. PACKET_AUXDATA
tells the VLAN tag that the kernel has taken out of the frame; it is put back here. And
PACKET_IGNORE_OUTGOING keeps our own sends, and what this machine itself sends there, from coming
back as if received.

Sends go through the interface's queueing discipline (no PACKET_QDISC_BYPASS), so that a rate limit
that somebody has put on the interface holds.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from struct import Struct

from ofswitch.frame import HEADER_SIZE, NO_OFFLOAD, Frame, Offload, parse_offload
from ofswitch.ports.base import READ_SIZE, RUNT_SIZE, Counters, LinkId, NativeLink, Port
from ofswitch.ports.ethtool import speed_kbps
from ofswitch.ports.netlink import ARPHRD_ETHER, OUR_NAMESPACE, Link, Netlink
from ofswitch.ports.spec import PortError, PortSpec

_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP, _PACKET_STATISTICS, _PACKET_AUXDATA = 1, 6, 8
_PACKET_VNET_HDR, _PACKET_IGNORE_OUTGOING = 15, 23
_PACKET_MR_PROMISC = 1
_ETH_P_ALL = 0x0003

_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_RECEIVE_BUFFER = 8 << 20
"""Octets of queue towards us: a hundred super-frames, or ten thousand small ones."""
_SEND_BUFFER = 4 << 20

_MEMBERSHIP = Struct("=iHH8x")  # struct packet_mreq: ifindex, type, length of address
_STATISTICS = Struct("=II")  # struct tpacket_stats: packets, drops; a read sets them to 0
_AUXDATA = Struct("=I12xHH")  # struct tpacket_auxdata: status, VLAN TCI, VLAN TPID
_ANCILLARY_SIZE = socket.CMSG_SPACE(_AUXDATA.size)
_VLAN_VALID, _VLAN_TPID_VALID = 1 << 4, 1 << 6

_TAG = Struct("!HH")
_TAG_AT = HEADER_SIZE + 12
_ETH_P_8021Q = 0x8100


class DevPort(Port):
    """A packet socket on an interface."""

    kind = "dev"

    def __init__(
        self, name: str, packets: socket.socket, requests: Netlink, link: Link, io: str = "auto"
    ) -> None:
        super().__init__(name, link.hw_addr)
        self._io = io
        self._socket = packets
        self._netlink = requests
        self._link_id = LinkId(OUR_NAMESPACE, link.ifindex)
        self.speed_kbps = speed_kbps(packets, link.name)

    @property
    def link_id(self) -> LinkId:
        """The interface."""
        return self._link_id

    @property
    def native_link(self) -> NativeLink:
        """The interface; the thread opens a socket of its own there."""
        return NativeLink("packet", ifindex=self._link_id.ifindex, io=self._io)

    def hand_over(self, count: Callable[[], Counters]) -> None:
        """Receive no more: a socket that was never bound to a protocol gets no frames, but sends them.

        One that was cannot be unbound, to the kernel 0 means the same as before; so another takes its place.
        """
        super().hand_over(count)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as packets:
            _configure(packets, self._link_id.ifindex)
            packets.bind((self.name, 0))
            os.dup2(packets.fileno(), self._socket.fileno(), inheritable=False)

    def _refresh_counters(self) -> None:
        """What did not fit into the socket's queue is in ``rx_queue_full``."""
        with suppress(OSError):
            data = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
            if lost := _STATISTICS.unpack(data)[1]:
                self._lose("rx_queue_full", lost)

    def fileno(self) -> int:
        """Return the packet socket's descriptor."""
        return self._socket.fileno()

    def link_up(self) -> bool:
        """Ask whether the interface is up and has a carrier; notes its address and speed too."""
        try:
            link = self._netlink.link(self._link_id.ifindex)
        except OSError as error:
            self._note(error)
            return False
        self.hw_addr = link.hw_addr
        self.speed_kbps = speed_kbps(self._socket, link.name)
        return link.running

    def set_up(self, up: bool) -> None:
        """Set the administrative state, of the interface as well."""
        super().set_up(up)
        with suppress(OSError):
            self._netlink.set_flags(self._link_id.ifindex, up=up)

    def close(self) -> None:
        """Close the socket; the interface stays as it is."""
        self._socket.close()
        self._netlink.close()
        self.gone = True

    def _read(self) -> Frame | None:
        data, ancillary, flags, _ = self._socket.recvmsg(READ_SIZE, _ANCILLARY_SIZE)
        if len(data) < HEADER_SIZE + RUNT_SIZE or flags & socket.MSG_TRUNC:
            self._lose("rx_too_long" if flags & socket.MSG_TRUNC else "rx_too_short")
            return None
        header = data[:HEADER_SIZE]
        offload = None if header == NO_OFFLOAD else parse_offload(header)
        for _, _, auxiliary in ancillary:
            status, tci, tpid = _AUXDATA.unpack(auxiliary)
            if status & _VLAN_VALID:
                known = status & _VLAN_TPID_VALID
                return _tagged(data, offload, tci, tpid if known else _ETH_P_8021Q)
        return Frame(data[HEADER_SIZE:], offload)

    def _write(self, frame: Frame) -> None:
        offload = frame.offload
        self._socket.send((NO_OFFLOAD if offload is None else offload.emit()) + frame.data)

    def _read_failed(self, error: OSError) -> bool:
        """EINVAL is a frame that the kernel threw away: no virtio-net header describes it."""
        if error.errno == errno.EINVAL:
            self._lose("rx_unsupported_gso")
            return False
        return super()._read_failed(error)


def _tagged(data: bytes, offload: Offload | None, tci: int, tpid: int) -> Frame:
    """Return the frame in a read with its VLAN tag where it was on the wire."""
    tag = _TAG.pack(tpid, tci)
    frame = data[HEADER_SIZE:_TAG_AT] + tag + data[_TAG_AT:]
    return Frame(frame, offload.moved(len(tag)) if offload is not None else None)


def open_dev(spec: PortSpec) -> DevPort:
    """Open an interface and bring it up (unless ``up=no``)."""
    requests = Netlink()
    try:
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except OSError as error:
        requests.close()
        raise PortError(f"dev {spec.name}: {_explain(error)}") from error
    try:
        link = requests.link(spec.name)
        if link.hw_type != ARPHRD_ETHER:
            raise PortError(f"dev {spec.name}: this is no Ethernet interface")
        _configure(packets, link.ifindex)
        if spec.options.get("up", True):
            requests.set_flags(link.ifindex, up=True)
        packets.bind((spec.name, _ETH_P_ALL))
    except (OSError, PortError) as error:
        packets.close()
        requests.close()
        if isinstance(error, PortError):
            raise
        raise PortError(f"dev {spec.name}: {_explain(error)}") from error
    return DevPort(spec.name, packets, requests, link, spec.options.get("io", "auto"))


def _configure(packets: socket.socket, ifindex: int) -> None:
    """Set the socket's options; it is not bound yet, so nothing has arrived without them."""
    packets.setblocking(False)
    for option in (_PACKET_VNET_HDR, _PACKET_AUXDATA, _PACKET_IGNORE_OUTGOING):
        packets.setsockopt(_SOL_PACKET, option, 1)
    membership = _MEMBERSHIP.pack(ifindex, _PACKET_MR_PROMISC, 0)
    packets.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    packets.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
    packets.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _SEND_BUFFER)


def _explain(error: OSError) -> str:
    """Say why the interface could not be opened."""
    return {
        errno.EPERM: "opening an interface needs root (CAP_NET_RAW and CAP_NET_ADMIN)",
        errno.ENODEV: "no such interface here; 'ip link' lists them, 'tap:' makes one",
        errno.ENOPROTOOPT: "packet sockets lack an option that Linux has since 4.20",
    }.get(error.errno or 0, error.strerror or str(error))
