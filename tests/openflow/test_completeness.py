"""Nothing of OpenFlow 1.0 and 1.3 is missing or misnumbered: our tables against os-ken's constants, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from openflow import constants as c
from openflow.actions import Action
from openflow.errors import ErrorCode, error_code
from openflow.exthdr import ExtHdr
from openflow.fields import OXM_CLASS_BASIC, oxm_fields
from openflow.instructions import Instruction
from openflow.messages import (
    MESSAGES,
    async_config,
    bundles,
    flow_monitor,
    groups,
    meters,
    port_properties,
    queues,
    roles,
    symmetric,
    table_config,
    tables,
)
from openflow.structs import FAMILIES, Element
from openflow.versions import V1_0, V1_1, V1_2, V1_3, V1_4, V1_5, Version
from tests.openflow.strategies import is_extension

pytest.importorskip("os_ken")
MODULES: dict[Version, ModuleType] = {
    version: import_module(f"os_ken.ofproto.ofproto_v1_{version - 1}")
    for version in Version
    if version != V1_1  # which os-ken does not know
}
v1_0, v1_2, v1_3, v1_4, v1_5 = (MODULES[version] for version in (V1_0, V1_2, V1_3, V1_4, V1_5))


def theirs(module: ModuleType, prefix: str) -> dict[str, int]:
    """os-ken's constants of an enumeration, without their prefix."""
    return {
        name.removeprefix(prefix): value
        for name, value in vars(module).items()
        if name.startswith(prefix) and isinstance(value, int)
    }


def ours(enum: Any) -> dict[str, int]:
    """The members of an enumeration, aliases included."""
    return {name: int(member) for name, member in enum.__members__.items()}


ENUMERATIONS: list[tuple[ModuleType, str, dict[str, int]]] = [
    (v1_0, "OFPAT_", ours(c.ActionType10)),
    (v1_5, "OFPAT_", ours(c.ActionType)),
    (v1_3, "OFPCR_ROLE_", ours(c.ControllerRole)),
    (v1_0, "OFPFC_", ours(c.FlowModCommand)),
    (v1_3, "OFPFC_", ours(c.FlowModCommand)),
    (v1_5, "OFPGC_", ours(c.GroupModCommand)),
    (v1_3, "OFPGFC_", ours(c.GroupCapabilities)),
    (v1_3, "OFPGT_", ours(c.GroupType)),
    (v1_3, "OFPG_", ours(c.GroupId)),
    (v1_3, "OFPIEH_", ours(ExtHdr)),
    (v1_3, "OFPMBT_", ours(c.MeterBandType)),
    (v1_3, "OFPMC_", ours(c.MeterModCommand)),
    (v1_3, "OFPMF_", ours(c.MeterFlags)),
    (v1_3, "OFPM_", ours(c.MeterId)),
    (v1_3, "OFPPR_", ours(c.PortReason)),
    (v1_5, "OFPP_", ours(c.PortNo)),
    (v1_3, "OFPQ_", ours(c.QueueId)),
    (v1_5, "OFPFSR_", ours(c.FlowStatsReason)),
    (v1_5, "OFPRR_", ours(c.FlowRemovedReason)),
    (v1_5, "OFPSTF_", ours(c.StatTriggerFlags)),
    (v1_5, "OFPTFPT_", ours(c.TableFeaturePropType)),
    (v1_3, "OFPTT_", ours(c.TableId)),
    (v1_5, "OFPBCT_", ours(c.BundleControlType)),
    (v1_5, "OFPCRR_", ours(c.ControllerRoleReason)),
    (v1_5, "OFPCSR_", ours(c.ControllerStatusReason)),
    (v1_5, "OFPCT_STATUS_", ours(c.ControlChannelStatus)),
    (v1_5, "OFPFMC_", ours(c.FlowMonitorCommand)),
    (v1_5, "OFPFMF_", ours(c.FlowMonitorFlags)),
    (v1_5, "OFPG_BUCKET_", ours(c.BucketId)),
    (v1_5, "OFPMFF_", ours(c.MeterFeatureFlags)),
    (v1_5, "OFPOPF_", ours(c.OpticalPortFeatures)),
    (v1_5, "OFPOSF_", ours(c.OpticalStatsFlags)),
    (v1_5, "OFPTFC_", ours(c.TableFeaturesCommand)),
    (v1_5, "OFPTFF_", ours(c.TableFeatureFlags)),
    (v1_5, "OFPTMPEF_", ours(c.EvictionFlags)),
    (v1_5, "OFPTR_", ours(c.TableReason)),
    (v1_5, "OFPBF_", ours(c.BundleFlags) | ours(c.BundleFeatureFlags)),
]
"""Enumerations that are the version's own, name for name."""


