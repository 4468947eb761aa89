"""Discovery: finds the links between switches by sending LLDP frames out of their ports.

A component for other apps (`requires = ("discovery",)`): `ctrl.component("discovery").links` holds the links that are
there, and LINK_UP and LINK_DOWN are events whose value is a `Link`.

Every port is probed when it comes up and then every few seconds, with a frame that says where it was sent and is signed
with a key of this run. Where such a frame comes in, a link ends. A link is gone when a port at one of its ends is, or
when it has not been probed with success for a while. Hosts cannot make up links, but one at two ports may join them.

In a cluster all replicas know all links, and sign with one key. The master of the switch where a link ends sees to it;
a new one goes on with what the others have heard.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import openflow as of
from controller import (
    STOP,
    Change,
    Controller,
    DatapathJoin,
    DatapathLeave,
    Disposition,
    Event,
    SwitchPort,
)

LINK_UP = "link_up"
LINK_DOWN = "link_down"
SHARED = "discovery"
"""What replicas share: links, as tuples, and the key."""

PROBE_EVERY_S = 5.0
MAX_AGE_S = 12.5
"""A link that has not been seen for so long is gone: two probes were lost, and a third is late."""

ETH_TYPE_LLDP = 0x88CC
LLDP = of.Match(eth_type=ETH_TYPE_LLDP)
NEAREST_BRIDGE = bytes.fromhex("0180c200000e")
HIGHEST_PRIORITY = 0xFFFF

_CHASSIS_ID, _PORT_ID, _TTL, _ORGANIZATION = 1, 2, 3, 127
_LOCAL = b"\x07"
"""The subtype of chassis and port ids that are the sender's own (IEEE 802.1AB, 8.5.2.2 and 8.5.3.2)."""
_OURS = bytes.fromhex("ffffff01")
"""Organization and subtype of the TLV with the signature; nobody has that number."""


class Link(NamedTuple):
    """A link in one direction. One that works both ways is two of these."""

    src_dpid: int
    src_port: int
    dst_dpid: int
    dst_port: int

    def __str__(self) -> str:
        return f"{self.src_dpid:016x}.{self.src_port} -> {self.dst_dpid:016x}.{self.dst_port}"


