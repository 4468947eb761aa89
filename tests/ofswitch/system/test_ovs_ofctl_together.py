"""ovs-ofctl's bundles and flow monitors against our switch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.waiting import wait_until
from tests.ofswitch.system.switches import RunningSwitch, running_switch
from tests.ofswitch.system.test_ovs_ofctl import OvsOfctl, pytestmark

__all__ = ["pytestmark"]

BOTH = [
    "priority=20,in_port=1 actions=output:2",
    "priority=10,ip,nw_dst=10.0.0.0/8 actions=output:1",
]


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[RunningSwitch]:
    """A fail-secure switch with two ports that nobody uses."""
    ports = ["--port", "memory:one", "--port", "memory:two"]
    options = ["--listen", "ptcp:0:127.0.0.1", "--fail-mode", "secure", "--tables", "5"]
    with running_switch("agb-s1", tmp_path, *ports, *options) as switch:
        yield switch
        assert "Traceback" not in switch.log()


@pytest.fixture(params=["OpenFlow10", "OpenFlow13"])
def ofctl(switch: RunningSwitch, request: pytest.FixtureRequest) -> OvsOfctl:
    """The tool, once on each version."""
    return OvsOfctl(switch, request.param)


@pytest.fixture
def new(switch: RunningSwitch) -> OvsOfctl:
    """The tool on 1.3: its bundles need that, at least."""
    return OvsOfctl(switch, "OpenFlow13")


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Two flow entries in a file."""
    listed = tmp_path / "flows"
    listed.write_text("\n".join(one.replace(" actions", ",actions") for one in BOTH))
    return listed


def test_flows_are_added_and_replaced_together(new: OvsOfctl, listed: Path) -> None:
    new("add-flow", "priority=1,actions=drop")
    new("--bundle add-flows", str(listed))
    assert new.flows() == [*(f"table=0, {one}" for one in BOTH), "table=0, priority=1 actions=drop"]
    new("--bundle replace-flows", str(listed))
    assert new.flows() == [f"table=0, {one}" for one in BOTH]
    assert new("--bundle diff-flows", str(listed)) == ""
    new("--bundle mod-flows", "actions=output:1")
    new("--bundle del-flows", "in_port=1")
    assert new.flows() == ["table=0, priority=10,ip,nw_dst=10.0.0.0/8 actions=output:1"]


def test_two_thousand_flows_are_one_change(new: OvsOfctl, tmp_path: Path) -> None:
    lines = [
        f"priority=5,dl_src=02:00:00:00:{n >> 8:02x}:{n & 255:02x},actions=output:2"
        for n in range(2000)
    ]
    listed = tmp_path / "flows"
    listed.write_text("\n".join(lines))
    new("--bundle add-flows", str(listed))
    assert len(new.flows()) == 2000
    listed.write_text("\n".join(lines[:500]))
    new("--bundle replace-flows", str(listed))
    assert len(new.flows()) == 500


def test_one_bad_flow_spoils_them_all(new: OvsOfctl, listed: Path) -> None:
    new("add-flow", "priority=1,actions=drop")
    listed.write_text(f"{listed.read_text()}\npriority=7,actions=group:77\n")
    status, output = new.try_("--bundle add-flows", str(listed))
    assert status == 1
    assert re.search(
        "OFPBAC_BAD_OUT_GROUP for: OFPT_FLOW_MOD .*priority=7 actions=group:77", output
    )
    assert "OFPBFC_MSG_FAILED for: ONFT_BUNDLE_CONTROL" in output
    assert new.flows() == ["table=0, priority=1 actions=drop"]


