"""The frame that fake switches send up: UDP over IPv4, padded with nothing."""

from __future__ import annotations

import struct

DST, SRC = 0, 6
"""Where its addresses are."""

LEAST = 60
"""Bytes of the shortest frame on an Ethernet, without its check sequence."""

MOST = 1514
_HOST = 0x0200_0000_0000
_IPV4_SRC, _IPV4_DST = 0x0A00_0001, 0x0A00_0002
_UDP_SRC, _UDP_DST = 49152, 9  # to the port that discards
_UDP = 17


def frame(size: int) -> bytes:
    """A frame of so many bytes. The addresses may be changed, and the last eight bytes; no checksum covers them."""
    length = size - 14
    addresses = (_HOST | 2).to_bytes(6, "big") + (_HOST | 1).to_bytes(6, "big")
    udp = struct.pack("!HHHH", _UDP_SRC, _UDP_DST, length - 20, 0)  # 0: no checksum
    return (addresses + b"\x08\x00" + _ipv4(length) + udp).ljust(size, b"\0")


def _ipv4(length: int) -> bytes:
    header = struct.pack("!BBHHHBBHII", 0x45, 0, length, 0, 0, 64, _UDP, 0, _IPV4_SRC, _IPV4_DST)
    return header[:10] + _checksum(header).to_bytes(2, "big") + header[12:]


def _checksum(header: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total ^ 0xFFFF
