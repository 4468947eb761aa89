"""Open vSwitch's command-line tool against our switch, on OpenFlow 1.0 and 1.3."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ofswitch import native
from ofswitch.runtime.datapaths import NATIVE_ENTRIES
from tests.kernel.waiting import TIMEOUT_S, wait_until
from tests.needs import needs
from tests.ofswitch.system.switches import TAP, RunningSwitch, running_switch

pytestmark = [pytest.mark.system, needs("ovs-ofctl")]

ETHERNET = "ffffffffffff 000000000001 88b5".replace(" ", "") + "00" * 46


_CHANGING = r"duration=[\d.]+s, |n_\w+=\d+, |cookie=0x0, "


class OvsOfctl:
    """ovs-ofctl on one version."""

    def __init__(self, switch: RunningSwitch, protocol: str) -> None:
        self.switch = switch
        self.protocol = protocol
        self._target = switch.listens_at()
        self._environment = {**os.environ, "OVS_RUNDIR": str(switch.folder)}

    @property
    def is_old(self) -> bool:
        """Whether it speaks OpenFlow 1.0."""
        return self.protocol == "OpenFlow10"

    def try_(self, command: str, *arguments: str) -> tuple[int, str]:
        """Run a command; its exit status and all that it prints."""
        found = subprocess.run(
            self.command(command, *arguments),
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return found.returncode, found.stdout

    def command(self, command: str, *arguments: str) -> list[str]:
        """The command line, with the switch behind the options and the command's name."""
        *options, name = command.split()
        return ["ovs-ofctl", "-O", self.protocol, *options, name, self._target, *arguments]

    def __call__(self, command: str, *arguments: str) -> str:
        """Run a command that succeeds; what it prints."""
        status, output = self.try_(command, *arguments)
        assert status == 0, output
        assert "OFPT_ERROR" not in output
        return output

    def flows(self, *filter_: str) -> list[str]:
        """The flow entries, without what changes with time."""
        shown = self("dump-flows", *filter_).splitlines()
        entries = [line for line in shown if "ST_FLOW reply" not in line]
        return [re.sub(_CHANGING, "", line).strip() for line in entries]

    def monitor(self, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `monitor`, which prints what it is sent."""
        with log.open("wb") as output:
            return subprocess.Popen(
                self.command("monitor", *arguments),
                env=self._environment,
                stdout=output,
                stderr=output,
            )


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[RunningSwitch]:
    """A fail-secure switch with two taps that nobody uses."""
    taps = [word for number in (1, 2) for word in ("--port", f"tap:{TAP}{number},up=no")]
    options = ["--listen", "ptcp:0:127.0.0.1", "--fail-mode", "secure", "--tables", "5"]
    with running_switch("agt-s1", tmp_path, *taps, *options, "--dpid", "abc") as switch:
        yield switch
        assert "Traceback" not in switch.log()


@pytest.fixture(params=["OpenFlow10", "OpenFlow13"])
def ofctl(switch: RunningSwitch, request: pytest.FixtureRequest) -> OvsOfctl:
    """The tool, once on each version."""
    return OvsOfctl(switch, request.param)


def test_show(ofctl: OvsOfctl) -> None:
    shown = ofctl("show")
    for text in ("dpid:0000000000000abc", "n_tables:5, n_buffers:256", f"1({TAP}1): addr:"):
        assert text in shown
    assert "miss_send_len=128" in shown
    assert "LINK_DOWN" in shown
    assert ("actions: output enqueue" in shown) == ofctl.is_old


def test_flows_are_added_shown_changed_and_deleted(ofctl: OvsOfctl) -> None:
    ofctl(
        "add-flow", "priority=10,ip,nw_src=10.0.0.0/8,actions=mod_dl_src:00:00:00:00:00:07,output:2"
    )
    ofctl("add-flow", "in_port=1,idle_timeout=60,actions=output:2")
    assert sorted(ofctl.flows()) == [
        *("table=0, idle_timeout=60, in_port=1 actions=output:2",),
        "table=0, priority=10,ip,nw_src=10.0.0.0/8 actions="
        + (
            "mod_dl_src:00:00:00:00:00:07"
            if ofctl.is_old
            else "set_field:00:00:00:00:00:07->eth_src"
        )
        + ",output:2",
    ]
    ofctl("mod-flows", "in_port=1,actions=output:1,output:2")
    assert ofctl.flows("in_port=1") == [
        "table=0, idle_timeout=60, in_port=1 actions=output:1,output:2"
    ]
    ofctl("--strict mod-flows", "priority=10,ip,nw_src=10.0.0.0/8,actions=drop")
    assert ofctl.flows("ip") == ["table=0, priority=10,ip,nw_src=10.0.0.0/8 actions=drop"]
    assert "flow_count=2" in ofctl("dump-aggregate")
    ofctl("--strict del-flows", "priority=11,ip,nw_src=10.0.0.0/8")
    assert len(ofctl.flows()) == 2
    ofctl("del-flows", "in_port=1")
    assert len(ofctl.flows()) == 1
    ofctl("del-flows")
    assert ofctl.flows() == []


def test_an_entry_added_by_the_tool_looks_alike_in_our_own_list(ofctl: OvsOfctl) -> None:
    ofctl("add-flow", "priority=7,tcp,tp_dst=80,actions=drop")
    assert ofctl.switch("flows", "agt-s1").endswith(
        "priority=7,eth_type=0x800,ip_proto=6,tcp_dst=80 actions=drop\n"
    )


def test_our_own_list_shows_the_entries_that_the_tool_shows(ofctl: OvsOfctl) -> None:
    for flow in (
        "cookie=5,in_port=1,actions=output:2",
        "ip,actions=output:2",
        "cookie=0x15,tcp,tp_dst=80,actions=drop",
        "ip,nw_dst=10.1.0.0/16,actions=output:1",
    ):
        ofctl("add-flow", flow)
    for which in ("ip", "tcp,tp_dst=80", "nw_dst=10.0.0.0/8,ip", "out_port=2", "cookie=0x5/-1"):
        ours = ofctl.switch("flows", "agt-s1", which).splitlines()
        assert 0 < len(ours) == len(ofctl.flows(which)), which


def test_overlap_is_refused(ofctl: OvsOfctl) -> None:
    ofctl("add-flow", "priority=5,in_port=1,actions=output:2")
    status, output = ofctl.try_("add-flow", "check_overlap,priority=5,actions=output:1")
    assert status == 1
    assert "OFPFMFC_OVERLAP" in output


def test_several_tables_and_a_pipeline(switch: RunningSwitch) -> None:
    new, old = OvsOfctl(switch, "OpenFlow13"), OvsOfctl(switch, "OpenFlow10")
    new("add-flow", "table=0,priority=1,actions=write_metadata:0xa/0xff,goto_table:2")
    new("add-flow", "table=2,priority=1,metadata=0xa/0xff,actions=output:2")
    assert len(new.flows()) == 2
    assert new.flows("table=2") == ["table=2, priority=1,metadata=0xa/0xff actions=output:2"]
    assert old.flows() == ["table=2, priority=1,metadata=0xa/0xff actions=output:2"]
    status, output = new.try_("add-flow", "table=9,actions=drop")
    assert status == 1
    assert "BAD_TABLE_ID" in output


def test_many_flows_from_a_file_come_back_whole(ofctl: OvsOfctl, tmp_path: Path) -> None:
    lines = [
        f"priority=5,dl_src=02:00:00:00:{n >> 8:02x}:{n & 255:02x},actions=output:2"
        for n in range(2000)
    ]
    listed = tmp_path / "flows"
    listed.write_text("\n".join(lines))
    ofctl("add-flows", str(listed))
    assert len(ofctl.flows()) == 2000
    assert ofctl("diff-flows", str(listed)) == ""
    listed.write_text("\n".join(lines[:500]))
    ofctl("replace-flows", str(listed))
    assert len(ofctl.flows()) == 500


def test_dump_ports(ofctl: OvsOfctl) -> None:
    ofctl("packet-out", f"in_port=controller packet={ETHERNET} actions=output:1")
    assert "2 ports" in ofctl("dump-ports")
    one = ofctl("dump-ports", "1")
    assert "1 ports" in one
    assert "drop=1" in one.splitlines()[2]  # the tap is down


def test_dump_ports_desc(ofctl: OvsOfctl) -> None:
    status, shown = ofctl.try_("dump-ports-desc")
    if ofctl.is_old:
        assert "OFPBRC_BAD_STAT" in shown
    else:
        assert status == 0
        assert f"1({TAP}1)" in shown
        assert f"2({TAP}2)" in shown


def test_dump_tables_and_their_features(ofctl: OvsOfctl) -> None:
    ofctl("add-flow", "in_port=1,actions=drop")
    shown = ofctl("dump-tables")
    assert "active=1" in shown
    if ofctl.is_old:
        assert 'table 0 ("table0")' in shown
        assert f"max_entries={NATIVE_ENTRIES if native.AVAILABLE else 65536}" in shown
        return
    features = ofctl("dump-table-features")
    assert "next tables: 1-4" in features
    assert (
        "instructions: meter apply_actions clear_actions write_actions write_metadata goto_table"
        in features
    )


def test_dump_desc(ofctl: OvsOfctl) -> None:
    assert "DP Description: agt-s1" in ofctl("dump-desc")


def test_queues_are_none(ofctl: OvsOfctl) -> None:
    assert "0 queues" in ofctl("queue-stats")
    assert "QUEUE_GET_CONFIG_REPLY" in ofctl("queue-get-config", "1")


def test_1_0_has_no_groups_and_meters(switch: RunningSwitch) -> None:
    ofctl = OvsOfctl(switch, "OpenFlow10")
    status, output = ofctl.try_("add-group", "group_id=1,type=all,bucket=output:1")
    assert (status, "OFPBRC_BAD_VENDOR" in output) == (1, True)


def test_groups(switch: RunningSwitch) -> None:
    ofctl = OvsOfctl(switch, "OpenFlow13")
    groups = [
        "group_id=1,type=select,bucket=weight:3,actions=output:1,bucket=weight:5,actions=output:2",
        "group_id=2,type=ff,bucket=watch_port:1,actions=output:1,bucket=watch_group:1,actions=group:1",
    ]
    for group in groups:
        ofctl("add-group", group)
    shown = ofctl("dump-groups").replace("bucket=bucket_id:0,", "bucket=")
    shown = re.sub(r"bucket_id:\d+,", "", shown)
    assert [line.strip() for line in shown.splitlines()[1:]] == groups
    ofctl("add-flow", "in_port=1,actions=group:2")
    assert ofctl.flows() == ["table=0, in_port=1 actions=group:2"]
    stats = re.sub(r"duration=[\d.]+s,", "", ofctl("dump-group-stats", "group_id=2"))
    assert "group_id=2,ref_count=1,packet_count=0,byte_count=0,bucket0:" in stats
    assert "Types:  0xf" in ofctl("dump-group-features")
    for change, error in [
        ("group_id=2,type=all", "OFPGMFC_GROUP_EXISTS"),
        ("group_id=3,type=all,bucket=group:9", "OFPBAC_BAD_OUT_GROUP"),
        ("group_id=3,type=all,bucket=group:3", "OFPGMFC_LOOP"),
    ]:
        assert error in ofctl.try_("add-group", change)[1]
    assert "OFPGMFC_CHAINED_GROUP" in ofctl.try_("del-groups", "group_id=1")[1]
    ofctl("mod-group", "group_id=2,type=indirect,bucket=output:2")
    ofctl("del-groups")
    assert (ofctl("dump-groups").splitlines()[1:], ofctl.flows()) == ([], [])


def test_meters(switch: RunningSwitch) -> None:
    ofctl = OvsOfctl(switch, "OpenFlow13")
    ofctl("add-meter", "meter=1,pktps,burst,stats,bands=type=drop,rate=100,burst_size=7")
    ofctl("add-meter", "meter=2,kbps,bands=type=dscp_remark,rate=9,prec_level=1,type=drop,rate=10")
    shown = re.sub(r"\s+", " ", ofctl("dump-meters"))
    assert "meter=1 pktps burst stats bands= type=drop rate=100 burst_size=7" in shown
    assert "meter=2 kbps bands= type=dscp_remark rate=9 prec_level=1 type=drop rate=10" in shown
    ofctl("add-flow", "in_port=1,actions=meter:1,output:2")
    assert ofctl.flows() == ["table=0, in_port=1 actions=meter:1,output:2"]
    assert "meter:1 flow_count:1 packet_in_count:0" in ofctl("meter-stats", "meter=1")
    assert "max_meter:65536" in ofctl("meter-features")
    for change, error in [
        ("meter=1,kbps,band=type=drop,rate=1", "OFPMMFC_METER_EXISTS"),
        ("meter=3,kbps,band=type=dscp_remark,rate=1,prec_level=9", "OFPMMFC_BAD_BAND_VALUE"),
        ("meter=controller,kbps,band=type=drop,rate=1", "OFPMMFC_INVALID_METER"),
    ]:
        assert error in ofctl.try_("add-meter", change)[1]
    ofctl("mod-meter", "meter=1,kbps,band=type=drop,rate=1")
    ofctl("del-meter", "meter=1")
    assert ofctl.flows() == []
    ofctl("del-meters")
    assert ofctl("dump-meters").splitlines()[1:] == []


def test_mod_port(ofctl: OvsOfctl) -> None:
    ofctl("mod-port", "1", "down")
    assert "PORT_DOWN" in ofctl("show")
    ofctl("mod-port", f"{TAP}1", "up")
    assert "PORT_DOWN" not in ofctl("show")
    ofctl("mod-port", "1", "no-packet-in")
    assert "NO_PACKET_IN" in ofctl("show")


def test_fragments(ofctl: OvsOfctl) -> None:
    assert ofctl("get-frags").strip() == "normal"
    ofctl("set-frags", "drop")
    assert ofctl("get-frags").strip() == "drop"
    assert ofctl.try_("set-frags", "reassemble")[0] == 1
    assert ofctl("get-frags").strip() == "drop"


def test_echo(ofctl: OvsOfctl) -> None:
    ofctl("probe")
    assert ofctl("ping", "100").count("100 bytes from") == 10
    assert "1000 packets" in ofctl("benchmark", "500", "1000")


@pytest.mark.parametrize("command", ["dump-ipfix-bridge", "dump-tlv-map", "ct-flush-zone 1"])
def test_vendor_extensions_are_refused_as_unknown(ofctl: OvsOfctl, command: str) -> None:
    name, *arguments = command.split()
    assert "OFPBRC_BAD_VENDOR" in ofctl.try_(name, *arguments)[1]


def test_monitor_shows_packets_ports_and_removed_flows(ofctl: OvsOfctl, tmp_path: Path) -> None:
    log = tmp_path / "monitor"
    with ofctl.monitor(log, "65534") as monitor:
        wait_until(lambda: "connected:" in ofctl.switch("show", "agt-s1"), "the monitor")
        ofctl("packet-out", f"in_port=2 packet={ETHERNET} actions=controller")
        ofctl("add-flow", "send_flow_rem,cookie=0x77,in_port=1,actions=drop")
        ofctl("del-flows")
        ofctl("mod-port", "2", "down")
        ofctl.switch("port", "add", "agt-s1", f"tap:{TAP}9")

        def seen() -> bool:
            text = log.read_text()
            return all(
                word in text
                for word in (
                    "PACKET_IN",
                    "FLOW_REMOVED",
                    "cookie:0x77",
                    f"MOD: 2({TAP}2)",
                    f"ADD: 3({TAP}9)",
                )
            )

        try:
            wait_until(seen, "the news")
        finally:
            monitor.terminate()
            print(log.read_text())
    assert "in_port=2 (via action) data_len=60" in log.read_text()


def test_the_tool_does_not_disturb_a_switch_that_forwards_alone(tmp_path: Path) -> None:
    options = ["--listen", "ptcp:0:127.0.0.1", "--port", f"tap:{TAP}5"]
    with running_switch("agt-s2", tmp_path, *options) as switch:
        for protocol in ("OpenFlow10", "OpenFlow13"):
            ofctl = OvsOfctl(switch, protocol)
            for command in ("show", "dump-flows", "dump-ports", "get-frags", "dump-tables"):
                ofctl(command)
            ofctl("set-frags", "normal")
            ofctl("add-flow", "priority=9,actions=drop")
        assert "forwarding by itself" in switch("show", "agt-s2")
        assert len(ofctl.flows()) == 2
        assert "a controller is in control" not in switch.log()