class Discovery:
    """The links of one controller's switches."""

    def __init__(self, ctrl: Controller, key: bytes | None = None) -> None:
        self._ctrl = ctrl
        self._own_key = key or secrets.token_bytes(32)
        self._seen: dict[Link, float] = {}
        self._heard: dict[Link, float] = {}
        """The links that other replicas have seen."""
        self._shared = ctrl.shared(SHARED) if ctrl.clustered else None
        if self._shared is not None:
            self._shared.on_change(self.hear)
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)
        ctrl.register_cb(Event.DATAPATH_LEAVE, self.leave)
        ctrl.register_cb(Event.PORT_STATUS, self.port_status)
        ctrl.register_packet_cb(LLDP, self.packet_in, priority=HIGHEST_PRIORITY)
        ctrl.post_callback(PROBE_EVERY_S, self.forget_old)

    @property
    def links(self) -> set[Link]:
        """The links that are there."""
        return {*self._seen, *self._heard}

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """Have a new switch send LLDP frames up, and probe its ports."""
        send_up = of.ApplyActions([of.Output(of.PortNo.CONTROLLER, of.CONTROLLER_NO_BUFFER)])
        ctrl.send(dpid, of.FlowMod(LLDP, [send_up], priority=HIGHEST_PRIORITY))
        for link in [link for link in self._heard if link.dst_dpid == dpid]:
            del self._heard[link]
            self._seen[link] = ctrl.now()
        self.probe_all(event)

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        """The links of a switch that is gone are gone; in a cluster another replica may have it now, and see them."""
        if self._shared is None:
            self.forget(link for link in self._seen if dpid in (link.src_dpid, link.dst_dpid))
            return
        for link in [link for link in self._seen if link.dst_dpid == dpid]:
            del self._seen[link]
            self._heard[link] = ctrl.now()

    def hear(self, change: Change) -> None:
        """Another replica has seen a link, or says that it is gone."""
        if (
            change.local
            or not isinstance(change.key, tuple)
            or len(change.key) != len(Link._fields)
        ):
            return
        link = Link(*change.key)
        known = link in self._seen or link in self._heard
        if change.value is None:
            if self._heard.pop(link, None) is not None:
                self._ctrl.post_event(LINK_DOWN, link, dpid=link.dst_dpid)
            return
        if link not in self._seen:
            self._heard[link] = self._ctrl.now()
        if not known:
            self._ctrl.post_event(LINK_UP, link, dpid=link.dst_dpid)

    def share(self) -> None:
        """Tell the others of the links that are still seen, so that they can tell them from those that nobody sees."""
        if self._shared is not None:
            for link in self._seen:
                self._shared[tuple(link)] = self._shared.get(tuple(link), 0) + 1

    def port_status(self, ctrl: Controller, dpid: int, event: of.PortStatus) -> None:
        """Probe a port that has come up; the links of one that is down are gone."""
        port = ctrl.switch(dpid).ports.get(event.desc.port_no)
        if port is not None and port.up:
            self.probe(port)
        else:
            ends = dpid, event.desc.port_no
            self.forget(link for link in self.links if ends in (link[:2], link[2:]))

    def packet_in(self, ctrl: Controller, dpid: int, event: of.PacketIn) -> Disposition | None:
        """Take note of a link when the frame is one of ours; others are other apps' business."""
        source = self.read(event.data)
        if source is None:
            return None
        link = Link(*source, dpid, event.in_port)
        new = link not in self._seen
        self._seen[link] = ctrl.now()
        if new:
            if self._heard.pop(link, None) is None:
                ctrl.post_event(LINK_UP, link, dpid=dpid)
            if self._shared is not None:
                self._shared[tuple(link)] = 0
        return STOP

    def probe_all(self, event: DatapathJoin) -> None:
        """Probe the ports of a switch, again and again while it is connected."""
        if event.switch.connected:
            for port in event.ports.values():
                self.probe(port)
            self._ctrl.post_callback(PROBE_EVERY_S, self.probe_all, event)

    def probe(self, port: SwitchPort) -> None:
        """Send a frame out of a port, if that is one with a cable."""
        if port.up and port.physical:
            port.send(self.frame(port))

    def forget_old(self) -> None:
        """Forget links that have not been seen for long, again and again."""
        limit = self._ctrl.now() - MAX_AGE_S
        known = (*self._seen.items(), *self._heard.items())
        self.forget(link for link, seen in known if seen < limit)
        self.share()
        self._ctrl.post_callback(PROBE_EVERY_S, self.forget_old)

    def forget(self, links: Iterable[Link]) -> None:
        """Links are gone."""
        for link in list(links):
            self._seen.pop(link, None)
            self._heard.pop(link, None)
            if self._shared is not None:
                self._shared.pop(tuple(link), None)
            self._ctrl.post_event(LINK_DOWN, link, dpid=link.dst_dpid)

    # --- frames --------------------------------------------------------------------------------------

    def frame(self, port: SwitchPort) -> bytes:
        """The frame that says it was sent out of this port (IEEE 802.1AB, 8)."""
        dpid, port_no = port.switch.dpid.to_bytes(8, "big"), port.port_no.to_bytes(4, "big")
        tlvs = (
            (_CHASSIS_ID, _LOCAL + dpid),
            (_PORT_ID, _LOCAL + port_no),
            (_TTL, round(MAX_AGE_S).to_bytes(2, "big")),
            (_ORGANIZATION, _OURS + self._signature(dpid + port_no)),
            (0, b""),
        )
        body = b"".join((kind << 9 | len(value)).to_bytes(2, "big") + value for kind, value in tlvs)
        head = NEAREST_BRIDGE + port.hw_addr.to_bytes(6, "big") + ETH_TYPE_LLDP.to_bytes(2, "big")
        return (head + body).ljust(60, b"\0")

    def read(self, frame: bytes) -> tuple[int, int] | None:
        """The switch and port that one of our frames was sent out of; None for any other frame."""
        values = dict(_tlvs(frame[14:]))
        chassis, port = values.get(_CHASSIS_ID, b"")[1:], values.get(_PORT_ID, b"")[1:]
        expected = _OURS + self._signature(chassis + port)
        if not hmac.compare_digest(values.get(_ORGANIZATION, b""), expected):
            return None
        return int.from_bytes(chassis, "big"), int.from_bytes(port, "big")

    def _signature(self, place: bytes) -> bytes:
        return hmac.digest(self._key(), place, "sha256")[:16]

    def _key(self) -> bytes:
        if self._shared is None:
            return self._own_key
        key = self._shared.setdefault("key", self._own_key)
        return key if isinstance(key, bytes) else self._own_key


def _tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and value of each TLV, up to the end or to one that is cut off."""
    while len(data) >= 2:
        head = int.from_bytes(data[:2], "big")
        end = 2 + (head & 0x1FF)
        if head >> 9 == 0 or end > len(data):
            return
        yield head >> 9, data[2:end]
        data = data[end:]


def init(ctrl: Controller) -> Discovery:
    """Start the app."""
    return Discovery(ctrl)