@pytest.mark.parametrize(
    ("module", "prefix", "members"), ENUMERATIONS, ids=[row[1] for row in ENUMERATIONS]
)
def test_an_enumeration_is_complete_and_numbered_right(
    module: ModuleType, prefix: str, members: dict[str, int]
) -> None:
    assert members == theirs(module, prefix)


_MISSES = {"TABLE_MISS_CONTROLLER": 0, "TABLE_MISS_MASK": c.TableConfig.DEPRECATED_MASK}
SHARED: list[tuple[ModuleType, str, dict[str, int]]] = [
    (v1_3, "OFPC_", ours(c.Capabilities) | ours(c.ConfigFlags)),
    (v1_5, "OFPC_", ours(c.Capabilities) | ours(c.ConfigFlags)),
    (v1_2, "OFPC_", ours(c.Capabilities) | ours(c.ConfigFlags)),
    (v1_2, "OFPTC_", {**ours(c.TableConfig), **_MISSES}),
    (v1_5, "OFPTC_", ours(c.TableConfig)),
    (v1_3, "OFPFF_", ours(c.FlowModFlags)),
    (v1_0, "OFPPC_", ours(c.PortConfig)),
    (v1_3, "OFPPC_", ours(c.PortConfig)),
    (v1_3, "OFPPS_", ours(c.PortState)),
    (v1_0, "OFPRR_", ours(c.FlowRemovedReason)),
    (v1_0, "OFPR_", ours(c.PacketInReason)),
    (v1_3, "OFPR_", ours(c.PacketInReason)),
    (v1_5, "OFPR_", ours(c.PacketInReason)),
    (v1_3, "OFPIT_", ours(c.InstructionType)),
    (v1_5, "OFPIT_", {**ours(c.InstructionType), "DEPRECATED": c.InstructionType.METER}),
    (v1_0, "OFPPR_", ours(c.PortReason)),
]
"""Enumerations that hold the members of both versions."""


@pytest.mark.parametrize(("module", "prefix", "members"), SHARED, ids=[row[1] for row in SHARED])
def test_an_enumeration_of_two_versions_has_those_of_each(
    module: ModuleType, prefix: str, members: dict[str, int]
) -> None:
    assert theirs(module, prefix).items() <= members.items()


def test_port_features_are_1_3s_with_the_rate_last() -> None:
    words = {name: name.split("_") for name in ours(c.PortFeatures)}
    renamed = {
        "_".join(reversed(parts)) if parts[0] in ("HD", "FD") else name: c.PortFeatures[name]
        for name, parts in words.items()
    }
    assert renamed == theirs(v1_3, "OFPPF_")


def test_port_states_of_1_0_number_spanning_trees_states() -> None:
    expected = theirs(v1_0, "OFPPS_")
    del expected["STP_LISTEN"], expected["STP_MASK"]  # zero, and the same bits as STP_BLOCK
    assert expected.items() <= ours(c.PortState).items()


def test_wildcards_are_1_0s() -> None:
    expected = theirs(v1_0, "OFPFW_")
    for name, value in ours(c.FlowWildcards).items():
        assert value == expected.get(f"{name}_ALL", expected[name])


