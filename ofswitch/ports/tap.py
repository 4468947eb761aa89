"""A port whose other end is an interface of the kernel: a tap device, opened through python-pytun.

What is written to the tap arrives at the kernel end, what the kernel end sends is read. The kernel
end may live in a host's namespace (``netns=``), where it is the host's network card: this is how
the lab attaches hosts. It is found again should somebody move it later.

With a virtio-net header in front of every frame and TUNSETOFFLOAD, the kernel end says to its host
that its hardware finishes checksums and cuts segments, so the host hands us super-frames of up to
64 KiB with their metadata, and takes such frames from us.

The switch's end has a hardware address of its own, made from the kernel end's: if they were one,
a host would take what is sent from the port's address for an echo of its own.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing, suppress
from struct import Struct
from typing import TYPE_CHECKING, Any

from ofswitch.frame import HEADER_SIZE, NO_OFFLOAD, Frame, parse_offload
from ofswitch.ports import netlink
from ofswitch.ports.base import READ_SIZE, LinkId, NativeLink, Port
from ofswitch.ports.namespace import inside, open_namespace
from ofswitch.ports.netlink import OUR_NAMESPACE, Link, Netlink
from ofswitch.ports.spec import Interface, PortError, PortSpec

if TYPE_CHECKING:
    from pytun import TunTapDevice

_TUNSETOFFLOAD = 0x400454D0
_TUNSETVNETHDRSZ = 0x400454D8
_TUNSETCARRIER = 0x400454E2
_TUNGETIFF = 0x800454D2
_TUNGETDEVNETNS = 0x54E3

_TUN_F_CSUM, _TUN_F_TSO4, _TUN_F_TSO6, _TUN_F_TSO_ECN = 0x01, 0x02, 0x04, 0x08
_TUN_F_USO4, _TUN_F_USO6 = 0x20, 0x40  # Linux 6.2
_TCP_OFFLOADS = _TUN_F_CSUM | _TUN_F_TSO4 | _TUN_F_TSO6 | _TUN_F_TSO_ECN
_OFFLOADS = (_TCP_OFFLOADS | _TUN_F_USO4 | _TUN_F_USO6, _TCP_OFFLOADS)
"""What we take unfinished from the kernel: the first of these that it knows."""

_OUR_NAMESPACE_FILE = "/proc/thread-self/ns/net"

_INT = Struct("=i")
_IFREQ = Struct("=16s24x")
_LOCALLY_ADMINISTERED = 0x0200_0000_0000
_OUR_END = 0x4000_0000_0000
"""The bit in which the address of the switch's end differs from the kernel end's."""


class TapPort(Port):
    """The switch's end of a tap device."""

    kind = "tap"

    def __init__(self, name: str, queues: Sequence[TunTapDevice]) -> None:
        """Take over an open tap whose kernel end is set up; OSError if that cannot be found.

        A tap of several queues is for as many native threads; this object uses the first alone.
        """
        super().__init__(name, 0)
        self._queues = queues
        self._fd: int = queues[0].fileno()
        self._netlink = Netlink()
        self._link_id = _locate(self._fd, self._netlink)
        link = self._netlink.link(self._link_id.ifindex, self._link_id.netns)
        self.hw_addr = (link.hw_addr | _LOCALLY_ADMINISTERED) ^ _OUR_END

    @property
    def link_id(self) -> LinkId:
        """The kernel end."""
        return self._link_id

    @property
    def native_link(self) -> NativeLink:
        """The tap's queues."""
        return NativeLink("tap", tuple(device.fileno() for device in self._queues))

    def _refresh_counters(self) -> None:
        """What the kernel end could not hand to us is in ``rx_queue_full``."""
        link = self._link()
        if link is not None and link.tx_dropped:
            self._counters.drops["rx_queue_full"] = link.tx_dropped

    def fileno(self) -> int:
        """Return the tap's descriptor."""
        return self._fd

    def link_up(self) -> bool:
        """Ask whether the kernel end is up (the host's side of it) and has a carrier (ours)."""
        link = self._link()
        return link is not None and link.running

    def set_up(self, up: bool) -> None:
        """Set the administrative state: as if the cable were pulled, the host loses its carrier."""
        super().set_up(up)
        with suppress(OSError, ValueError):
            fcntl.ioctl(self._fd, _TUNSETCARRIER, _INT.pack(up))

    def close(self) -> None:
        """Close the tap; its kernel end disappears, unless somebody has made it persistent."""
        if self._queues:
            for device in self._queues:
                device.close()
            self._netlink.close()
            self._queues, self._fd, self.gone = (), -1, True

    def _read(self) -> Frame | None:
        data = os.read(self._fd, READ_SIZE)
        header = data[:HEADER_SIZE]
        if header == NO_OFFLOAD:
            return Frame(data[HEADER_SIZE:])
        return Frame(data[HEADER_SIZE:], parse_offload(header))

    def _write(self, frame: Frame) -> None:
        offload = frame.offload
        os.write(self._fd, (NO_OFFLOAD if offload is None else offload.emit()) + frame.data)

    def _link(self) -> Link | None:
        """Return the kernel end as it is now, wherever it is; None once it does not exist."""
        with suppress(OSError):
            return self._netlink.link(self._link_id.ifindex, self._link_id.netns)
        if not self._queues:
            return None
        try:
            self._link_id = _locate(self._fd, self._netlink)
            return self._netlink.link(self._link_id.ifindex, self._link_id.netns)
        except OSError as error:
            self._note(error)
            return None


