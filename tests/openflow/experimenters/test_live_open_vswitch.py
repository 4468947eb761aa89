"""A live Open vSwitch does what experimenters' messages ask of it, and what it says is what we read."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from openflow import (
    ApplyActions,
    BundleControl,
    ErrorMsg,
    FlowMonitorStatsReply,
    FlowStatsReply,
    Match,
    Output,
    PortNo,
    Version,
    decode,
    encode,
)
from openflow import experimenters as nx
from openflow.constants import BundleControlType, FlowRemovedReason
from openflow.versions import V1_0, V1_3, V1_5
from tests.kernel import isolation
from tests.kernel.ovs_extensions import MAPS, VERSIONS, actions_of
from tests.needs import OPEN_VSWITCH, needs
from tests.openflow.examples import FRAME

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]

Heard = dict[str, list[Any]]

every_version = pytest.mark.parametrize("version", VERSIONS, ids=str)


@pytest.fixture(scope="module")
def bytes_heard() -> dict[str, list[bytes]]:
    command = isolation.isolated([sys.executable, "-m", "tests.kernel.ovs_extensions"])
    done = subprocess.run(
        command, cwd=isolation.ROOT, stdout=subprocess.PIPE, check=True, timeout=60
    )
    return {
        scene: [bytes.fromhex(data) for data in heard]
        for scene, heard in json.loads(done.stdout).items()
    }


@pytest.fixture(scope="module")
def heard(bytes_heard: dict[str, list[bytes]]) -> Heard:
    return {scene: [decode(data) for data in said] for scene, said in bytes_heard.items()}


def test_nothing_is_refused(heard: Heard) -> None:
    refused = {s: m for s, said in heard.items() for m in said if isinstance(m, ErrorMsg)}
    assert refused == {}


def test_everything_encodes_back_to_its_bytes(bytes_heard: dict[str, list[bytes]]) -> None:
    for scene, said in bytes_heard.items():
        version = next(version for version in Version if scene.endswith(str(version)))
        assert [encode(decode(data), version) for data in said] == said


@every_version
def test_flow_entries_come_back_with_the_actions_that_they_were_given(
    heard: Heard, version: Version
) -> None:
    (reply,) = heard[f"flows {version}"]
    assert isinstance(reply, FlowStatsReply)
    entries = sorted(reply.body, key=lambda entry: entry.priority)
    expected = [[ApplyActions(actions)] for actions in actions_of(version)]
    assert [entry.instructions for entry in entries] == expected


@every_version
def test_a_packet_stops_at_the_controller_and_goes_on(heard: Heard, version: Version) -> None:
    paused, resumed = heard[f"packets {version}"]
    assert paused.data == resumed.data == FRAME
    assert paused.in_port == resumed.in_port == PortNo.LOCAL
    assert paused.find(nx.NxPacketInUserdata) == nx.NxPacketInUserdata(b"\1\2\3")
    assert paused.find(nx.NxPacketInContinuation)
    assert not resumed.find(nx.NxPacketInContinuation)
    if version < V1_5:
        assert paused.match["reg3"] == resumed.match["reg3"] == 0x33


@every_version
def test_packet_ins_have_niciras_first_form(heard: Heard, version: Version) -> None:
    (packet_in,) = heard[f"older_packets {version}"]
    assert isinstance(packet_in, nx.NxPacketIn)
    assert packet_in.packet.eth_dst == 2
    assert packet_in.in_port == PortNo.LOCAL


@every_version
def test_roles_and_options_of_tunnels_are_as_they_were_set(heard: Heard, version: Version) -> None:
    role, options = heard[f"settings {version}"]
    assert isinstance(role, nx.NxRoleReply)
    assert role.role == nx.NxRole.MASTER
    assert isinstance(options, nx.NxTlvTableReply)
    assert options.maps == MAPS


@pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)
def test_a_monitor_tells_what_is_there_and_what_comes(heard: Heard, version: Version) -> None:
    replies = heard[f"monitors {version}"]
    assert all(isinstance(reply, FlowMonitorStatsReply) for reply in replies)
    updates = [update for reply in replies for update in reply.body]
    assert [(update.event, update.priority) for update in updates] == [("added", 1), ("added", 2)]
    assert updates[1].instructions == [ApplyActions([Output(2, 0)])]
    assert replies[1].xid == 0


@pytest.mark.parametrize("version", [V1_3, V1_5], ids=str)
def test_a_bundle_takes_effect(heard: Heard, version: Version) -> None:
    opened, committed, flows = heard[f"bundles {version}"]
    assert isinstance(opened, BundleControl)
    assert opened.type == BundleControlType.OPEN_REPLY
    assert committed.type == BundleControlType.COMMIT_REPLY
    assert [entry.priority for entry in flows.body] == [77]


def test_flows_of_1_0_in_niciras_form(heard: Heard) -> None:
    stats, aggregate, removed = heard[f"old_flows {V1_0}"]
    (entry,) = stats.body
    assert entry.match == Match(reg0=5, nxm_of_eth_type=0x0800)
    assert entry.instructions == [ApplyActions([nx.NxResubmitTable(table_id=3)])]
    assert aggregate.flow_count == 1
    assert isinstance(removed, nx.NxFlowRemoved)
    assert (removed.table_id, removed.reason) == (2, FlowRemovedReason.DELETE)