def test_groups_and_flows_in_the_order_in_which_they_need_each_other(
    new: OvsOfctl, tmp_path: Path
) -> None:
    groups, mixed = tmp_path / "groups", tmp_path / "mixed"
    groups.write_text(
        "group_id=1,type=all,bucket=actions=output:1\ngroup_id=2,type=all,bucket=actions=group:1\n"
    )
    new("--bundle add-groups", str(groups))
    assert new("dump-groups").count("group_id=") == 2
    lines = [
        "group add group_id=3,type=all,bucket=actions=output:2",
        "flow add priority=5,actions=group:3",
        "group delete group_id=2",
    ]
    mixed.write_text("\n".join(lines))
    new("bundle", str(mixed))
    assert new.flows() == ["table=0, priority=5 actions=group:3"]
    assert "group_id=2" not in new("dump-groups")
    new("--bundle del-groups")
    assert new.flows() == []
    mixed.write_text("\n".join(reversed(lines)))
    assert "OFPBFC_MSG_FAILED" in new.try_("bundle", str(mixed))[1]
    assert new("dump-groups").count("group_id=") == 0


def test_a_port_is_configured_in_a_bundle(new: OvsOfctl) -> None:
    new("--bundle mod-port", "1", "down")
    assert "PORT_DOWN" in new("show")
    new("--bundle mod-port", "1", "up")
    assert "PORT_DOWN" not in new("show")


def test_a_monitor_shows_how_flows_change(ofctl: OvsOfctl, tmp_path: Path) -> None:
    log = tmp_path / "monitor"
    ofctl("add-flow", "priority=5,in_port=1,cookie=3,actions=output:2")
    with ofctl.monitor(log, "watch:") as monitor:
        wait_until(lambda: "event=ADDED" in log.read_text(), "the entry that was there")
        ofctl("add-flow", "ip,dl_vlan=5,dl_vlan_pcp=3,nw_src=10.0.0.0/8,nw_tos=8,actions=output:1")
        ofctl("mod-flows", "in_port=1,cookie=3,actions=output:1")
        ofctl("del-flows", "ip")
        ofctl("add-flow", "priority=6,idle_timeout=1,in_port=2,actions=output:1")
        wait_until(lambda: "reason=idle" in log.read_text(), "the time-out")
        monitor.terminate()
    fields = "ip,dl_vlan=5,dl_vlan_pcp=3,nw_src=10.0.0.0/8,nw_tos=8"
    assert re.findall(r"^ (event=.*)$", log.read_text(), re.MULTILINE) == [
        "event=ADDED table=0 cookie=0x3 in_port=1 actions=output:2",
        f"event=ADDED table=0 cookie=0 {fields} actions=output:1",
        "event=MODIFIED table=0 cookie=0x3 in_port=1 actions=output:1",
        f"event=DELETED reason=delete table=0 cookie=0 {fields} actions=output:1",
        "event=ADDED table=0 idle_timeout=1 cookie=0 in_port=2 actions=output:1",
        "event=DELETED reason=idle table=0 idle_timeout=1 cookie=0 in_port=2 actions=output:1",
    ]


def test_the_tool_needs_no_other_version_for_tables_cookies_and_ipv6(
    switch: RunningSwitch, listed: Path
) -> None:
    old = OvsOfctl(switch, "OpenFlow10")
    old("add-flow", "table=1,priority=4,in_port=1,actions=output:2")
    listed.write_text(
        "cookie=7,tcp6,ipv6_src=fe80::/16,tp_dst=80,actions=output:1\n"
        "cookie=8,icmp,nw_tos=4,vlan_tci=0x1000/0x1000,actions=output:2\n"
    )
    old("add-flows", str(listed))
    assert old.flows("table=1") == ["table=1, priority=4,in_port=1 actions=output:2"]
    assert old.flows("cookie=7/-1") == [
        "cookie=0x7, table=0, tcp6,ipv6_src=fe80::/16,tp_dst=80 actions=output:1"
    ]
    old("mod-flows", "cookie=8/-1,actions=output:1")
    old("del-flows", "cookie=7/-1")
    assert old.flows("table=0") == [
        "cookie=0x8, table=0, icmp,vlan_tci=0x1000/0x1000,nw_tos=4 actions=output:1"
    ]
    old("del-flows", "table=1")
    assert "flow_count=1" in old("dump-aggregate", "table=0")
    assert len(old.flows()) == 1
