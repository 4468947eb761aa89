"""os-ken and we mean the same: its vectors decode to classes, and it reads and writes our actions as we do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openflow import ApplyActions, ExperimenterAction, FlowMod, Match, decode, encode
from openflow import experimenters as nx
from openflow.actions import Action
from openflow.experimenters.headers import ofs_and_nbits
from openflow.fields import ENCODINGS
from openflow.vendors import NICIRA
from openflow.versions import V1_3
from tests.openflow.examples import parts
from tests.openflow.experimenters.examples import ACTIONS
from tests.openflow.vectors import every_vector

parser = pytest.importorskip("os_ken.ofproto.ofproto_parser")
protocol = pytest.importorskip("os_ken.ofproto.ofproto_protocol")

UNKNOWN_FIELDS = ("0xffff:4f4e4600.0",)
"""How os-ken encodes ONF's pbb_uca, whose number 2560 has no place in an OXM header."""

MADE_UP = b"exp_data"
"""What an action of Nicira's holds in os-ken's tests that is none of them."""


@every_vector
def test_everything_of_niciras_in_a_vector_has_a_class_or_a_name(path: Path) -> None:
    data = path.read_bytes()
    for _, part in parts(decode(data)):
        if isinstance(part, ExperimenterAction) and part.experimenter == NICIRA:
            assert part.data == MADE_UP
        match = getattr(part, "match", None)
        for name in match if isinstance(match, Match) else ():
            assert not name.startswith("0x") or name in UNKNOWN_FIELDS


def in_os_ken(action: Action) -> dict[str, Any]:
    """os-ken's reading of a flow-mod that holds one action, as a tree of JSON: the action's fields."""
    data = encode(FlowMod(instructions=[ApplyActions([action])]), V1_3)
    datapath = protocol.ProtocolDesc(version=int(V1_3))
    read = parser.msg(datapath, int(V1_3), data[1], len(data), 0, data)
    tree = read.to_jsondict()["OFPFlowMod"]["instructions"][0]["OFPInstructionActions"]["actions"]
    ((name, fields),) = tree[0].items()
    return {"class": name, **fields}


KNOWN_TO_OS_KEN: list[tuple[Action, str, dict[str, Any]]] = [
    (nx.NxPopQueue(), "NXActionPopQueue", {}),
    (nx.NxExit(), "NXActionExit", {}),
    (nx.NxResubmit(5), "NXActionResubmit", {"in_port": 5}),
    (nx.NxResubmitTable(5, 6), "NXActionResubmitTable", {"in_port": 5, "table_id": 6}),
    (nx.NxSetTunnel(5), "NXActionSetTunnel", {"tun_id": 5}),
    (nx.NxSetTunnel64(6), "NXActionSetTunnel64", {"tun_id": 6}),
    (nx.NxNote(b"\1\2\3\4\5\6"), "NXActionNote", {"note": [1, 2, 3, 4, 5, 6]}),
    (
        nx.NxRegMove("eth_src[4..7]", "reg1[8..11]"),
        "NXActionRegMove",
        {"src_field": "eth_src", "dst_field": "reg1", "n_bits": 4, "src_ofs": 4, "dst_ofs": 8},
    ),
    (nx.NxStackPush("reg1[4..7]"), "NXActionStackPush", {"field": "reg1", "start": 4, "end": 4}),
    (nx.NxFinTimeout(7, 8), "NXActionFinTimeout", {"fin_idle_timeout": 7, "fin_hard_timeout": 8}),
    (nx.NxConjunction(9, 1, 3), "NXActionConjunction", {"id": 9, "clause": 1, "n_clauses": 3}),
    (
        nx.NxController(7, 8, 1),
        "NXActionController",
        {"max_len": 7, "controller_id": 8, "reason": 1},
    ),
    (nx.NxDecTtlCntIds([3, 4]), "NXActionDecTtlCntIds", {"cnt_ids": [3, 4]}),
    (nx.NxCtClear(), "NXActionCTClear", {}),
    (
        nx.NxSample(5, 6, 7, 8),
        "NXActionSample",
        {"probability": 5, "collector_set_id": 6, "obs_domain_id": 7, "obs_point_id": 8},
    ),
    (nx.NxOutputTrunc(5, 100), "NXActionOutputTrunc", {"port": 5, "max_len": 100}),
    (
        nx.NxCt(1, zone=5, recirc_table=3, actions=[nx.NxNat(1, proto_min=7)]),
        "NXActionCT",
        {"flags": 1, "zone_ofs_nbits": 5, "recirc_table": 3},
    ),
    (
        nx.NxNat(1, ipv4_min=0x0A000001, proto_max=9),
        "NXActionNAT",
        {"flags": 1, "range_ipv4_min": "10.0.0.1", "range_proto_max": 9},
    ),
    (
        nx.NxMultipath("reg0[3..10]", 1, 50, 2, 3, 7),
        "NXActionMultipath",
        {"fields": 1, "basis": 50, "algorithm": 2, "max_link": 3, "arg": 7, "dst": "reg0"},
    ),
    (
        nx.NxBundleLoad("reg0[]", basis=5, members=[1, 2]),
        "NXActionBundleLoad",
        {"basis": 5, "slaves": [1, 2], "dst": "reg0"},
    ),
    (
        nx.NxLearn([nx.NxFlowSpecMatch("eth_src[]", "eth_dst[]")], cookie=5, table_id=6),
        "NXActionLearn",
        {"cookie": 5, "table_id": 6},
    ),
]
"""Our actions, what os-ken calls them and its fields."""


@pytest.mark.parametrize(("action", "name", "fields"), KNOWN_TO_OS_KEN)
def test_os_ken_reads_what_we_meant(action: Action, name: str, fields: dict[str, Any]) -> None:
    read = in_os_ken(action)
    assert read["class"] == name
    assert {key: read[key] for key in fields} == fields


NOT_IN_OS_KEN = {
    "NxCheckPktLarger",
    "NxClone",
    "NxController2",
    "NxDeleteField",
    "NxLearn2",
    "NxResubmitTableCt",
    "NxSample3",
}
"""Actions that os-ken keeps raw, and one of whose properties it does not know."""


def test_os_ken_knows_what_open_vswitch_does_but_for_the_newest() -> None:
    for _, actions in ACTIONS:
        for action in actions:
            if type(action).__name__ not in NOT_IN_OS_KEN:
                assert in_os_ken(action)["class"] not in (
                    "NXActionUnknown",
                    "OFPActionExperimenterUnknown",
                )


def test_bits_are_packed_as_os_ken_packs_them() -> None:
    nicira_ext = pytest.importorskip("os_ken.ofproto.nicira_ext")
    for first, last in ((0, 0), (0, 63), (5, 9), (100, 131)):
        assert ofs_and_nbits(nicira_ext.ofs_nbits(first, last)) == (first, last - first + 1)


def test_fields_have_os_kens_numbers_and_sizes() -> None:
    kinds = pytest.importorskip("os_ken.ofproto.nicira_ext").oxm_types
    ours = {(field.oxm_class, field.number, field.size) for field in ENCODINGS}
    ours |= {(field.experimenter, field.number, field.size) for field in ENCODINGS}
    for kind in kinds:
        owner = getattr(kind, "experimenter_id", kind._class)
        assert (owner, kind.oxm_field, kind.type.size) in ours, kind.name
