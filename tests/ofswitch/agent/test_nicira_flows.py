"""Flow entries on 1.0 in Nicira's form: any match, tables, cookies (nicira-ext.h)."""

from __future__ import annotations

from typing import Any

import pytest

from openflow import (
    NO_COOKIE,
    V1_0,
    ApplyActions,
    BarrierRequest,
    ControllerRole,
    ErrorCode,
    FlowMod,
    FlowModCommand,
    FlowModFlags,
    FlowRemoved,
    FlowStatsRequest,
    Match,
    Output,
    TableId,
)
from openflow import experimenters as nx
from tests.ofswitch.agent.world import Controller, frame

ADD, MODIFY, MODIFY_STRICT, DELETE, DELETE_STRICT = FlowModCommand
V6 = Match(nxm_of_eth_type=0x86DD, nxm_nx_ipv6_src=1)


def flow(*ports: int, **fields: Any) -> nx.NxFlowMod:
    return nx.NxFlowMod(instructions=[ApplyActions([Output(one) for one in ports])], **fields)


def by_cookie(cookie: int, mask: int = 0xFF) -> Match:
    return Match(nxm_nx_cookie=(cookie, mask))


def entries(old: Controller, **filters: Any) -> list[Any]:
    return old.ask(nx.NxFlowStatsRequest(**filters, xid=7)).body  # type: ignore[no-any-return]


def cookies(old: Controller, **filters: Any) -> list[int]:
    return [entry.cookie for entry in entries(old, **filters)]


@pytest.fixture
def tabled(old: Controller) -> Controller:
    """A controller whose flow-mods name tables."""
    old.do(nx.NxSetFlowFormat(nx.NxFlowFormat.NXM), nx.NxFlowModTableId(1))
    return old


def test_entries_match_what_1_0_cannot_say(old: Controller, new: Controller) -> None:
    old.do(flow(2, match=V6, cookie=1, priority=9, idle_timeout=5))
    (entry,) = entries(old)
    assert (entry.match, entry.cookie, entry.priority, entry.idle_timeout) == (V6, 1, 9, 5)
    (same,) = new.ask(FlowStatsRequest()).body
    assert same.match == Match(eth_type=0x86DD, ipv6_src=1)


def test_entries_go_to_the_first_table_until_tables_are_named(old: Controller) -> None:
    old.do(flow(2, table_id=2), nx.NxFlowModTableId(1), flow(2, table_id=2))
    assert [entry.table_id for entry in entries(old)] == [0, 2]
    assert len(entries(old, table_id=2)) == len(entries(old, table_id=0)) == 1
    old.do(nx.NxFlowModTableId(0), nx.NxFlowMod(command=DELETE, table_id=2))
    assert entries(old) == []


def test_a_table_is_named_in_1_0s_own_flow_mods_too(tabled: Controller) -> None:
    tabled.do(FlowMod(command=1 << 8, cookie=1), FlowMod(command=ADD, cookie=2))
    assert [(one.table_id, one.cookie) for one in entries(tabled)] == [(0, 2), (1, 1)]
    tabled.do(FlowMod(command=DELETE))
    assert cookies(tabled) == [1]
    tabled.do(FlowMod(command=TableId.ALL << 8 | DELETE))
    assert cookies(tabled) == []
    bad = tabled.refused(FlowMod(command=9 << 8))
    assert bad.wire(V1_0) == ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID.wire(V1_0)


def test_cookies_choose(tabled: Controller) -> None:
    tabled.do(*(flow(2, table_id=0, priority=one, cookie=one) for one in (3, 2, 1)))
    assert cookies(tabled, match=by_cookie(2)) == [2]
    sums = tabled.ask(nx.NxAggregateStatsRequest(match=by_cookie(2, 2)))
    assert sums.flow_count == 2
    tabled.do(flow(1, table_id=0, command=MODIFY, match=by_cookie(2), cookie=NO_COOKIE))
    assert [one.instructions[0].actions[0].port for one in entries(tabled)] == [2, 1, 2]
    tabled.do(nx.NxFlowMod(command=DELETE, table_id=TableId.ALL, match=by_cookie(2, 2)))
    assert cookies(tabled) == [1]
    tabled.do(nx.NxFlowMod(command=MODIFY, table_id=0, match=by_cookie(9)))
    assert cookies(tabled) == [1]


def test_a_modification_sets_the_cookie_and_adds_as_in_1_0(old: Controller) -> None:
    old.do(flow(2, command=MODIFY, cookie=5))
    assert cookies(old) == [5]
    old.do(flow(2, command=MODIFY_STRICT, cookie=6))
    assert cookies(old) == [6]
    old.do(flow(2, command=MODIFY_STRICT, cookie=NO_COOKIE))
    assert cookies(old) == [6]
    old.do(nx.NxFlowMod(command=DELETE_STRICT))
    old.do(flow(2, cookie=NO_COOKIE))
    assert cookies(old) == [0]


def test_packets_meet_the_entries(old: Controller) -> None:
    old.do(flow(3, match=Match(nxm_of_in_port=1), priority=9), flow(2, priority=1))
    assert [effect.port_no for effect in old.world.arrive(frame())] == [3]
    assert [one.packet_count for one in entries(old)] == [1, 0]


def test_the_end_of_an_entry_is_told_in_the_form_that_was_chosen(old: Controller) -> None:
    old.do(nx.NxSetFlowFormat(nx.NxFlowFormat.NXM))
    for kind, form in ((nx.NxFlowRemoved, 0), (FlowRemoved, 2)):
        old.do(flow(2, match=Match(nxm_of_in_port=1), flags=FlowModFlags.SEND_FLOW_REM, cookie=3))
        gone, _ = old.send(nx.NxFlowMod(command=DELETE), BarrierRequest())
        assert (type(gone), gone.cookie) == (kind, 3)
        old.do(nx.NxSetFlowFormat(form))


def test_what_is_wrong_is_refused(old: Controller) -> None:
    bad_field = ErrorCode.BAD_MATCH__BAD_FIELD.wire(V1_0)
    for request in (flow(match=Match(reg0=1)), nx.NxFlowStatsRequest(match=Match(reg0=1))):
        assert old.refused(request).wire(V1_0) == bad_field
    assert old.refused(nx.NxSetFlowFormat(7)) is ErrorCode.BAD_REQUEST__EPERM
    assert old.refused(flow(command=77)) is ErrorCode.FLOW_MOD_FAILED__BAD_COMMAND
    assert entries(old) == []


def test_a_slave_may_ask_only(old: Controller, new: Controller) -> None:
    old.do(flow(2))
    old.ask(nx.NxRoleRequest(nx.NxRole.SLAVE, xid=3))
    assert old.session.role is ControllerRole.SLAVE
    assert old.refused(flow(2)) is ErrorCode.BAD_REQUEST__EPERM
    assert len(entries(old)) == 1


def test_flow_mods_of_1_3_name_their_tables_anyway(new: Controller) -> None:
    new.do(nx.NxFlowModTableId(1), FlowMod(table_id=2))
    assert [entry.table_id for entry in new.ask(FlowStatsRequest()).body] == [2]
