"""A live Open vSwitch does what we tell it in 1.4 and 1.5: bundles, monitors, masks, tables, groups of buckets."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from openflow import (
    V1_5,
    ApplyActions,
    BundleControlType,
    ErrorMsg,
    FlowMonitorStatsReply,
    FlowUpdateAbbrev,
    FlowUpdateFull,
    Match,
    Message,
    Output,
    PortNo,
    TableConfig,
    VacancyProperty,
    Version,
    decode,
)
from tests.kernel import isolation
from tests.kernel.ovs_changes import BUCKETS, CHANGES, MASKS, VERSIONS
from tests.needs import OPEN_VSWITCH, needs

pytestmark = [
    pytest.mark.system,
    needs(*OPEN_VSWITCH),
]
every_version = pytest.mark.parametrize("version", VERSIONS, ids=str)
Told = dict[Version, list[Message]]


@pytest.fixture(scope="module")
def told() -> Told:
    command = isolation.isolated([sys.executable, "-m", "tests.kernel.ovs_changes"])
    done = subprocess.run(
        command, cwd=isolation.ROOT, stdout=subprocess.PIPE, check=True, timeout=60
    )
    printed = json.loads(done.stdout)
    return {
        version: [decode(bytes.fromhex(data)) for data in printed[str(version)]]
        for version in VERSIONS
    }


def to(told: Told, version: Version, name: str) -> Any:
    """The answer to what was sent under a name."""
    xid = 0x100 + list(CHANGES).index(name)
    return next(message for message in told[version] if message.xid == xid)


@every_version
def test_nothing_is_refused(told: Told, version: Version) -> None:
    assert [message for message in told[version] if isinstance(message, ErrorMsg)] == []


@every_version
def test_the_masks_are_those_that_were_set(told: Told, version: Version) -> None:
    reply = to(told, version, "masks?")
    for name in MASKS.__dataclass_fields__:
        mask = getattr(MASKS, name)
        if isinstance(mask, int) and name != "xid":
            assert getattr(reply, name) == mask, name


@every_version
def test_the_table_evicts_and_tells_of_its_vacancy(told: Told, version: Version) -> None:
    table = to(told, version, "tables?").body[1]
    assert table.config == TableConfig.EVICTION | TableConfig.VACANCY_EVENTS
    (vacancy,) = [item for item in table.properties if isinstance(item, VacancyProperty)]
    assert (vacancy.vacancy_down, vacancy.vacancy_up) == (10, 20)


@every_version
def test_the_group_has_the_buckets_that_it_was_given(told: Told, version: Version) -> None:
    (group,) = to(told, version, "groups?").body
    assert [(b.weight, b.watch_port) for b in group.buckets] == [
        (b.weight, b.watch_port) for b in BUCKETS
    ]
    numbers = [bucket.bucket_id for bucket in group.buckets]
    assert numbers == ([0, 1] if version == V1_5 else [None, None])


@every_version
def test_the_monitor_reports_what_is_there_and_what_this_controller_does(
    told: Told, version: Version
) -> None:
    first, *later = [
        update
        for message in told[version]
        if isinstance(message, FlowMonitorStatsReply)
        for update in message.body
    ]
    assert isinstance(first, FlowUpdateFull)
    assert (first.event, first.priority, first.match) == ("initial", 66, Match(in_port=4))
    assert first.instructions == [ApplyActions([Output(9)])]
    own = {update.request_xid for update in later if isinstance(update, FlowUpdateAbbrev)}
    assert own >= {0x100 + list(CHANGES).index("flow")}


@every_version
def test_a_bundle_goes_through_its_life(told: Told, version: Version) -> None:
    steps = BundleControlType
    replies = [to(told, version, name).type for name in ("open", "close", "commit")]
    assert replies == [steps.OPEN_REPLY, steps.CLOSE_REPLY, steps.COMMIT_REPLY]


@every_version
def test_ports_are_described_in_the_fields_of_1_3(told: Told, version: Version) -> None:
    (port,) = to(told, version, "ports?").body
    assert port.port_no == PortNo.LOCAL
    assert port.name == "changes"