def test_single_numbers_are_the_specifications() -> None:
    assert c.NO_BUFFER == v1_3.OFP_NO_BUFFER == v1_0.OFP_NO_BUFFER
    assert c.CONTROLLER_NO_BUFFER == v1_3.OFPCML_NO_BUFFER
    assert c.CONTROLLER_MAX_LEN == v1_3.OFPCML_MAX
    assert c.DEFAULT_PRIORITY == v1_3.OFP_DEFAULT_PRIORITY == v1_0.OFP_DEFAULT_PRIORITY
    assert (c.OFPVID_NONE, c.OFPVID_PRESENT) == (v1_3.OFPVID_NONE, v1_3.OFPVID_PRESENT)
    assert c.MultipartFlags.MORE == v1_3.OFPMPF_REPLY_MORE == v1_3.OFPMPF_REQ_MORE
    assert c.MultipartFlags.MORE == v1_0.OFPSF_REPLY_MORE


# --- messages ----------------------------------------------------------------------------------------

MESSAGE_NAMES = {
    "ERROR": "ErrorMsg",
    "REQUESTFORWARD": "RequestForward",
    "VENDOR": "Experimenter",
}
MULTIPART_NAMES = {
    "AGGREGATE_STATS": "Aggregate",
    "FLOW_DESC": "Flow",
    "FLOW_STATS": "FlowCounters",
    "GROUP_STATS": "Group",
    "METER_DESC": "MeterConfig",
    "METER_STATS": "Meter",
    "PORT_STATS": "Port",
    "QUEUE_STATS": "Queue",
    "TABLE_STATS": "Table",
    "VENDOR": "Experimenter",
}
"""What a version calls a thing that we call by its name of 1.3."""


def camel(name: str) -> str:
    """`FLOW_MOD` as our classes write it, `FlowMod`."""
    return "".join(word.capitalize() for word in name.split("_"))


def numbered(version: Version) -> dict[str, Any]:
    """Our messages of a version, by name."""
    return {
        name: cls.code(version)
        for name, cls in MESSAGES.items()
        if cls.layout.get(version) and not is_extension(cls, version)
    }


def expected_messages(module: ModuleType, multipart: str, prefix: str) -> Iterator[tuple[str, Any]]:
    """What our classes must be called and numbered, by os-ken's constants."""
    types = theirs(module, "OFPT_")
    request, reply = types.pop(f"{multipart}_REQUEST"), types.pop(f"{multipart}_REPLY")
    for name, code in types.items():
        yield MESSAGE_NAMES.get(name, camel(name)), code
    for name, part in theirs(module, prefix).items():
        stem = MULTIPART_NAMES.get(name, camel(name))
        yield f"{stem}StatsRequest", (request, part)
        yield f"{stem}StatsReply", (reply, part)


@pytest.mark.parametrize(
    ("version", "module", "multipart", "prefix"),
    [
        (V1_0, v1_0, "STATS", "OFPST_"),
        (V1_2, v1_2, "STATS", "OFPST_"),
        (V1_3, v1_3, "MULTIPART", "OFPMP_"),
        (V1_4, v1_4, "MULTIPART", "OFPMP_"),
        (V1_5, v1_5, "MULTIPART", "OFPMP_"),
    ],
)
def test_every_message_has_its_class_and_no_class_is_of_our_making(
    version: Version, module: ModuleType, multipart: str, prefix: str
) -> None:
    assert numbered(version) == dict(expected_messages(module, multipart, prefix))


def test_1_1_has_the_messages_of_1_2_but_for_roles_and_group_features() -> None:
    later_ones = {
        "RoleRequest",
        "RoleReply",
        "GroupFeaturesStatsRequest",
        "GroupFeaturesStatsReply",
    }
    expected = {name: code for name, code in numbered(V1_2).items() if name not in later_ones}
    assert numbered(V1_1) == expected


