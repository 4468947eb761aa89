"""The speed of an interface, as its driver tells it (the ETHTOOL_GSET request)."""

from __future__ import annotations

import array
import fcntl
import socket
from struct import Struct

from ofswitch.ports.base import DEFAULT_SPEED_KBPS

_SIOCETHTOOL = 0x8946
_ETHTOOL_GSET = 0x00000001
_IFREQ = Struct("@16sP16x")
_COMMAND = Struct("=I8xH14xH14x")  # struct ethtool_cmd: cmd, speed, speed_hi (Mbit/s)
_SPEED_UNKNOWN = 0xFFFF_FFFF


def speed_kbps(any_socket: socket.socket, name: str) -> int:
    """Return the interface's speed; that of a veth, 10 Gbit/s, where the driver knows none."""
    command = array.array("B", _COMMAND.pack(_ETHTOOL_GSET, 0, 0))
    request = _IFREQ.pack(name.encode(), command.buffer_info()[0])
    try:
        fcntl.ioctl(any_socket, _SIOCETHTOOL, request)
    except OSError:
        return DEFAULT_SPEED_KBPS
    _, low, high = _COMMAND.unpack(command)
    mbps: int = high << 16 | low
    return DEFAULT_SPEED_KBPS if mbps in {0, _SPEED_UNKNOWN} else mbps * 1000
