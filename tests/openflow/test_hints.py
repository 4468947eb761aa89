"""Who names what there is not, or by the name that it has elsewhere, is told what may be meant."""

from __future__ import annotations

import pytest

import openflow

MEANT = {
    "OFPFlowMod": "FlowMod",
    "ofp_flow_mod": "FlowMod",
    "ofp_packet_out": "PacketOut",
    "ofp_match": "Match",
    "OFPActionOutput": "Output",
    "ofp_action_output": "Output",
    "OFPActionSetField": "SetField",
    "OFPInstructionGotoTable": "GotoTable",
    "OFPPortStatsRequest": "PortStatsRequest",
    "OFPP_FLOOD": "PortNo.FLOOD",
    "OFPFC_DELETE_STRICT": "FlowModCommand.DELETE_STRICT",
    "OFPR_NO_MATCH": "PacketInReason.NO_MATCH",
    "Flowmod": "FlowMod",
    "Outptu": "Output",
}


@pytest.mark.parametrize(("name", "meant"), MEANT.items())
def test_a_name_of_elsewhere_is_pointed_to(name: str, meant: str) -> None:
    with pytest.raises(AttributeError) as refused:
        getattr(openflow, name)
    text = f"module 'openflow' has no attribute {name!r}: did you mean {meant}?"
    assert str(refused.value) == text
    assert eval(f"openflow.{meant}") is not None  # it is there


@pytest.mark.parametrize("name", ["ofp_nonsense", "OFPP_NONSENSE", "Zzzzzzzz", "nonsense", "__x__"])
def test_a_name_like_no_other_is_told_as_python_does(name: str) -> None:
    with pytest.raises(AttributeError) as refused:
        getattr(openflow, name)
    assert str(refused.value) == f"module 'openflow' has no attribute {name!r}"