def codes(family: type[Element], version: Version) -> set[int]:
    """The type codes that a family's classes have in a version."""
    return {
        code
        for cls in FAMILIES[family.__name__].values()
        for code in cls.layout.get(version, {})
        if isinstance(code, int)
    }


DEPRECATED = {V1_5: {6}}
"""Instructions that a version has no more: the meter is an action."""

FAMILIES_SINCE: list[tuple[Version, Version, type[Element], str]] = [
    (V1_2, V1_3, queues.QueueProperty, "OFPQT_"),
    (V1_3, V1_5, meters.MeterBand, "OFPMBT_"),
    (V1_3, V1_5, tables.TableFeatureProperty, "OFPTFPT_"),
    (V1_4, V1_5, async_config.AsyncProperty, "OFPACPT_"),
    (V1_4, V1_5, bundles.BundleProperty, "OFPBPT_"),
    (V1_4, V1_5, flow_monitor.FlowUpdate, "OFPFME_"),
    (V1_4, V1_5, port_properties.PortProperty, "OFPPDPT_"),
    (V1_4, V1_5, port_properties.PortModProperty, "OFPPMPT_"),
    (V1_4, V1_5, port_properties.PortStatsProperty, "OFPPSPT_"),
    (V1_4, V1_5, queues.QueueDescProperty, "OFPQDPT_"),
    (V1_4, V1_5, queues.QueueStatsProperty, "OFPQSPT_"),
    (V1_4, V1_5, roles.RoleProperty, "OFPRPT_"),
    (V1_4, V1_5, table_config.TableModProperty, "OFPTMPT_"),
    (V1_5, V1_5, bundles.BundleFeaturesProperty, "OFPTMPBF_"),
    (V1_5, V1_5, groups.BucketProperty, "OFPGBPT_"),
    (V1_5, V1_5, groups.GroupProperty, "OFPGPT_"),
    (V1_5, V1_5, roles.ControllerStatusProperty, "OFPCSPT_"),
]
"""Families of the versions from the first to the last, and what their types are called."""

FAMILY_CODES: list[tuple[Version, type[Element], set[int]]] = [
    *((version, Action, set(theirs(of, "OFPAT_").values())) for version, of in MODULES.items()),
    (V1_1, Action, {*range(25), 0xFFFF}),
    *(
        (version, Instruction, set(theirs(of, "OFPIT_").values()) - DEPRECATED.get(version, set()))
        for version, of in MODULES.items()
        if version > V1_1
    ),
    (V1_1, Instruction, {*range(1, 6), 0xFFFF}),
    (V1_0, queues.QueueProperty, set(theirs(v1_0, "OFPQT_").values())),
    (V1_1, queues.QueueProperty, set(theirs(v1_0, "OFPQT_").values())),
    *(
        (version, family, set(theirs(MODULES[version], prefix).values()))
        for first, last, family, prefix in FAMILIES_SINCE
        for version in MODULES
        if first <= version <= last
    ),
    (V1_3, symmetric.HelloElement, set(theirs(v1_3, "OFPHET_").values())),
]


@pytest.mark.parametrize(("version", "family", "expected"), FAMILY_CODES)
def test_every_kind_of_a_thing_has_its_class(
    version: Version, family: type[Element], expected: set[int]
) -> None:
    assert codes(family, version) == expected


@pytest.mark.parametrize(
    ("enum", "family", "version"),
    [
        (c.ActionType, Action, V1_5),
        (c.ActionType10, Action, V1_0),
        (c.InstructionType, Instruction, V1_5),
    ],
)
def test_a_class_is_called_as_its_type(
    enum: type[IntEnum], family: type[Element], version: Version
) -> None:
    names = {
        code: name
        for name, cls in FAMILIES[family.__name__].items()
        for code in cls.layout.get(version, {})
    }
    ours_otherwise = {
        "Meter": "MeterAction",
        "StripVlan": "PopVlan",
        "Vendor": "ExperimenterAction",
        "Experimenter": "",
    }
    for member in (member for member in enum if member in names):
        name = camel(member.name)
        if names[member] != "SetField" or name == "SetField":
            expected = ours_otherwise.get(name, name) or f"Experimenter{family.__name__}"
            assert names[member] == expected


