"""What a running switch answers on its control socket: functions of texts that return plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from console.control import ControlError
from ofswitch.agent import DROPS as AGENT_DROPS
from ofswitch.agent import Agent, Session
from ofswitch.configuration import Address, Configuration
from ofswitch.datapath import DROPS as DATAPATH_DROPS
from ofswitch.datapath import Upcall
from ofswitch.frame import Frame
from ofswitch.listing import format_flow
from ofswitch.ports import DROPS as PORT_DROPS
from ofswitch.ports import Port, PortError
from ofswitch.runtime.dialling import Target
from ofswitch.runtime.forwarding import DROPS as THREAD_DROPS
from ofswitch.runtime.ports import PortSet
from ofswitch.trace.answer import Circumstances
from ofswitch.trace.answer import answer as answer_trace
from ofswitch.words.entries import parse_entries
from openflow import (
    V1_3,
    FlowStatsReply,
    OpenFlowError,
    PortConfig,
    PortDescStatsReply,
    PortDescStatsRequest,
    PortNo,
)
from openflow.addresses import format_mac

Result = dict[str, Any]


class Asked(Protocol):
    """The switch that answers."""

    configuration: Configuration
    agent: Agent
    ports: PortSet
    listeners: list[Address]
    targets: list[Target]
    started_at: float

    def now(self) -> float:
        """The time."""

    def add_port(self, spec: str) -> int:
        """Open a port and add it; returns its number. Raises PortError."""

    def delete_port(self, number: int) -> None:
        """Delete a port."""


def commands(switch: Asked) -> dict[str, Callable[..., Any]]:
    """Every command of one switch by name."""
    asked = _Commands(switch)
    return {
        "show": asked.show,
        "ports": asked.ports,
        "add_port": asked.add_port,
        "delete_port": asked.delete_port,
        "flows": asked.flows,
        "drops": asked.drops,
        "trace": asked.trace,
    }


class _Commands:
    def __init__(self, switch: Asked) -> None:
        self._switch = switch

    def show(self) -> Result:
        """The switch at a glance."""
        switch, agent = self._switch, self._switch.agent
        configuration = switch.configuration
        return {
            "name": configuration.name,
            "dpid": f"{configuration.dpid:016x}",
            "datapath": agent.identity.datapath,
            "versions": [version.text for version in sorted(configuration.versions)],
            "fail_mode": configuration.fail_mode.value,
            "standing_alone": agent.standing_alone,
            "uptime_s": round(switch.now() - switch.started_at, 3),
            "tables": agent.datapath.features().n_tables,
            "probe_interval_s": configuration.probe_interval_s,
            "generation_id": agent.election.generation_id,
            "controllers": [_target(target, switch.now()) for target in switch.targets],
            "listening": [address.listened_at for address in switch.listeners],
            "sessions": [_session(session, switch.now()) for session in agent.sessions],
            "refusals": dict(agent.refusals),
            "left_out": agent.inexpressible,
            "ports": self.ports(),
        }

    def ports(self) -> list[Result]:
        """Every port with its state, its counters, and what controllers have set of it."""
        switch = self._switch
        told = switch.agent.datapath.query(PortDescStatsRequest(), V1_3, switch.now())
        assert isinstance(told, PortDescStatsReply)
        config = {desc.port_no: PortConfig(desc.config) for desc in told.body}
        return [_port(number, port, config[number]) for number, port in switch.ports]

    def add_port(self, spec: str) -> Result:
        """Open a port and add it."""
        try:
            number = self._switch.add_port(spec)
        except PortError as error:
            raise ControlError(str(error)) from None
        port = self._switch.ports.get(number)
        assert port is not None
        return {"port_no": number, "name": port.name}

    def delete_port(self, port: str) -> Result:
        """Delete a port, named or numbered."""
        number = self._number(port)
        found = self._switch.ports.get(number)
        assert found is not None
        self._switch.delete_port(number)
        return {"port_no": number, "name": found.name}

    def flows(self, which: str) -> list[str]:
        """The flow entries that are meant (`ofswitch.words.entries`), a line each."""
        try:
            request = parse_entries(which).asked(self._port_no)
            reply = self._switch.agent.datapath.query(request, V1_3, self._switch.now())
        except (ValueError, OpenFlowError) as error:
            raise ControlError(str(error)) from None
        assert isinstance(reply, FlowStatsReply)
        return [format_flow(entry) for entry in reply.body]

    def drops(self) -> list[Result]:
        """Every name under which packets were lost, with where, how many, and why."""
        agent = self._switch.agent
        found = [
            *_drops("datapath", agent.datapath.drops, DATAPATH_DROPS),
            *_drops("agent", agent.drops, AGENT_DROPS),
        ]
        forwarding = self._switch.ports.forwarding
        if forwarding is not None:
            found += _drops("threads", forwarding.drops, THREAD_DROPS)
        for _, port in self._switch.ports:
            meanings = {name: drop.meaning for name, drop in PORT_DROPS.items()}
            found += _drops(port.name, port.counters.drops, meanings)
        return found

    def trace(self, in_port: str, frame: str) -> Result:
        """What would become of a frame, in hexadecimal, that comes in on a port, named or numbered."""
        try:
            data = bytes.fromhex(frame)
        except ValueError:
            raise ControlError("the frame is not in hexadecimal") from None
        datapath, now = self._switch.agent.datapath, self._switch.now()
        trace = datapath.trace(self._number(in_port), Frame(data), now)
        return answer_trace(trace, Frame(data), Circumstances(self._name, self._hearers, now))

    def _number(self, port: str) -> int:
        """The number of a port that is named or numbered."""
        number = self._switch.ports.find(port)
        if number is None:
            names = ", ".join(f"{one.name} ({no})" for no, one in self._switch.ports) or "none"
            raise ControlError(f"there is no port {port}; there are: {names}")
        return number

    def _port_no(self, port: str) -> int:
        """The number of a port that entries name: one of the switch's, a reserved one, or any number."""
        name = port.upper()
        if name in PortNo.__members__ and self._switch.ports.find(port) is None:
            return PortNo[name]
        return int(port) if _is_port_no(port) else self._number(port)

    def _name(self, port_no: int) -> str:
        port = self._switch.ports.get(port_no)
        return str(port_no) if port is None else port.name

    def _hearers(self, upcall: Upcall) -> list[str]:
        return [session.peer for session in self._switch.agent.hearers(upcall)]


