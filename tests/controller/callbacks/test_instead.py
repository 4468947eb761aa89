"""Who writes what is right in Ryu or POX is told what to write here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import openflow as of
from controller import Event, Timer
from controller.callbacks import habits
from controller.callbacks.instead import instead_of
from controller.script import ScriptError, load
from openflow.packet import Packet
from tests.controller.fakes import FakeSwitch, attach, make_controller
from tests.frames import FRAMES

FRAME = FRAMES["IPv4 TCP"]

JOINING: dict[str, str] = {
    "event.msg.datapath": "the switch is event.switch",
    "event.connection.send(of.FlowMod())": "the switch is event.switch",
    "[port.name for port in event.ports]": "switch.ports[number]",
    "event.ports[1].no": "port.port_no",
    "event.state": "DATAPATH_LEAVE that it is gone",
    "event.switch.send_msg(of.FlowMod())": "switch.send(message)",
    "event.switch.ofproto_parser": "parser.OFPFlowMod is openflow.FlowMod",
    "ctrl.send_msg(of.FlowMod())": "ctrl.send(dpid, message)",
    "ctrl.send(of.FlowMod())": "ctrl.send(dpid, message)",
    "ctrl.addListeners(ctrl)": "ctrl.register_cb(Event.PACKET_IN, fn)",
    "Timer(5, print, recurring=True)": "ctrl.post_callback(seconds, fn)",
    "ctrl.switch(dpid).request(of.FlowStatsRequest()).body": "reply = await switch.request",
    "of.FlowMod(datapath=dpid)": "ctrl.send(dpid, message)",
    "of.FlowMod(actions=[of.Output(1)])": "[ApplyActions(actions)]",
    "of.ApplyActions(4, [of.Output(1)])": "it is ApplyActions(actions)",
    "of.PortStatsRequest(dpid, 0, 1)": "it is PortStatsRequest(port_no)",
    "of.PortStatsRequest(datapath=dpid)": "ctrl.send(dpid, message)",
    "ctrl.send(dpid, of.FlowStatsRequest(event.switch))": "ctrl.send(dpid, message)",
    "ctrl.send(dpid, of.FlowStatsRequest(None))": "",
    "of.Output(ports=1)": "it is Output(port, max_len)",
    "of.SetField(eth_dst=1)": "SetField('eth_dst', ",
    "of.FlowMod().actions.append(of.Output(1))": "[ApplyActions(actions)]",
    "setattr(of.FlowMod(), 'actions', [])": "[ApplyActions(actions)]",
    "of.PortNo.OFPP_FLOOD": "PortNo.FLOOD",
    "of.FLOOD": "",
    "FlowMod()": "from openflow import FlowMod",
    "STOP": "from controller import STOP",
    "dpid_to_str(dpid)": "f'{dpid:016x}'",
    "get_link(ctrl)": "discovery",
    "Response()": "asyncio.start_server",
    "of.PortStatus().added": "PortReason.ADD",
    "of.PortStatus().port": "event.desc",
    "of.PortNo.FLOD": "PortNo.FLOOD",
    "of.FlowModFlags.SEND_FLOW_REMOVED": "FlowModFlags.SEND_FLOW_REM",
    "of.ErrorMsg().type": "event.error",
    "of.FlowStats().actions": "in its instructions",
    "of.Match(eth_src=1).dl_src": "match.get('eth_src')",
    "setattr(of.Match(), 'in_port', 1)": "Match(in_port=...)",
    "of.Match().update(nw_src=1)": "",
    "ctrl.nonsense": "",
    "of.PortNo.ZZZ": "",
    "SimpleNamespace().msg": "",
    "setattr(object(), 'msg', 1)": "",
    "ctrl(1)": "",
}
"""What somebody does when a switch joins, and what is said then."""

PACKET_IN: dict[str, str] = {
    "event.msg": "the event is the message itself",
    "event.ofp": "the event is the message itself",
    "event.datapath": "ctrl.switch(dpid) is the switch",
    "event.dpid": "second argument",
    "event.parsed": "event.packet",
    "event.port": "event.in_port",
    "event.packet.src": "packet.eth_src",
    "event.packet.ip_src": "packet.ipv4_src or packet.arp_spa",
    "event.packet.find('ipv4')": "packet.eth_src",
    "event.packet['ipv4']": "packet.eth_src",
    "event.packet.eth_dst.is_multicast": "mac & openflow.addresses.MULTICAST_BIT",
    "event.packet.eth_dst.isBridgeFiltered()": "addresses are ints",
    "event.packet.eth_dst.toStr()": "format_mac",
    "event.packet.LLDP_TYPE": "0x88CC",
    "of.Match.from_packet(event.packet)": "ctrl.switch(dpid).version",
    "of.Match.from_packet(event, of.V1_3)": "event.packet.fields()",
    "event.packet.eth_src.startswith('00:')": "format_mac",
    "bytes(event.packet)": "event.data",
    "packet.Packet(event.data)": "event.scapy()",
    "of.Packet(event)": "event.packet already",
    "of.Packet(event.packet)": "event.packet already",
    "event.packet.srcip": "packet.ipv4_src",
    "event.packet.protodst": "packet.arp_tpa",
    "event.packet.ipv4_src.inNetwork('10.0.0.0/8')": "parse_ipv4",
    "ctrl.send(dpid, of.PacketOut(data=event.scapy()))": "bytes(frame)",
    "len(event.packet)": "event.data",
    "event.msg_len": "len(event.data)",
    "return EventHalt": "STOP",
    "ctrl.send(dpid, of.PacketOut(data=event))": "event.data",
    "ctrl.send(dpid, of.PacketOut(data=event.packet))": "event.data",
    "event.match.__setitem__": "",
}
"""The same for packet-ins."""


def said(statement: str, event: Any, log: pytest.LogCaptureFixture, *sent: of.Message) -> str:
    """The last line of what the log shows when a callback does this."""
    names: dict[str, Any] = {"of": of, "SimpleNamespace": SimpleNamespace, "Timer": Timer}
    exec(f"def callback(ctrl, dpid, event): {statement}", names)
    controller, shell = make_controller()
    controller.register_cb(event, names["callback"])
    cable = attach(controller, shell, FakeSwitch(7))
    cable.send(*sent)
    shell.run()
    (record,) = (r for r in log.records if r.name == "controller.callbacks.guard")
    return record.getMessage().splitlines()[-1]


def check(line: str, hint: str) -> None:
    assert line.startswith("Hint: ") == bool(hint), line
    assert hint in line


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize(("statement", "hint"), JOINING.items(), ids=JOINING)
def test_at_a_switch_that_joins(
    statement: str, hint: str, caplog: pytest.LogCaptureFixture
) -> None:
    check(said(statement, Event.DATAPATH_JOIN, caplog), hint)


@pytest.mark.parametrize(("statement", "hint"), PACKET_IN.items(), ids=PACKET_IN)
def test_at_a_packet_in(statement: str, hint: str, caplog: pytest.LogCaptureFixture) -> None:
    sent = of.PacketIn(total_len=len(FRAME), in_port=1, data=FRAME)
    check(said(statement, Event.PACKET_IN, caplog, sent), hint)


@pytest.mark.parametrize("packet", [of.Packet(FRAME), Packet(FRAME)], ids=["chosen", "Python's"])
def test_packets_of_both_engines_are_known(packet: Any) -> None:
    for wrong in (lambda: packet.find("ipv4"), lambda: packet["ipv4"]):
        assert "packet.eth_src" in hint_at(wrong)


def test_who_sends_in_the_wrong_order_is_told_the_right_one() -> None:
    controller, _ = make_controller()
    message: Any = of.FlowMod()
    with pytest.raises(TypeError, match=r"not FlowMod.*; ctrl.send\(dpid, message\) has it first"):
        controller.send(message, 7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("from openflow import OFPFlowMod", "(did you mean openflow.FlowMod?)"),
        ("from openflow import OFPP_FLOOD", "(did you mean openflow.PortNo.FLOOD?)"),
        ("from ryu.base import app_manager", "(docs/porting.md says"),
        ("import openflow.libopenflow_01 as of", "(docs/porting.md says"),
        ("from controller import set_ev_cls", "(ctrl.register_cb(Event.PACKET_IN, fn)"),
        ("from openflow import Event", "(from controller import Event)"),
        ("from controller import PacketIn", "(from openflow import PacketIn)"),
        ("from controller import lib", "(docs/porting.md says"),
        ("from json import hub", "__init__.py)\n"),
        ("thread = hub.spawn(None)", "(ctrl.post_callback(seconds, fn)"),
        ("nonsense.spawn(None)", "is not defined\n"),
        ("import no_such_module", "'no_such_module'\n"),
    ],
)
def test_a_script_that_begins_with_what_there_is_elsewhere(
    line: str, hint: str, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{line}\n")
    with pytest.raises(ScriptError) as refused:
        load(str(script))
    assert hint in str(refused.value)


def test_an_init_that_does_what_it_does_elsewhere(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("def init(ctrl):\n    ctrl.addListenerByName('PacketIn', print)\n")
    with pytest.raises(ScriptError, match=r"\(ctrl.register_cb\(Event.PACKET_IN, fn\)"):
        load(str(script)).init(make_controller()[0])


def test_an_error_that_says_nothing_or_something_odd_has_no_hint() -> None:
    class Odd(AttributeError):
        def __str__(self) -> str:
            raise ValueError

    odd = (Odd(), Odd(5), TypeError(), TypeError(b""), ImportError(), ImportError(name="x"))
    assert [instead_of(error) for error in odd] == [""] * len(odd)


def test_who_has_no_scapy_is_told_how_to_get_it() -> None:
    assert "pip install scapy" in instead_of(ImportError("no", name="scapy.layers.l2"))


def test_the_classes_that_hints_are_for_are_there() -> None:
    ours = {**vars(of), **vars(__import__("controller")), "coroutine": 0, "int": 0}
    assert set(" ".join([*habits.ATTRIBUTES, *habits.ARGUMENTS]).split()) <= ours.keys()


def hint_at(wrong: Callable[[], Any]) -> str:
    with pytest.raises((AttributeError, TypeError)) as refused:
        wrong()
    return instead_of(refused.value)