# --- match fields and errors -------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "module"), list(MODULES.items())[1:], ids=str)
def test_every_match_field_has_its_number_and_its_header(
    version: Version, module: ModuleType
) -> None:
    fields = [field for field in oxm_fields(version) if field.oxm_class == OXM_CLASS_BASIC]
    numbers = theirs(module, "OFPXMT_OFB_")
    assert {field.name.upper(): field.number for field in fields} == numbers
    headers = theirs(module, "OXM_OF_")
    for field in fields:
        name = field.name.upper()
        assert field.oxm_header == headers[name]
        masked = field.oxm_header + field.size | 1 << 8
        assert masked == headers[f"{name}_W"]


ERROR_PREFIXES = {
    "ASYNC_CONFIG_FAILED": "OFPACFC_",
    "BAD_ACTION": "OFPBAC_",
    "BAD_INSTRUCTION": "OFPBIC_",
    "BAD_MATCH": "OFPBMC_",
    "BAD_PROPERTY": "OFPBPC_",
    "BAD_REQUEST": "OFPBRC_",
    "BUNDLE_FAILED": "OFPBFC_",
    "FLOW_MOD_FAILED": "OFPFMFC_",
    "FLOW_MONITOR_FAILED": "OFPMOFC_",
    "GROUP_MOD_FAILED": "OFPGMFC_",
    "HELLO_FAILED": "OFPHFC_",
    "METER_MOD_FAILED": "OFPMMFC_",
    "PORT_MOD_FAILED": "OFPPMFC_",
    "QUEUE_OP_FAILED": "OFPQOFC_",
    "ROLE_REQUEST_FAILED": "OFPRRFC_",
    "SWITCH_CONFIG_FAILED": "OFPSCFC_",
    "TABLE_FEATURES_FAILED": "OFPTFFC_",
    "TABLE_MOD_FAILED": "OFPTMFC_",
}
OLDER_ERROR_NAMES = {
    "BAD_ACTION__BAD_VENDOR": "BAD_ACTION__BAD_EXPERIMENTER",
    "BAD_ACTION__BAD_VENDOR_TYPE": "BAD_ACTION__BAD_EXP_TYPE",
    "BAD_REQUEST__BAD_STAT": "BAD_REQUEST__BAD_MULTIPART",
    "BAD_REQUEST__BAD_SUBTYPE": "BAD_REQUEST__BAD_EXP_TYPE",
    "BAD_REQUEST__BAD_VENDOR": "BAD_REQUEST__BAD_EXPERIMENTER",
    "FLOW_MOD_FAILED__ALL_TABLES_FULL": "FLOW_MOD_FAILED__TABLE_FULL",
    "FLOW_MOD_FAILED__UNSUPPORTED": "BAD_ACTION__UNSUPPORTED_ORDER",
}


@pytest.mark.parametrize(("version", "module"), MODULES.items(), ids=str)
def test_every_error_has_the_numbers_of_its_version(version: Version, module: ModuleType) -> None:
    expected: dict[str, tuple[int, int]] = {}
    for type_, number in theirs(module, "OFPET_").items():
        for code, value in theirs(module, ERROR_PREFIXES.get(type_, "-")).items():
            name = f"{type_}__{code}"
            expected[OLDER_ERROR_NAMES.get(name, name)] = (number, value)
    if version == V1_4:  # os-ken leaves it out, Open vSwitch does not
        expected["FLOW_MOD_FAILED__IS_SYNC"] = (5, 10)
    found = {
        code.name: code.wire(version)
        for code in ErrorCode
        if error_code(*code.wire(version), version) is code
    }
    assert found == expected
