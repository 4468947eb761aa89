"""What Open vSwitch reads from the messages that we encode: `ovs-ofctl ofp-parse` on every one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from openflow import Message, Version, encode
from openflow.structs import STRUCTS
from openflow.versions import V1_1, V1_5
from tests.needs import needs
from tests.openflow.examples import example, integers_in
from tests.openflow.strategies import SPOKEN, spoken_id

pytestmark = needs("ovs-ofctl")

NOT_IN_OPEN_VSWITCH = frozenset(
    {
        "CopyTtlIn",
        "CopyTtlOut",
        "ExperimenterAction",
        "ExperimenterBand",
        "ExperimenterInstruction",
        "ExperimenterQueueProperty",
        "ExperimenterTableFeature",
        "OpticalPortMod",
        "OpticalPortStats",
        "OpticalProperty",
        "PipelineProperty",
        "PopPbb",
        "PushPbb",
        "RecirculateProperty",
        "StatTrigger",
    }
)
NOT_IN_OPEN_VSWITCH |= {name for name in STRUCTS if name.startswith("Experimenter")}
"""Elements that Open vSwitch refuses: it has no such actions, and knows its own experimenters only."""

_UNLABELLED = {"SetMplsTtl", "DecMplsTtl"}
"""Actions that come in the example behind PopMpls, and so lack the label that they would change."""
_NOT_IN_SETS = {"CopyField", "MeterAction"}
"""Actions that may be applied but not written, which examples do."""
UNMATCHED = {
    **{(version, "FlowMod"): _UNLABELLED for version in Version},
    (V1_1, "FlowMod"): _UNLABELLED | {"SetField"},  # of a label, before there is one
    (V1_5, "FlowMod"): _UNLABELLED | _NOT_IN_SETS,
    (V1_5, "FlowStatsReply"): _NOT_IN_SETS,
    (V1_5, "FlowMonitorStatsReply"): _NOT_IN_SETS,
}
"""Actions that Open vSwitch finds inconsistent in an example that has them all."""

UNKNOWN = {
    (V1_5, name)
    for name in (
        "BundleFeaturesStatsReply",
        "BundleFeaturesStatsRequest",
        "ControllerStatus",
        "ControllerStatusStatsReply",
        "ControllerStatusStatsRequest",
        "FlowCountersStatsReply",
        "FlowCountersStatsRequest",
        "MeterFeaturesStatsReply",  # takes the 16 bytes of 1.3 here, 1.5 has 24
    )
}
"""Messages that it does not know."""

REFUSED = {"Experimenter", "ExperimenterStatsRequest", "ExperimenterStatsReply"}
"""Messages that it refuses, since they are a vendor's unknown to it."""

OWN_NUMBERS = range(0x101, 0x200)
"""The examples' integers in this range occur once each, so that they can be found in what is printed."""

NOT_PRINTED = {
    "BundleAddMessage": {"bundle_id", "seconds", "nanoseconds"},
    "BundleControl": {"seconds", "nanoseconds"},
    "FlowMonitorStatsReply": {"priority"},
    "RoleReply": {"short_id"},
    "RoleRequest": {"short_id"},
    "TableFeaturesStatsReply": {"features"},
    "TableFeaturesStatsRequest": {"features"},
    "FeaturesReply": {"actions"},
    "FlowMod": {"importance", "out_group"},
    "FlowStatsRequest": {"cookie", "cookie_mask", "out_group"},
    "AggregateStatsRequest": {"cookie", "cookie_mask", "out_group"},
    "GroupFeaturesStatsReply": {"actions_all", "actions_select", "actions_indirect", "actions_ff"},
    "MeterConfigStatsReply": {"burst_size"},
    "MeterMod": {"burst_size"},
    "TableStatsReply": {
        "apply_actions",
        "apply_setfields",
        "instructions",
        "match",
        "metadata_match",
        "metadata_write",
        "wildcards",
        "write_actions",
        "write_setfields",
    },
}
"""Fields that Open vSwitch leaves out, or prints as words."""
PRINTED_OTHERWISE = {"curr_speed", "duration_nsec", "max_speed"}
"""Rates are in Mbit/s, a duration is one number of seconds without trailing zeros."""
WORDS_ONLY = {"GetAsyncReply", "SetAsync"}


@pytest.mark.parametrize(("version", "cls"), SPOKEN, ids=spoken_id)
def test_open_vswitch_reads_what_we_encode(
    tmp_path: Path, version: Version, cls: type[Message]
) -> None:
    message = example(
        version, cls, NOT_IN_OPEN_VSWITCH | UNMATCHED.get((version, cls.__name__), set())
    )
    path = tmp_path / "message"
    path.write_bytes(encode(message, version))
    command = ["ovs-ofctl", "-vANY:console:off", "ofp-parse", str(path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if (version, cls.__name__) in UNKNOWN:
        assert re.search("OFPBRC_BAD_(STAT|TYPE|LEN)", printed)
        return
    if (version, cls.__name__) == (V1_5, "SetAsync"):
        assert "OFPACFC_UNSUPPORTED" in printed  # it sends no FLOW_STATS, no CONTROLLER_STATUS
        return
    if cls.__name__ in REFUSED:
        assert "OFPBRC_BAD_VENDOR" in printed
        return
    assert "decode error" not in printed
    assert "truncated" not in printed
    numbers = {int(word) for word in re.findall(r"[1-9]\d*", printed)}
    numbers |= {int(word, 16) for word in re.findall(r"[0-9a-f]+", printed)}
    left_out = NOT_PRINTED.get(cls.__name__, set()) | PRINTED_OTHERWISE
    for name, value in integers_in(message, version):
        if value in OWN_NUMBERS and name not in left_out and cls.__name__ not in WORDS_ONLY:
            assert value in numbers, (name, value, printed)
