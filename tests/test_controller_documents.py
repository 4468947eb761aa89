"""The scripts that the documents about the controller show are run, on every version."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.l2 import ARP, Ether

import openflow as of
from controller import Controller, Settings
from controller.callbacks.base import MAX_TIMERS
from controller.callbacks.guard import MAX_RUNNING
from controller.callbacks.instead import instead_of
from controller.callbacks.posted import MAX_WAITING
from controller.script import load
from controller.switches import asks
from openflow.versions import SUPPORTED, Version
from tests.apps.network import BROADCAST, Network, mac
from tests.controller.fakes import FakeSwitch, attach, make_controller

DOCUMENTS = Path(__file__).parent.parent / "docs"
NAMES = ("controller.md", "membership.md", "porting.md")


def scripts(name: str) -> list[str]:
    """The blocks of Python in a document."""
    text = (DOCUMENTS / name).read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


SHOWN = {f"{name}-{number}": s for name in NAMES for number, s in enumerate(scripts(name))}
(FIREWALL,) = (script for script in scripts("../README.md") if "BLOCKED = " in script)
TESTS = {name: shown for name, shown in SHOWN.items() if "def test_" in shown}
SCRIPTS = {name: shown for name, shown in SHOWN.items() if name not in TESTS}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("version", SUPPORTED, ids=str)
def test_a_script_runs_and_nothing_in_it_fails(
    tmp_path: Path, script: str, version: Version
) -> None:
    path = tmp_path / "shown_script.py"
    path.write_text(script)

    class App:
        """Started with all that it requires."""

        @staticmethod
        def init(ctrl: Controller) -> None:
            with pytest.raises(StopIteration):
                ctrl.components.start(ctrl, [load(str(path))]).send(None)

    network = Network(App, version)
    network.link((1, 4), (2, 4))
    for dpid in (1, 2):
        network.add(dpid)
    network.talk((1, 1), mac(1), mac(2))
    network.shell.pass_time(10)
    assert not network.controller.counters


def test_the_gateway_answers_who_asks_for_it() -> None:
    (gateway,) = (s for s in SCRIPTS.values() if "GATEWAY" in s)
    namespace: dict[str, Any] = {}
    exec(gateway, namespace)
    controller, shell = make_controller()
    namespace["init"](controller)
    switch = FakeSwitch()
    asked = Ether(src=mac(1), dst=BROADCAST) / ARP(hwsrc=mac(1), psrc="10.0.0.1", pdst="10.0.0.254")
    attach(controller, shell, switch).send(of.PacketIn(in_port=3, data=bytes(asked)))
    shell.run()
    (sent,) = switch.of_type(of.PacketOut)
    answer = of.Packet(sent.data)
    assert sent.actions == [of.Output(3)]
    assert answer.arp_op == 2
    assert (answer.arp_spa, answer.arp_tpa) == (0x0A0000FE, 0x0A000001)
    assert answer.eth_dst == answer.arp_tha == 1


def test_the_test_of_the_firewall_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (test,) = TESTS.values()
    (tmp_path / "firewall.py").write_text(FIREWALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    namespace: dict[str, Any] = {}
    exec(test, namespace)
    for name in re.findall(r"^def (test_\w+)", test, re.MULTILINE):
        namespace[name]()
    del sys.modules["firewall"]


def test_the_ported_switch_learns() -> None:
    _, ported, _ = scripts("porting.md")
    namespace: dict[str, Any] = {}
    exec(ported, namespace)
    network = Network(type("App", (), {"init": staticmethod(namespace["init"])}))
    switch = network.add(1)
    assert len(network.talk((1, 1), mac(1), mac(2))) == 3
    assert network.talk((1, 2), mac(2), mac(1)) == {(1, 1)}
    assert [flow.match for flow in switch.flows][1:] == [
        of.Match(in_port=2, eth_dst=mac(1), eth_src=mac(2))
    ]


def test_the_ported_monitor_shows_what_switches_count(capsys: pytest.CaptureFixture[str]) -> None:
    *_, ported = scripts("porting.md")
    namespace: dict[str, Any] = {}
    exec(ported, namespace)
    network = Network(type("App", (), {"init": staticmethod(namespace["init"])}))
    port = of.PortStats(port_no=1, rx_packets=5, tx_packets=6)
    flow = of.FlowStats(priority=1, match=of.Match(in_port=1), packet_count=5, byte_count=300)
    answers = network.add(7).answers
    answers[of.PortStatsRequest] = lambda _: [of.PortStatsReply(body=[port])]
    answers[of.FlowStatsRequest] = lambda _: [of.FlowStatsReply(body=[flow])]
    network.shell.pass_time(10)
    assert capsys.readouterr().out == (
        "0000000000000007 in_port=1: 5 packets, 300 bytes\n0000000000000007 1: 5 received, 6 sent\n"
    )


def test_the_hint_that_is_shown_is_the_real_one() -> None:
    text = (DOCUMENTS / "porting.md").read_text("utf-8")
    with pytest.raises(AttributeError) as raised:
        of.PacketIn().msg  # type: ignore[attr-defined]  # noqa: B018
    assert f"AttributeError: {raised.value}\nHint: {instead_of(raised.value)}\n" in text


def test_the_sentence_about_what_cannot_be_said_is_the_real_one() -> None:
    with pytest.raises(of.Unsupported) as raised:
        of.encode(of.FlowMod(instructions=[of.GotoTable(1)]), of.V1_0)
    assert f"    {raised.value}\n" in (DOCUMENTS / "controller.md").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_files_that_a_document_links_to_exist(name: str) -> None:
    links = re.findall(r"\]\(([\w./]+)\)", (DOCUMENTS / name).read_text("utf-8"))
    assert links
    assert [link for link in links if not (DOCUMENTS / link).exists()] == []


def test_the_limits_are_the_real_ones() -> None:
    text = (DOCUMENTS / "controller.md").read_text("utf-8")
    limits = {
        "1,000 of its calls": MAX_RUNNING == 1000,
        "65,536 wait": MAX_WAITING == 65_536,
        "4,000 requests wait": asks.MAX_WAITING == 4000,
        "262,144 are pending": MAX_TIMERS == 262_144,
        "after 0.25 s": Settings().blocked_after_s == 0.25,
        "above 1 MiB": Settings().high_water == 1 << 20,
        "above 16 MiB": Settings().output_limit == 16 << 20,
    }
    assert [limit for limit, real in limits.items() if limit not in text or not real] == []
