"""Open vSwitch and we mean the same: what ovs-ofctl makes of a flow's text, and what we make of the same in classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from openflow import (
    Experimenter,
    ExperimenterAction,
    FlowMod,
    Match,
    Message,
    Output,
    SetField,
    Version,
    decode,
    encode,
)
from openflow import experimenters as nx
from openflow.actions import Action
from openflow.constants import PacketInReason
from openflow.versions import V1_0, V1_3, V1_4, V1_5
from tests.openflow.examples import parts
from tests.openflow.experimenters.ovs_ofctl import needs_ovs_ofctl, sent

pytestmark = needs_ovs_ofctl

TO_ALL = Output(1, 0)

ACTIONS: list[tuple[str, list[Action]]] = [
    ("resubmit:5", [nx.NxResubmitTable(5)]),
    ("resubmit(2,3)", [nx.NxResubmitTable(2, 3)]),
    ("resubmit(,3,ct)", [nx.NxResubmitTableCt(table_id=3)]),
    ("pop_queue", [nx.NxPopQueue()]),
    ("exit", [nx.NxExit()]),
    ("note:01.02.03.04.05.06.07", [nx.NxNote(bytes([1, 2, 3, 4, 5, 6, 7]) + bytes(7))]),
    ("move:eth_src[0..15]->reg1[16..31]", [nx.NxRegMove("nxm_of_eth_src[0..15]", "reg1[16..31]")]),
    ("move:xxreg0[0..63]->xxreg1[64..127]", [nx.NxRegMove("xxreg0[0..63]", "xxreg1[64..127]")]),
    ("load:1->reg0[0..3]", [nx.NxRegLoad("reg0[0..3]", 1)]),
    ("push:eth_src[0..15]", [nx.NxStackPush("nxm_of_eth_src[0..15]")]),
    ("pop:reg1[]", [nx.NxStackPop("reg1[]")]),
    ("output:reg0[]", [nx.NxOutputReg("reg0[]")]),
    ("output(port=1,max_len=100)", [nx.NxOutputTrunc(1, 100)]),
    ("dec_ttl(1,2,3)", [nx.NxDecTtlCntIds([1, 2, 3])]),
    ("fin_timeout(idle_timeout=1,hard_timeout=2)", [nx.NxFinTimeout(1, 2)]),
    ("conjunction(5,1/2)", [nx.NxConjunction(5, clause=0, n_clauses=2)]),
    (
        "multipath(symmetric_l4,50,hrw,4,7,reg0[3..10])",
        [nx.NxMultipath("reg0[3..10]", fields=1, basis=50, algorithm=2, max_link=3, arg=7)],
    ),
    (
        "bundle(eth_src,9,active_backup,ofport,members:1,2,3)",
        [nx.NxBundle(basis=9, members=[1, 2, 3])],
    ),
    (
        "bundle_load(eth_src,0,hrw,ofport,reg0[],members:1,2)",
        [nx.NxBundleLoad("reg0[]", algorithm=1, members=[1, 2])],
    ),
    (
        "learn(table=1,idle_timeout=9,vlan_tci[0..11],load:18->reg0[],output:NXM_OF_IN_PORT[])",
        [
            nx.NxLearn(
                [
                    nx.NxFlowSpecMatch("vlan_tci[0..11]", "vlan_tci[0..11]"),
                    nx.NxFlowSpecLoad(18, "reg0[]"),
                    nx.NxFlowSpecOutput("nxm_of_in_port[]"),
                ],
                idle_timeout=9,
            )
        ],
    ),
    (
        "learn(table=1,limit=5,result_dst=reg0[3],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],delete_learned)",
        [
            nx.NxLearn2(
                [nx.NxFlowSpecMatch("nxm_of_eth_src[]", "nxm_of_eth_dst[]")],
                limit=5,
                flags=nx.LearnFlags.WRITE_RESULT | nx.LearnFlags.DELETE_LEARNED,
                result_dst="reg0",
                result_ofs=3,
            )
        ],
    ),
    (
        "controller(reason=no_match,max_len=5,id=7)",
        [nx.NxController(5, 7, PacketInReason.NO_MATCH)],
    ),
    (
        "controller(max_len=5,id=7,userdata=01.02.03,pause,meter_id=3)",
        [
            nx.NxController2(
                [
                    nx.NxMaxLen(5),
                    nx.NxControllerId(7),
                    nx.NxUserdata(b"\1\2\3"),
                    nx.NxPause(),
                    nx.NxMeterId(3),
                ]
            )
        ],
    ),
    (
        "ct(commit,zone=reg0[0..15],nat(src=1.1.1.1-1.1.1.2:5-6,random),exec(load:1->ct_mark[]))",
        [
            nx.NxCt(
                nx.CtFlags.COMMIT,
                zone_src="reg0[0..15]",
                actions=[
                    nx.NxNat(
                        nx.NatFlags.SRC | nx.NatFlags.PROTO_RANDOM,
                        ipv4_min="1.1.1.1",  # type: ignore[arg-type]
                        ipv4_max="1.1.1.2",  # type: ignore[arg-type]
                        proto_min=5,
                        proto_max=6,
                    ),
                    nx.NxRegLoad("ct_mark[]", 1),
                ],
            )
        ],
    ),
    (
        "ct(table=3,zone=7,alg=ftp,nat)",
        [nx.NxCt(zone=7, recirc_table=3, alg=21, actions=[nx.NxNat()])],
    ),
    ("ct_clear", [nx.NxCtClear()]),
    (
        "clone(1,clone(resubmit(,3)))",
        [nx.NxClone([TO_ALL, nx.NxClone([nx.NxResubmitTable(table_id=3)])])],
    ),
    (
        "sample(probability=1,collector_set_id=2,obs_domain_id=3,obs_point_id=4)",
        [nx.NxSample(1, 2, 3, 4)],
    ),
    (
        "sample(probability=1,collector_set_id=2,obs_domain_id=3,obs_point_id=4,sampling_port=5)",
        [nx.NxSample2(1, 2, 3, 4, 5)],
    ),
    (
        "sample(probability=1,collector_set_id=2,obs_domain_id=3,obs_point_id=4,sampling_port=5,egress)",
        [nx.NxSample3(1, 2, 3, 4, 5, 2)],
    ),
    ("check_pkt_larger(1000)->reg0[1]", [nx.NxCheckPktLarger("reg0[1]", 1000)]),
    ("delete_field:tun_metadata0", [nx.NxDeleteField("tun_metadata0")]),
]
"""A flow's actions in Open vSwitch's words and in ours."""

OF_1_0: list[tuple[str, list[Action]]] = [
    ("set_queue:5", [nx.NxSetQueue(5)]),
    ("group:6", [nx.NxGroup(6)]),
    ("dec_ttl", [nx.NxDecTtl()]),
    ("set_tunnel:5", [nx.NxSetTunnel(5)]),
    ("set_tunnel64:5", [nx.NxSetTunnel64(5)]),
    ("write_metadata:5/7", [nx.NxWriteMetadata(5, 7)]),
    ("push_mpls:0x8848", [nx.NxPushMpls(0x8848)]),
]
OF_1_0_MPLS: list[tuple[str, list[Action]]] = [
    ("pop_mpls:0x86dd", [nx.NxPopMpls(0x86DD)]),
    ("set_mpls_label(5)", [nx.NxSetMplsLabel(5)]),
    ("set_mpls_tc(3)", [nx.NxSetMplsTc(3)]),
    ("set_mpls_ttl(4)", [nx.NxSetMplsTtl(4)]),
    ("dec_mpls_ttl", [nx.NxDecMplsTtl()]),
]
SINCE_1_3: list[tuple[str, list[Action]]] = [
    ("encap(ethernet)", [nx.NxEncap()]),
    ("encap(nsh(md_type=1))", [nx.NxEncap(0x1894F, properties=bytes.fromhex("00040105 01000000"))]),
    ("decap()", [nx.NxDecap()]),
]

MATCHES: dict[str, dict[str, object]] = {
    "ct_state=+trk+est-new,ct_zone=4,ct_mark=5/0xf,ct_label=6": {
        "ct_state": (nx.CtState.TRK | nx.CtState.EST, 0x23),
        "ct_zone": 4,
        "ct_mark": (5, 0xF),
        "ct_label": 6,
    },
    "tun_src=10.0.0.0/8,tun_dst=10.0.0.1,tun_gbp_id=3,tun_flags=oam": {
        "tun_src": "10.0.0.0/8",
        "tun_dst": "10.0.0.1",
        "tun_gbp_id": 3,
        "tun_flags": (1, 1),
    },
    "tun_ipv6_src=fe80::1": {"tun_ipv6_src": "fe80::1"},
    "pkt_mark=3,conj_id=4,dp_hash=5,recirc_id=6": {
        "pkt_mark": 3,
        "conj_id": 4,
        "dp_hash": 5,
        "recirc_id": 6,
    },
}
"""A flow's match in Open vSwitch's words and in ours."""

REGISTERS: list[tuple[Version, str, dict[str, object]]] = [
    (V1_0, "reg0=5,reg15=0x10/0xf0", {"reg0": 5, "reg15": (0x10, 0xF0)}),
    (V1_3, "reg0=5,reg15=0x10/0xf0", {"reg0": 5, "reg15": (0x10, 0xF0)}),
    (V1_3, "xxreg1=9", {"reg4": 0, "reg5": 0, "reg6": 0, "reg7": 9}),
    (V1_5, "reg0=0,reg1=7", {"xreg0": 7}),
    (V1_5, "reg1=7/0xf", {"xreg0": (7, 0xF)}),
]
"""Registers, which Open vSwitch sends in whatever width the version has."""


def flow(match: str, actions: str) -> str:
    return f"{match},actions={actions}"


def flow_mods(folder: Path, version: Version, flows: Sequence[str]) -> list[tuple[Message, bytes]]:
    """What ovs-ofctl sends for flows, one message each, decoded and as it is."""
    path = folder / "flows"
    path.write_text("\n".join(flows))
    found = [(decode(data), data) for data in sent(folder, version, "add-flows", str(path))]
    return [(mod, data) for mod, data in found if isinstance(mod, FlowMod | nx.NxFlowMod)]


def actions_of(message: Message) -> list[Action]:
    assert isinstance(message, FlowMod | nx.NxFlowMod)
    return [action for part in message.instructions for action in getattr(part, "actions", [])]


def untyped(message: Message) -> list[object]:
    """What in a message has no class or no name."""
    found = [part for _, part in parts(message)]
    raw = [part for part in found if isinstance(part, Experimenter | ExperimenterAction)]
    matches = [part.match for part in found if isinstance(getattr(part, "match", None), Match)]
    return [*raw, *(name for match in matches for name in match if name.startswith("0x"))]


@pytest.mark.parametrize(
    ("version", "match", "rows"),
    [
        (V1_0, "tcp,ct_state=+trk-inv", ACTIONS),
        (V1_0, "ip", OF_1_0),
        (V1_0, "mpls", OF_1_0_MPLS),
        (V1_3, "tcp,ct_state=+trk-inv", ACTIONS + SINCE_1_3),
        (V1_4, "tcp,ct_state=+trk-inv", ACTIONS + SINCE_1_3),
    ],
)
def test_open_vswitch_and_we_send_the_same_actions(
    tmp_path: Path, version: Version, match: str, rows: list[tuple[str, list[Action]]]
) -> None:
    mods = flow_mods(tmp_path, version, [flow(match, text) for text, _ in rows])
    assert len(mods) == len(rows)
    for (mod, data), (text, actions) in zip(mods, rows, strict=True):
        assert untyped(mod) == [], text
        assert encode(mod, version) == data, text
        assert actions_of(mod) == actions, text


def test_on_1_5_they_are_the_same_but_for_what_1_5_has_itself(tmp_path: Path) -> None:
    rows = [(text, actions) for text, actions in ACTIONS if not text.startswith(("move", "load"))]
    mods = flow_mods(tmp_path, V1_5, [flow("tcp,ct_state=+trk-inv", text) for text, _ in rows])
    for (mod, data), (text, _) in zip(mods, rows, strict=True):
        assert untyped(mod) == [], text
        assert encode(mod, V1_5) == data, text


@pytest.mark.parametrize("version", [V1_0, V1_3, V1_4, V1_5])
def test_open_vswitch_and_we_name_the_same_fields(tmp_path: Path, version: Version) -> None:
    mods = flow_mods(tmp_path, version, [flow(text, "1") for text in MATCHES])
    for (mod, data), (text, fields) in zip(mods, MATCHES.items(), strict=True):
        assert encode(mod, version) == data, text
        assert mod.match == Match(fields), text  # type: ignore[attr-defined]


@pytest.mark.parametrize(("version", "text", "fields"), REGISTERS)
def test_open_vswitch_and_we_name_the_same_registers(
    tmp_path: Path, version: Version, text: str, fields: dict[str, object]
) -> None:
    ((mod, data),) = flow_mods(tmp_path, version, [flow(text, "1")])
    assert mod.match == Match(fields)  # type: ignore[attr-defined]
    assert encode(mod, version) == data


def test_a_field_of_1_5_has_its_name_on_1_3_where_it_is_onfs(tmp_path: Path) -> None:
    ((mod, data),) = flow_mods(tmp_path, V1_3, [flow("tcp,tcp_flags=+syn-ack", "1")])
    assert mod.match["tcp_flags"] == (0x02, 0x12)  # type: ignore[attr-defined]
    assert encode(mod, V1_3) == data


def test_set_field_sets_extensions_alike(tmp_path: Path) -> None:
    ((mod, data),) = flow_mods(
        tmp_path, V1_3, [flow("ip", "set_field:5->reg0,set_field:0x7->xxreg0")]
    )
    assert actions_of(mod) == [SetField("reg0", 5), SetField("xxreg0", 7)]
    assert encode(mod, V1_3) == data