def open_tap(spec: PortSpec, queues: int = 1) -> TapPort:
    """Make a tap, or attach to a persistent one that is free, and set up its kernel end."""
    devices: list[TunTapDevice] = []
    try:
        for _ in range(queues):
            devices.append(_open_device(spec.name, queues > 1))
            _tune(devices[-1].fileno())
        with ExitStack() as stack:
            netns_fd = None
            if "netns" in spec.options:
                netns_fd = open_namespace(spec.options["netns"])
                stack.callback(os.close, netns_fd)
            _set_up(spec, netns_fd)
        return TapPort(spec.name, devices)
    except (OSError, PortError) as error:
        for device in devices:
            device.close()
        if isinstance(error, PortError):
            raise
        raise PortError(f"tap {spec.name}: {_explain(spec, error)}") from error


def _open_device(name: str, is_one_of_several: bool) -> TunTapDevice:
    """Open the tap itself, or one more queue of it, with virtio-net headers."""
    try:
        import pytun
    except ImportError as error:
        raise PortError(f"tap {name}: needs the package python-pytun: {error}") from error
    try:
        flags = pytun.IFF_TAP | pytun.IFF_NO_PI | pytun.IFF_VNET_HDR
        if is_one_of_several:
            flags |= pytun.IFF_MULTI_QUEUE
        device = pytun.TunTapDevice(name=name, flags=flags)
    except pytun.Error as error:
        text = _OPEN_FAILURES.get(error.errno, str(error))
        raise PortError(f"tap {name}: {text}") from error
    os.set_inheritable(device.fileno(), False)
    return device


def _tune(fd: int) -> None:
    """Say that we never wait, take virtio-net headers, and what may come to us unfinished."""
    os.set_blocking(fd, False)
    fcntl.ioctl(fd, _TUNSETVNETHDRSZ, _INT.pack(HEADER_SIZE))
    for offloads in _OFFLOADS:
        with suppress(OSError):
            fcntl.ioctl(fd, _TUNSETOFFLOAD, offloads)
            break


def _set_up(spec: PortSpec, netns_fd: int | None) -> None:
    """Give the kernel end its addresses, MTU, namespace and name, and bring it up."""
    options = spec.options
    attributes = {
        attribute: convert(options[option])
        for option, attribute, convert in _LINK_OPTIONS
        if option in options
    }
    name, addresses, up = options.get("name", spec.name), options.get("ip", ()), options.get("up")
    with closing(Netlink()) as requests:
        ifindex = requests.link(spec.name).ifindex
        if netns_fd is None:
            requests.set_link(ifindex, attributes)
            _number(name, addresses, up is not False)
        else:
            requests.set_link(ifindex, {**attributes, netlink.IFLA_NET_NS_FD: _INT.pack(netns_fd)})
            inside(netns_fd, lambda: _number(name, addresses, up is not False))


def _number(name: str, addresses: Iterable[Interface], up: bool) -> None:
    """Give an interface in this thread's namespace its IP addresses, and bring it up."""
    with closing(Netlink()) as requests:
        ifindex = requests.link(name).ifindex
        for address in addresses:
            requests.add_address(ifindex, address)
        if up:
            requests.set_flags(ifindex, up=True)


_LINK_OPTIONS: tuple[tuple[str, int, Callable[[Any], bytes]], ...] = (
    ("mac", netlink.IFLA_ADDRESS, lambda mac: mac.to_bytes(6, "big")),
    ("mtu", netlink.IFLA_MTU, _INT.pack),
    ("name", netlink.IFLA_IFNAME, lambda name: name.encode() + b"\0"),
)
"""The options that become attributes of the kernel end."""


def _locate(fd: int, requests: Netlink) -> LinkId:
    """Find a tap's kernel end in whatever namespace it is; OSError once it does not exist."""
    name = _IFREQ.unpack(fcntl.ioctl(fd, _TUNGETIFF, bytes(_IFREQ.size)))[0]
    netns_fd = fcntl.ioctl(fd, _TUNGETDEVNETNS)
    try:
        ours = os.path.samestat(os.fstat(netns_fd), os.stat(_OUR_NAMESPACE_FILE))
        netns = OUR_NAMESPACE if ours else requests.namespace_number(netns_fd)
    finally:
        os.close(netns_fd)
    return LinkId(netns, requests.link(name.rstrip(b"\0").decode(), netns).ifindex)


_OPEN_FAILURES = {
    errno.EPERM: "making a tap needs root (CAP_NET_ADMIN)",
    errno.EACCES: "making a tap needs root (CAP_NET_ADMIN)",
    errno.ENOENT: "there is no /dev/net/tun: load the kernel's module tun",
    errno.ENODEV: "/dev/net/tun has no driver: load the kernel's module tun",
    errno.EBUSY: "the name is in use by another program's tap: choose another",
    errno.EINVAL: "the name is in use by an interface that is no tap: choose another, or use dev:",
}


def _explain(spec: PortSpec, error: OSError) -> str:
    """Say why the kernel end could not be set up."""
    options = spec.options
    end, netns = options.get("name", spec.name), options.get("netns")
    where = f"namespace {netns}" if netns else "this namespace"
    return {
        errno.EEXIST: f"{where} has an interface {end} already: choose another with name=",
        errno.EADDRNOTAVAIL: "the kernel refused the address that mac= gives",
        errno.EOPNOTSUPP: f"{where} does not take an address that ip= gives (is IPv6 off there?)",
        errno.EPERM: "setting up an interface needs root (CAP_NET_ADMIN)",
    }.get(error.errno or 0, f"cannot set up {end} in {where}: {error.strerror}")
