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
    SetField,
    Version,
    decode,
    encode,
)
from openflow import experimenters as nx
from openflow.actions import Action
from openflow.versions import V1_0, V1_3, V1_4, V1_5
from tests.needs import needs
from tests.openflow.examples import parts
from tests.openflow.experimenters.examples import ACTIONS, OF_1_0, OF_1_0_MPLS, SINCE_1_3
from tests.openflow.experimenters.ovs_ofctl import sent

pytestmark = needs("ovs-ofctl")

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
