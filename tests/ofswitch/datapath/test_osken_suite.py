"""The switch test suite that os-ken ships: flow entries, a packet in, and what must come out.

Written for hardware switches between a controller's two test ports; here the same descriptions go
through a datapath in process. Flow entries travel as OpenFlow messages that os-ken encoded, so the
codec is under test as well. All of it passes, and we judge no case wrong. Groups and meters, which are
judged by rates, are in `test_osken_rates`.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ofswitch.datapath import Transmit
from openflow.codec import decode
from openflow.messages.flows import FlowMod
from openflow.messages.groups import GroupMod
from openflow.messages.meters import MeterMod
from openflow.versions import V1_0, V1_3, Version
from tests.ofswitch.datapath.rig import Switch, upcalls

ofproto_parser: Any = pytest.importorskip("os_ken.ofproto.ofproto_parser")
scapy_sctp: Any = pytest.importorskip("scapy.layers.sctp")
ofproto_protocol: Any = pytest.importorskip("os_ken.ofproto.ofproto_protocol")

FOLDERS = {
    V1_0: ("of10/match", "of10/action"),
    V1_3: ("of13/match", "of13/action"),
}
PROTOCOLS = (
    "arp",
    "ethernet",
    "icmp",
    "icmpv6",
    "ipv4",
    "ipv6",
    "mpls",
    "pbb",
    "sctp",
    "tcp",
    "udp",
    "vlan",
)
ALIASES = {("ipv6", "option"): "ipv6option", ("icmpv6", "echo"): "icmpv6echo"}


class Case(NamedTuple):
    """One description of the suite."""

    version: Version
    folder: str
    description: str
    prerequisite: list[dict[str, Any]]
    tests: list[dict[str, Any]]


class _Datapath(ofproto_protocol.ProtocolDesc):  # type: ignore[misc]
    """What os-ken's messages want to know of their connection."""

    def set_xid(self, message: Any) -> None:
        """Leave the xid alone."""


def _suite() -> Path:
    switch = importlib.import_module("os_ken.tests").__path__[0]
    return Path(switch) / "switch"


def cases(chosen: Mapping[Version, Iterable[str]] = FOLDERS) -> Iterator[Any]:
    """Every description in the suite's folders, of those that are about single packets if not told."""
    for version, folders in chosen.items():
        for folder in folders:
            for path in sorted((_suite() / folder).rglob("*.json")):
                yield from _cases_of(version, folder, path)


def _cases_of(version: Version, folder: str, path: Path) -> Iterator[Any]:
    for number, case in enumerate(json.loads(path.read_text())):
        if isinstance(case, str):
            continue
        name = f"{folder}/{path.stem}#{number}"
        one = Case(version, name, case["description"], case["prerequisite"], case["tests"])
        yield pytest.param(one, id=name)


def change(description: dict[str, Any], version: Version) -> FlowMod | GroupMod | MeterMod:
    """Let os-ken encode a flow entry, a group or a meter, and decode it."""
    message = ofproto_parser.ofp_msg_from_jsondict(_Datapath(version), description)
    message.xid = 1
    message.serialize()
    decoded = decode(bytes(message.buf))
    assert isinstance(decoded, FlowMod | GroupMod | MeterMod)
    return decoded


@functools.cache
def _names() -> dict[str, type]:
    """What the suite's packets are written with: the classes of os-ken's protocol modules."""
    modules = [importlib.import_module(f"os_ken.lib.packet.{protocol}") for protocol in PROTOCOLS]
    names = {
        ALIASES.get((kind.__module__.rpartition(".")[2], name), name): kind
        for module in modules
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__
    }
    # os-ken sums up the text of the bytes, since Python 3; scapy's CRC is that of RFC 9260.
    names["sctp"] = type(
        "sctp", (names["sctp"],), {"_checksum": lambda packet, data: scapy_sctp.crc32c(data)}
    )
    return names


def frame(layers: list[str], **names: Any) -> bytes:
    """Build a frame as the suite describes it: one expression of os-ken's classes for each layer."""
    packet = eval("/".join(layers), _names() | names)
    packet.serialize()
    return bytes(packet.data)


def padded(data: bytes) -> bytes:
    """Return a frame as long as Ethernet wants it, as os-ken pads what it builds."""
    return data.ljust(60, b"\0")


@pytest.mark.parametrize("case", list(cases()))
def test_the_switch_does_what_the_suite_describes(
    case: Case, make_switch: Callable[..., Switch]
) -> None:
    switch = make_switch(version=case.version)
    for description in case.prerequisite:
        switch.apply(change(description, case.version))
    for test in case.tests:
        check(switch, test)


def check(switch: Switch, test: dict[str, Any]) -> None:
    """Let a packet in and compare what comes of it."""
    effects = switch.receive(frame(test["ingress"]))
    if "egress" in test:
        (transmit,) = effects
        assert isinstance(transmit, Transmit)
        assert (transmit.port_no, padded(transmit.frame.data)) == (2, frame(test["egress"]))
    elif "PACKET_IN" in test:
        (upcall,) = upcalls(effects)
        assert (padded(upcall.frame.data), upcall.miss) == (frame(test["PACKET_IN"]), False)
    else:
        (upcall,) = upcalls(effects)
        assert (upcall.miss, [upcall.table_id]) == (True, test["table-miss"])
        assert switch.drops() == {"table_miss": 1}


def test_the_suite_is_there() -> None:
    assert len(list(cases())) > 1000
