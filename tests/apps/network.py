"""A network of fake switches in the process: enough of a flow table to see what an app does with it.

Frames move at once and in order; time is the controller's test clock. Each host keeps what reached it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import openflow as of
from controller import Controller, Settings
from openflow.addresses import format_mac, parse_mac
from openflow.versions import V1_0, V1_3, Version
from tests.controller.fakes import Cable, FakeSwitch, attach, make_controller

FLOOD_PORTS = (of.PortNo.FLOOD, of.PortNo.ALL)
BROADCAST = "ff:ff:ff:ff:ff:ff"


def ethernet(dst: str, src: str, payload: bytes = b"", vlan: int | None = None) -> bytes:
    """A frame with an experimental type."""
    tag = b"" if vlan is None else b"\x81\x00" + vlan.to_bytes(2, "big")
    head = parse_mac(dst).to_bytes(6, "big") + parse_mac(src).to_bytes(6, "big")
    return head + tag + b"\x88\xb5" + payload.ljust(46, b"\0")


class SimSwitch(FakeSwitch):
    """A fake switch with one flow table, and buffers if it is to have them."""

    def __init__(self, dpid: int, version: Version = V1_3, n_ports: int = 4) -> None:
        super().__init__(dpid, version, n_ports)
        self.flows: list[of.FlowMod] = []
        self.buffers: dict[int, tuple[bytes, int]] = {}
        self.buffering = False
        self.packet_ins = 0
        self.sent: deque[tuple[int, bytes]] = deque()
        """Frames that left, and by which port; the network takes them on."""
        self.cable: Cable
        self.answers[of.FlowMod] = self._flow_mod
        self.answers[of.PacketOut] = self._packet_out

    def receive(self, port_no: int, frame: bytes) -> None:
        """Take a frame through the flow table."""
        key = of.Packet(frame).fields() | {"in_port": port_no}
        found = [flow for flow in self.flows if _covers(flow.match, key)]
        if found:
            self._do(_actions(max(found, key=lambda flow: flow.priority)), port_no, frame)
        elif self.version == V1_0:
            self._send_up(port_no, frame, of.PacketInReason.NO_MATCH)

    def _flow_mod(self, mod: of.FlowMod) -> list[of.Message]:
        if mod.command == of.FlowModCommand.DELETE:
            self.flows = [flow for flow in self.flows if not _deleted(flow, mod)]
            return []
        strictly = mod.command == of.FlowModCommand.DELETE_STRICT
        same = [f for f in self.flows if f.match == mod.match and f.priority == mod.priority]
        self.flows = [flow for flow in self.flows if flow not in same] + [mod] * (not strictly)
        if mod.buffer_id != of.NO_BUFFER:
            frame, in_port = self.buffers.pop(mod.buffer_id)
            self.receive(in_port, frame)
        return []

    def _packet_out(self, out: of.PacketOut) -> list[of.Message]:
        if out.buffer_id == of.NO_BUFFER:
            self._do(out.actions, out.in_port, out.data)
        else:
            assert not out.data
            frame, in_port = self.buffers.pop(out.buffer_id)
            self._do(out.actions, in_port, frame)
        return []

    def _do(self, actions: Sequence[of.Action], in_port: int, frame: bytes) -> None:
        for action in actions:
            if isinstance(action, of.MeterAction):
                continue  # meters let all through here
            assert isinstance(action, of.Output)
            if action.port == of.PortNo.CONTROLLER:
                self._send_up(in_port, frame, of.PacketInReason.ACTION)
            elif action.port in FLOOD_PORTS:
                others = [port.port_no for port in self.ports if port.port_no != in_port]
                self.sent.extend((port_no, frame) for port_no in others)
            elif action.port != in_port:
                self.sent.append((action.port, frame))

    def _send_up(self, in_port: int, frame: bytes, reason: int) -> None:
        self.packet_ins += 1
        message = of.PacketIn(in_port=in_port, reason=reason, total_len=len(frame), data=frame)
        if self.buffering:
            message.buffer_id = self.packet_ins
            self.buffers[message.buffer_id] = (frame, in_port)
        self.cable.send(message)


def _actions(flow: of.FlowMod) -> list[of.Action]:
    return [a for i in flow.instructions if isinstance(i, of.ApplyActions) for a in i.actions]


def _covers(match: of.Match, key: dict[str, int]) -> bool:
    return all(
        name in key and key[name] & match.masked(name)[1] == match.masked(name)[0] for name in match
    )


def _deleted(flow: of.FlowMod, mod: of.FlowMod) -> bool:
    to_port = [a.port for a in _actions(flow) if isinstance(a, of.Output)]
    in_filter = mod.out_port == of.PortNo.ANY or mod.out_port in to_port
    return in_filter and all(flow.match.get(name) == mod.match[name] for name in mod.match)


class Network:
    """Switches, links between their ports, and hosts at the ports that are left."""

    def __init__(self, app: Any, version: Version = V1_3, settings: Settings | None = None) -> None:
        self.controller, self.shell = make_controller(settings)
        self.app = app
        self.version = version
        self.switches: dict[int, SimSwitch] = {}
        self.links: dict[tuple[int, int], tuple[int, int]] = {}
        self.heard: dict[tuple[int, int], list[bytes]] = {}
        app.init(self.controller)

    def add(self, dpid: int, n_ports: int = 4, *, buffering: bool = False) -> SimSwitch:
        """Connect a switch with the controller."""
        switch = SimSwitch(dpid, self.version, n_ports)
        switch.buffering = buffering
        self.switches[dpid] = switch
        switch.cable = attach(self.controller, self.shell, switch)
        return switch

    def link(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        """Join two ports, each given as datapath id and port number."""
        self.links[one], self.links[other] = other, one

    def send(self, at: tuple[int, int], frame: bytes) -> set[tuple[int, int]]:
        """Have a host send a frame; return the ports at which it left the network."""
        self.heard.clear()
        dpid, port_no = at
        self.switches[dpid].receive(port_no, frame)
        self.settle()
        return {place for place, frames in self.heard.items() if frame in frames}

    def talk(self, at: tuple[int, int], src: str, dst: str) -> set[tuple[int, int]]:
        """Have a host send a frame with these addresses."""
        return self.send(at, ethernet(dst, src))

    def settle(self) -> None:
        """Move frames and messages until none is left."""
        self.shell.run()
        while pending := [(dpid, s) for dpid, s in self.switches.items() if s.sent]:
            for dpid, switch in pending:
                while switch.sent:
                    self._carry(dpid, *switch.sent.popleft())
            self.shell.run()

    def _carry(self, dpid: int, port_no: int, frame: bytes) -> None:
        far = self.links.get((dpid, port_no))
        if far is None:
            self.heard.setdefault((dpid, port_no), []).append(frame)
        else:
            self.switches[far[0]].receive(far[1], frame)


def mac(number: int) -> str:
    """The address of a host with this number."""
    return format_mac(number)


__all__ = ["BROADCAST", "Controller", "Network", "SimSwitch", "ethernet", "mac"]
