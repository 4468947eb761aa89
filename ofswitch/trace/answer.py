"""A trace as plain values, as a switch answers it on its control socket and `ofswitch trace --json` prints it.

    {"packet": "in_port=1,eth_dst=...", "frame": "0000...", "steps": [...],
     "outputs": [{"output": 2, "name": "s1-h2", "queue": 0, "frame": "0000..."}],
     "controllers": ["tcp:10.0.0.9:6653"],
     "drop": {"where": "datapath", "name": "table_miss", "meaning": "matched no entry of ..."} or null,
     "summary": "dropped: table_miss"}

A step has one of the keys `arrival`, `table` (with its `entry` in the manner of `ofswitch flows`, or null
and the `nearest` ones, with the fields in which the packet differs), `action`, `instruction`, `action_set`,
`bucket`; what it `changes`, {field: [before, after]}; its `results`, each one of `output`, `controller`,
`lost`; and the `steps` that it consists of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ofswitch.agent import DROPS as AGENT_DROPS
from ofswitch.datapath import DROPS, Transmit, Upcall
from ofswitch.datapath.action_set import ActionSet
from ofswitch.datapath.key import Key
from ofswitch.datapath.rehearsal import (
    Arrival,
    Change,
    Chosen,
    Lost,
    Met,
    Near,
    Outcome,
    Step,
    Trace,
)
from ofswitch.frame import Frame
from ofswitch.listing import format_action, format_actions, format_flow, format_instruction
from openflow import Action, GroupType, Instruction, PacketInReason
from openflow.fields import FIELDS

Value = dict[str, Any]

MOST_NAMED = 4
"""Ports that a summary names; of more it tells the number."""


class Circumstances(NamedTuple):
    """What a trace is told with: the names of ports, who hears of a packet, the time."""

    name_of: Callable[[int], str]
    hearers: Callable[[Upcall], list[str]]
    now: float


def answer(trace: Trace, frame: Frame, around: Circumstances) -> Value:
    """Say as plain values what has become of a packet."""
    sent = [one for one in trace.effects if isinstance(one, Transmit)]
    told = [one for one in trace.effects if isinstance(one, Upcall)]
    hearers = list(dict.fromkeys(name for one in told for name in around.hearers(one)))
    outputs = [_output(one, around) | {"frame": one.frame.data.hex()} for one in sent]
    drop = _drop("datapath", trace.drop, DROPS)
    if drop is None and not sent and not hearers:
        drop = _drop("agent", "no_controller", AGENT_DROPS)
    return {
        "packet": format_fields(trace.fields),
        "frame": frame.data.hex(),
        "steps": _steps(trace.arrival, around),
        "outputs": outputs,
        "controllers": hearers,
        "drop": drop,
        "summary": _summary(outputs, hearers, drop),
    }


def format_fields(fields: Key) -> str:
    """A packet's fields, as `ofswitch.words.packets` reads them, and but for some that are zero."""
    shown = [name for name in FIELDS if name in fields and name not in _PIPELINE]
    shown = ["in_port", *shown, *(name for name in fields if name not in FIELDS)]
    shown = [name for name in shown if fields[name] or name not in _ZERO_GOES_WITHOUT_SAYING]
    return ",".join(f"{name}={_value(name, fields[name])}" for name in shown)


_ZERO_GOES_WITHOUT_SAYING = frozenset(
    {"vlan_vid", "ip_dscp", "ip_ecn", "ipv6_flabel", "ipv6_exthdr"}
)
_PIPELINE = frozenset({"in_port", "in_phy_port", "metadata", "tunnel_id"})


def _steps(step: Step, around: Circumstances) -> list[Value]:
    """What a step consists of; what befell the packet on arrival comes first."""
    arrival = [_step(step, around)] if isinstance(step.what, Arrival) and step.outcomes else []
    return arrival or [_step(one, around) for one in step.steps]


def _step(step: Step, around: Circumstances) -> Value:
    return {
        **_what(step.what, around),
        "changes": _changes(step.changes),
        "edited": step.edited,
        "results": [one for outcome in step.outcomes for one in _results(outcome, around)],
        "steps": [_step(one, around) for one in step.steps],
    }


def _what(what: object, around: Circumstances) -> Value:
    match what:
        case Met(table_id, entry, entries, nearest):
            line = None if entry is None else format_flow(entry.stats(around.now))
            near = [_near(one, around.now) for one in nearest]
            return {"table": table_id, "entry": line, "entries": entries, "nearest": near}
        case Chosen(group, place):
            return {
                "bucket": place + 1,
                "buckets": len(group.buckets),
                "group": group.group_id,
                "type": GroupType(group.type).name.lower(),
            }
        case ActionSet():
            return {"action_set": format_actions(what.in_order())}
        case Action():
            return {"action": format_action(what)}
        case Instruction():
            return {"instruction": format_instruction(what)}
        case Arrival(in_port):
            return {"arrival": in_port, "name": around.name_of(in_port)}
    raise TypeError(f"nothing that is done to a packet: {what}")


def _near(near: Near, now: float) -> Value:
    differs = {
        name: None if value is None else _value(name, value) for name, value in near.differs.items()
    }
    return {"entry": format_flow(near.entry.stats(now)), "differs": differs}


def _changes(changes: Mapping[str, Change]) -> dict[str, list[str | None]]:
    return {
        name: [None if value is None else _value(name, value) for value in change]
        for name, change in changes.items()
    }


def _value(name: str, value: int) -> str:
    return FIELDS[name].format(value) if name in FIELDS else str(value)


def _results(outcome: Outcome, around: Circumstances) -> list[Value]:
    match outcome:
        case Transmit():
            return [_output(outcome, around)]
        case Upcall():
            return _upcall(outcome, around.hearers(outcome))
        case Lost(name):
            return [{"lost": name, "meaning": DROPS[name]}]
    raise TypeError(f"nothing that a packet leads to: {outcome}")


def _upcall(upcall: Upcall, hearers: list[str]) -> list[Value]:
    """Who is shown the packet; that nobody is counts as a loss only where somebody should be."""
    if hearers:
        reason = PacketInReason(upcall.reason).name.lower()
        return [{"controller": reason, "to": hearers, "max_len": upcall.max_len}]
    if upcall.miss or upcall.reason == PacketInReason.INVALID_TTL:
        return []
    return [{"lost": "no_controller", "meaning": AGENT_DROPS["no_controller"]}]


def _output(effect: Transmit, around: Circumstances) -> Value:
    name = around.name_of(effect.port_no)
    return {"output": effect.port_no, "name": name, "queue": effect.queue_id}


def _drop(where: str, name: str | None, meanings: Mapping[str, str]) -> Value | None:
    return None if name is None else {"where": where, "name": name, "meaning": meanings[name]}


def _summary(outputs: list[Value], hearers: list[str], drop: Value | None) -> str:
    controller = "to the controller" if len(hearers) == 1 else "to the controllers"
    if drop is not None:
        shown = f", and shown {controller}" if hearers else ""
        return f"dropped: {drop['name']}{shown}"
    if not outputs:
        return controller
    ports = dict.fromkeys(f"{one['name']} ({one['output']})" for one in outputs)
    where = _and(ports) if len(ports) <= MOST_NAMED else f"{len(ports)} ports"
    return f"forwarded to {where}" + (f", and {controller}" if hearers else "")


def _and(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
