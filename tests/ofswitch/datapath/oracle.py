"""Scapy's opinion on checksums: what they would be if it had built the frame."""

from __future__ import annotations

from typing import Any

import pytest

contrib: Any = pytest.importorskip("scapy.contrib.mpls")
layers: Any = pytest.importorskip("scapy.layers.all")

_CHECKSUMS = ("chksum", "cksum")


def wrong_checksums(data: bytes) -> list[str]:
    """Name the layers whose checksum is not what it should be; a UDP checksum of 0 is none."""
    return [
        layer.name
        for layer in _layers(layers.Ether(data))
        if (name := _checksum_field(layer)) and not _is_right(data, layer, name)
    ]


def _layers(packet: Any) -> list[Any]:
    found = []
    while packet and packet.name != "NoPayload":
        found.append(packet)
        packet = packet.payload
    return found


def _checksum_field(layer: Any) -> str | None:
    return next((name for name in _CHECKSUMS if name in layer.fields), None)


def _is_right(data: bytes, layer: Any, name: str) -> bool:
    value = layer.fields[name]
    if _cannot_be_known(layer, value):
        return True
    packet = layers.Ether(data)
    copy = next(one for one in _layers(packet) if type(one) is type(layer))
    delattr(copy, name)  # drops the cached bytes too
    rebuilt = layers.Ether(bytes(packet))
    computed = next(one for one in _layers(rebuilt) if type(one) is type(layer)).fields[name]
    # 0 and 0xffff are the same sum.
    return bool(computed == value or {computed, value} == {0, 0xFFFF})


def _cannot_be_known(layer: Any, value: int) -> bool:
    """Whether there is no checksum, or it covers more than this fragment."""
    if isinstance(layer, layers.IP):
        return False
    if isinstance(layer, layers.UDP) and value == 0:
        return True
    below = layer.underlayer
    while below is not None:
        if isinstance(below, layers.IP) and below.flags.MF:
            return True
        if isinstance(below, layers.IPv6ExtHdrFragment):
            return True
        below = below.underlayer
    return False
