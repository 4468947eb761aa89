"""The monitor: lines, objects and a table."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from apps import monitor
from apps.membership import Membership, Seen
from apps.monitor import EVENTS, FORMS, Monitor
from apps.swim.tags import encode_tags
from controller import Controller, Event, MemberEvent
from controller.script import ScriptError
from tests.controller.fakes import ManualShell, make_controller

SEEN = [
    Seen("h1", "10.0.0.1", "alive", 990.0, 1, 1, 0x1, 0.00125, encode_tags({"role": "web"})),
    Seen("h2", "10.0.0.2", "failed", 1000.0, 2, 7, 0x2, None, b"\x07\x08"),
    Seen("10.0.0.9", "10.0.0.9", "suspect", None, passive=True),
]


class FakeMembership(Membership):
    """Members that a test has made up."""

    def __init__(self, ctrl: Controller) -> None:
        self.made = list(SEEN)

    @property
    def members(self) -> dict[str, Seen]:
        return {seen.name: seen for seen in self.made}


class Shown:
    """A monitor and what it has written."""

    def __init__(self, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.controller, self.shell = make_controller()
        self.membership = FakeMembership(self.controller)
        monkeypatch.setattr(self.controller, "component", lambda _: self.membership)
        self.out = io.StringIO()
        self.monitor = Monitor(self.controller, form, self.out)

    def post(self, event: Event, seen: Seen, other: str = "") -> str:
        """Have something happen; what is written then."""
        self.out.truncate(0)
        self.out.seek(0)
        self.controller.post_event(event, seen.event(other), dpid=seen.dpid)
        shell: ManualShell = self.shell
        shell.pass_time(0.5)
        return self.out.getvalue()


@pytest.fixture(params=FORMS)
def shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shown:
    return Shown(request.param, monkeypatch)


def test_each_event_of_a_member_is_shown_and_nothing_fails(shown: Shown) -> None:
    for event in EVENTS:
        for seen in SEEN:
            assert seen.name in shown.post(event, seen)
    assert not shown.controller.counters


def test_control_characters_do_not_reach_the_terminal(shown: Shown) -> None:
    assert "\x07" not in shown.post(Event.MEMBER_JOIN, SEEN[1])


def test_a_name_may_be_anything(shown: Shown) -> None:
    odd = Seen("[/]\x07", "10.0.0.5", "alive", 1.0)
    shown.membership.made = [odd]
    told = shown.post(Event.MEMBER_JOIN, odd)
    assert "[/]" in told
    assert "\x07" not in told
    assert not shown.controller.counters


def test_a_line_says_what_where_and_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown("lines", monkeypatch)
    shown.shell.pass_time(2)
    words = shown.post(Event.MEMBER_CLEARED, SEEN[0]).split()
    assert words == ["2.000", "cleared", "h1", "10.0.0.1", "1:1", "1.25", "ms", "role=web"]
    line = shown.post(Event.MEMBER_CONFLICT, SEEN[0], "10.0.0.7:7946")
    assert line.rstrip().endswith("also claimed by 10.0.0.7:7946")


def test_an_object_has_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown("json", monkeypatch)
    told: dict[str, Any] = json.loads(shown.post(Event.MEMBER_FAILED, SEEN[1]))
    assert (told["event"], told["dpid"], told["port"]) == ("failed", "0000000000000002", 7)
    assert (told["mac"], told["state"], told["rtt_s"]) == ("000000000002", "failed", None)


def test_the_table_is_kept_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown("table", monkeypatch)
    table = shown.monitor.table()
    assert [column.header for column in table.columns] == list(monitor.COLUMNS)
    assert [str(cell) for cell in table.columns[0].cells] == ["10.0.0.9", "h1", "h2"]
    assert [str(cell) for cell in table.columns[4].cells] == ["", "10s", "0s"]
    assert table.caption == "1 alive, 1 suspect, 1 failed"
    shown.membership.made = []
    shown.out.truncate(0)
    shown.shell.pass_time(monitor.REFRESH_EVERY_S)
    assert "nobody yet" in shown.out.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9, "0s"), (59.9, "59s"), (60, "1m0s"), (3599, "59m59s"), (3660, "1h1m"), (90000, "1d1h")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert monitor._duration(seconds) == text


def test_an_unknown_form_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(monitor.VARIABLE, "xml")
    with pytest.raises(ScriptError, match="'xml' is none of table, lines, json"):
        monitor.init(make_controller()[0])


def test_a_member_is_shown_by_the_event_alone_when_it_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = Shown("lines", monkeypatch)
    gone = MemberEvent("x", "10.0.0.3", None, 0, "left")
    shown.controller.post_event(Event.MEMBER_LEAVE, gone)
    shown.shell.pass_time(0)
    assert shown.out.getvalue().split()[1:] == ["leave", "x", "10.0.0.3", "?"]
