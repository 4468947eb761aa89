"""Actions of experimenters in Open vSwitch's words, as ovs-ofctl reads them, and in ours."""

from __future__ import annotations

from openflow import Output
from openflow import experimenters as nx
from openflow.actions import Action
from openflow.constants import PacketInReason

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
