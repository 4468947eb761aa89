"""What FLOW_MOD does in each version: the tables of Open vSwitch's design notes, line by line.

("Design Decisions In Open vSwitch", OFPT_FLOW_MOD.) A line asks one question of each of the five
commands; `y` is yes, `n` no, `.` does not apply. The questions about updates are asked of a MODIFY
that finds an entry; one that finds none is an ADD or nothing, as the last tests say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openflow.actions import Output
from openflow.constants import FlowModCommand, FlowModFlags
from openflow.errors import ErrorCode, OpenFlowError
from openflow.instructions import GotoTable
from openflow.match import Match
from openflow.messages.flows import FlowMod, FlowStats
from openflow.versions import Version
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, instructions, out_ports, removals

ADD, MODIFY, MODIFY_STRICT, DELETE, DELETE_STRICT = FlowModCommand
COMMANDS = (ADD, MODIFY, MODIFY_STRICT, DELETE, DELETE_STRICT)

MATCH = Match(eth_type=0x0800)
FRAME = FRAMES["IPv4 TCP"]
OLD = {"priority": 100, "cookie": 0xA, "idle_timeout": 60, "hard_timeout": 600}

V1_0, V1_1, V1_2, V1_3 = Version.V1_0, Version.V1_1, Version.V1_2, Version.V1_3

TABLES: dict[str, dict[Version, str]] = {
    #                                        ADD MODIFY STRICT DELETE STRICT
    "acts on its priority only": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y n y n y"),
    "acts on its out_port only": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), ". n n y y"),
    "acts on its cookie only": {V1_0: ". n n n n"} | dict.fromkeys((V1_1, V1_2, V1_3), ". y y y y"),
    "acts on its table only": {V1_0: ". n n n n"} | dict.fromkeys((V1_1, V1_2, V1_3), "y y y y y"),
    "updates the cookie": {V1_0: "y y y . ."} | dict.fromkeys((V1_1, V1_2, V1_3), "y n n . ."),
    "updates SEND_FLOW_REM": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y n n . ."),
    "honours CHECK_OVERLAP": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y n n . ."),
    "updates idle_timeout": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y n n . ."),
    "updates hard_timeout": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y n n . ."),
    "restarts the idle time": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y n n . ."),
    "restarts the hard time": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y y y . ."),
    "zeroes the counters": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "y n n . ."),
    "zeroes the counters if asked to": {V1_2: "y y y . .", V1_3: "y y y . ."},
    "may add an entry": {V1_0: "y y y . .", V1_1: "y y y . ."}
    | dict.fromkeys((V1_2, V1_3), "y n n . ."),
    "may add an entry with a cookie mask": dict.fromkeys((V1_1, V1_2, V1_3), "y n n . ."),
    "sends FLOW_REMOVED": dict.fromkeys((V1_0, V1_1, V1_2, V1_3), "n n n y y"),
}


class Bench:
    """A switch with one entry, and one flow-mod command to try on it."""

    def __init__(self, switch: Switch, command: int) -> None:
        self.switch = switch
        self.command = command

    def put(self, **fields: Any) -> None:
        """Add the entry."""
        self.switch.add(Output(2), **({"match": MATCH} | OLD | fields))

    def act(self, **fields: Any) -> None:
        """Send the command for that entry; its action is output to port 3."""
        fields = {"match": MATCH, "priority": 100, "cookie": 0xA} | fields
        self.effects = self.switch.change(self.command, Output(3), **fields)

    def acted(self) -> bool:
        """Whether the command reached the entry."""
        return not any(is_old(entry) for entry in self.switch.dump())


def is_old(entry: FlowStats) -> bool:
    """Whether an entry does what it did at first."""
    return entry.instructions == instructions([Output(2)])


def acts_on_its_priority_only(bench: Bench) -> bool:
    bench.put()
    bench.act(priority=99)
    return not bench.acted()


def acts_on_its_out_port_only(bench: Bench) -> bool:
    bench.put()
    bench.act(out_port=4)
    return not bench.acted()


def acts_on_its_cookie_only(bench: Bench) -> bool:
    bench.put()
    bench.act(cookie=0xB, cookie_mask=0xFF)
    return not bench.acted()


def acts_on_its_table_only(bench: Bench) -> bool:
    # In 1.0, an entry beyond table 0 comes from somebody who speaks a later version.
    version, bench.switch.version = bench.switch.version, V1_3
    bench.put(table_id=1)
    bench.switch.version = version
    bench.act(table_id=0)
    return not bench.acted()


def updates_the_cookie(bench: Bench) -> bool:
    bench.put()
    bench.act(cookie=0xB)
    return bench.switch.entry().cookie == 0xB


def updates_send_flow_rem(bench: Bench) -> bool:
    bench.put()
    bench.act(flags=FlowModFlags.SEND_FLOW_REM)
    return bool(removals(bench.switch.change(DELETE)))


def honours_check_overlap(bench: Bench) -> bool:
    bench.put()
    bench.put(match=Match(), cookie=0xB)
    try:
        bench.act(flags=FlowModFlags.CHECK_OVERLAP)
    except OpenFlowError as error:
        return error.code is ErrorCode.FLOW_MOD_FAILED__OVERLAP
    return False


def updates_idle_timeout(bench: Bench) -> bool:
    bench.put()
    bench.act(idle_timeout=61)
    return bench.switch.entry().idle_timeout == 61


def updates_hard_timeout(bench: Bench) -> bool:
    bench.put()
    bench.act(hard_timeout=61)
    return bench.switch.entry().hard_timeout == 61


def restarts_the_idle_time(bench: Bench) -> bool:
    bench.put(idle_timeout=10, hard_timeout=0)
    bench.switch.now = 6
    bench.act(idle_timeout=10)
    bench.switch.advance(12)
    return bool(bench.switch.dump())


def restarts_the_hard_time(bench: Bench) -> bool:
    bench.put(idle_timeout=0, hard_timeout=10)
    bench.switch.now = 6
    bench.act(hard_timeout=10)
    bench.switch.advance(12)
    return bool(bench.switch.dump())


def zeroes_the_counters(bench: Bench) -> bool:
    bench.put()
    bench.switch.receive(FRAME)
    bench.act()
    return bench.switch.entry().packet_count == 0


def zeroes_the_counters_if_asked_to(bench: Bench) -> bool:
    bench.put()
    bench.switch.receive(FRAME)
    bench.act(flags=FlowModFlags.RESET_COUNTS)
    return bench.switch.entry().packet_count == 0


def may_add_an_entry(bench: Bench) -> bool:
    bench.act()
    return bool(bench.switch.dump())


def may_add_an_entry_with_a_cookie_mask(bench: Bench) -> bool:
    bench.act(cookie_mask=1)
    return bool(bench.switch.dump())


def sends_flow_removed(bench: Bench) -> bool:
    bench.put(flags=FlowModFlags.SEND_FLOW_REM)
    bench.act()
    return bool(removals(bench.effects))


CELLS = [
    pytest.param(question, version, command, cell == "y", id=f"{version} {command.name} {question}")
    for question, lines in TABLES.items()
    for version, line in lines.items()
    for command, cell in zip(COMMANDS, line.split(), strict=True)
    if cell != "."
]


@pytest.mark.parametrize(("question", "version", "command", "answer"), CELLS)
def test_each_command_does_what_its_version_says(
    question: str,
    version: Version,
    command: int,
    answer: bool,
    make_switch: Callable[..., Switch],
) -> None:
    ask = globals()[question.lower().replace(" ", "_")]
    assert ask(Bench(make_switch(version=version), command)) is answer


@pytest.mark.parametrize("command", [MODIFY, MODIFY_STRICT])
def test_a_modify_of_1_0_that_finds_nothing_is_an_add_in_all_respects(
    command: int, make_switch: Callable[..., Switch]
) -> None:
    added, modified = make_switch(version=V1_0), make_switch(version=V1_0)
    fields = {"match": MATCH, "flags": FlowModFlags.SEND_FLOW_REM} | OLD
    added.change(ADD, Output(2), **fields)
    modified.change(command, Output(2), **fields)
    assert added.dump() == modified.dump()


@pytest.mark.parametrize("command", [MODIFY, MODIFY_STRICT])
def test_a_modify_of_1_0_that_would_add_heeds_overlaps(
    command: int, make_switch: Callable[..., Switch]
) -> None:
    switch = make_switch(version=V1_0)
    switch.add(Output(2), match=Match(eth_src=1), priority=100)
    change = FlowMod(
        command=command,
        match=MATCH,
        priority=100,
        flags=FlowModFlags.CHECK_OVERLAP,
        instructions=instructions([Output(3)]),
    )
    assert switch.refusal(change) is ErrorCode.FLOW_MOD_FAILED__OVERLAP


def test_a_modify_changes_what_happens_to_packets(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch()
    switch.add(Output(2), match=MATCH)
    switch.change(MODIFY, Output(3))
    assert out_ports(switch.receive(FRAME)) == [3]


@pytest.mark.parametrize("version", [V1_1, V1_2, V1_3])
@pytest.mark.parametrize("command", [DELETE, DELETE_STRICT])
def test_table_255_means_all_tables_to_deletions(
    version: Version, command: int, make_switch: Callable[..., Switch]
) -> None:
    switch = make_switch(version=version)
    for table_id in (0, 1, 253):
        switch.add(Output(2), match=MATCH, priority=100, table_id=table_id)
    switch.change(command, match=MATCH, priority=100, table_id=255)
    assert switch.dump() == []


@pytest.mark.parametrize("command", [ADD, MODIFY, MODIFY_STRICT])
def test_table_255_means_no_table_to_other_commands(
    command: int, make_switch: Callable[..., Switch]
) -> None:
    change = FlowMod(command=command, table_id=255)
    assert make_switch().refusal(change) is ErrorCode.FLOW_MOD_FAILED__BAD_TABLE_ID


def test_a_modify_leaves_the_duration_alone(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch()
    switch.add(Output(2))
    switch.now = 5.5
    switch.change(MODIFY, Output(3))
    switch.now = 7.75
    entry = switch.entry()
    assert (entry.duration_sec, entry.duration_nsec) == (7, 750_000_000)


def test_a_modify_of_all_tables_sends_no_packet_back(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(version=V1_3, n_tables=3)
    switch.add(GotoTable(2), table_id=1)
    switch.version = V1_0
    change = FlowMod(command=FlowModCommand.MODIFY, instructions=[GotoTable(1)])
    assert switch.refusal(change) == ErrorCode.BAD_INSTRUCTION__BAD_TABLE_ID
