"""Who names what there is not, or by the name that it has elsewhere, is told what may be meant."""

from __future__ import annotations

from enum import EnumType

import pytest

import openflow
from openflow import hints

MEANT = {
    "OFPFlowMod": "FlowMod",
    "ofp_flow_mod": "FlowMod",
    "ofp_stats_request": "FlowStatsRequest",
    "ofp_packet_out": "PacketOut",
    "ofp_match": "Match",
    "OFPActionOutput": "Output",
    "ofp_action_output": "Output",
    "OFPActionSetField": "SetField",
    "OFPActionSetDlDst": "SetField",
    "OFPActionStripVlan": "PopVlan",
    "ofp_action_dl_addr": "SetField",
    "ofp_action_tp_port": "SetField",
    "ofp_action_vlan_vid": "SetVlanVid",
    "OFPInstructionGotoTable": "GotoTable",
    "OFPInstructionActions": "ApplyActions",
    "OFPMeterBandDrop": "DropBand",
    "OFPPortStatsRequest": "PortStatsRequest",
    "OFPP_FLOOD": "PortNo.FLOOD",
    "OFPP_NONE": "PortNo.ANY",
    "OFPFC_DELETE_STRICT": "FlowModCommand.DELETE_STRICT",
    "OFPR_NO_MATCH": "PacketInReason.NO_MATCH",
    "OFPCR_ROLE_MASTER": "ControllerRole.MASTER",
    "OFPMPF_REPLY_MORE": "MultipartFlags.MORE",
    "OFPPF_10GB_FD": "PortFeatures.FD_10GB",
    "OFPC_FLOW_STATS": "Capabilities.FLOW_STATS",
    "OFPC_FRAG_DROP": "ConfigFlags.FRAG_DROP",
    "OFPCML_NO_BUFFER": "CONTROLLER_NO_BUFFER",
    "OFPIT_APPLY_ACTIONS": "ApplyActions",
    "OFPAT_OUTPUT": "Output",
    "OFPT_FLOW_MOD": "FlowMod",
    "OFP_FLOW_PERMANENT": "0",
    "FLOOD": "PortNo.FLOOD",
    "SEND_FLOW_REM": "FlowModFlags.SEND_FLOW_REM",
    "MODIFY": "PortReason.MODIFY or FlowModCommand.MODIFY or GroupModCommand.MODIFY or MeterModCommand.MODIFY",
    "Flowmod": "FlowMod",
    "Outptu": "Output",
}


@pytest.mark.parametrize(("name", "meant"), MEANT.items())
def test_a_name_of_elsewhere_is_pointed_to(name: str, meant: str) -> None:
    with pytest.raises(AttributeError) as refused:
        getattr(openflow, name)
    text = f"module 'openflow' has no attribute {name!r}: did you mean {meant}?"
    assert str(refused.value) == text
    assert eval(meant, vars(openflow)) is not None  # it is there


@pytest.mark.parametrize("name", ["ofp_nonsense", "OFPP_NONSENSE", "Zzzzzzzz", "nonsense", "__x__"])
def test_a_name_like_no_other_is_told_as_python_does(name: str) -> None:
    with pytest.raises(AttributeError) as refused:
        getattr(openflow, name)
    assert str(refused.value) == f"module 'openflow' has no attribute {name!r}"


@pytest.mark.parametrize("former", hints.FORMER.values())
def test_what_is_called_otherwise_here_is_here(former: str) -> None:
    assert eval(former, vars(openflow)) is not None


@pytest.mark.parametrize("names", hints.ENUMERATIONS.values())
def test_constants_are_in_enumerations(names: str) -> None:
    assert all(isinstance(getattr(openflow, name), EnumType) for name in names.split())