def _is_port_no(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= PortNo.ANY


def _drops(where: str, counts: Counter[str], meanings: dict[str, str]) -> list[Result]:
    return [
        {"where": where, "name": name, "count": count, "meaning": meanings.get(name, "")}
        for name, count in sorted(counts.items())
        if count
    ]


def _port(number: int, port: Port, config: PortConfig) -> Result:
    counters = port.counters
    return {
        "port_no": number,
        "name": port.name,
        "kind": port.kind,
        "hw_addr": format_mac(port.hw_addr),
        "link_up": port.link_up(),
        "rx_packets": counters.rx_packets,
        "rx_bytes": counters.rx_bytes,
        "rx_dropped": counters.rx_dropped + counters.rx_errors,
        "tx_packets": counters.tx_packets,
        "tx_bytes": counters.tx_bytes,
        "tx_dropped": counters.tx_dropped + counters.tx_errors,
        "config": [str(bit.name).lower() for bit in config],
    }


def _target(target: Target, now: float) -> Result:
    return {
        "target": str(target),
        "connected": target.connected,
        "for_s": round(now - target.since, 3),
        "reason": target.reason,
        "attempts": target.attempts,
        "tls": target.tls,
    }


def _session(session: Session, now: float) -> Result:
    return {
        "peer": session.peer,
        "version": session.version.text if session.ready else None,
        "closed": session.closed,
        "role": session.role.name.lower(),
        "role_for_s": round(now - session.role_since, 3),
        "for_s": round(now - session.since, 3),
        "controller_id": session.controller_id,
        "refusals": dict(session.refusals),
        "dialled": session.dialled,
        "in_control": session.in_control,
        "queued_bytes": session.queued,
    }
