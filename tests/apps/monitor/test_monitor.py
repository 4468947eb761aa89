"""The monitor: lines, objects and a table."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from apps import monitor
from apps.membership import Membership, Options, Seen
from apps.monitor import EVENTS, FORMS, words
from apps.monitor.table import COLUMNS, REFRESH_EVERY_S, Table, chosen
from apps.swim.tags import encode_tags
from controller import Controller, Event, EventType, MemberEvent
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
        self.options = Options(address=bytes([10, 0, 0, 254]))

    @property
    def members(self) -> dict[str, Seen]:
        return {seen.name: seen for seen in self.made}

    def member(self, name: str) -> Seen | None:
        return self.members.get(name)


class Shown:
    """A monitor and what it has written."""

    def __init__(self, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.controller, self.shell = make_controller()
        self.membership = FakeMembership(self.controller)
        monkeypatch.setattr(self.controller, "component", lambda _: self.membership)
        self.out = io.StringIO()
        self.view = monitor.start(self.controller, form, self.out)

    def post(self, event: EventType[Any], seen: Seen, other: str = "") -> str:
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


def table(monkeypatch: pytest.MonkeyPatch) -> tuple[Shown, Table]:
    """The members in a table."""
    shown = Shown("table", monkeypatch)
    assert isinstance(shown.view, Table)
    return shown, shown.view


def test_the_table_is_kept_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, view = table(monkeypatch)
    rich = view.table(10)
    assert [column.header for column in rich.columns] == list(COLUMNS)
    assert [str(cell) for cell in rich.columns[0].cells] == ["10.0.0.9", "h1", "h2"]
    assert [str(cell) for cell in rich.columns[4].cells] == ["", "10s", "0s"]
    head = "controller at 10.0.0.254:7946, 0 switches, "
    assert head + "1 alive, 1 suspect, 1 failed" in shown.out.getvalue()
    shown.membership.made = []
    shown.out.truncate(0)
    shown.shell.pass_time(REFRESH_EVERY_S)
    assert head + "nobody yet" in shown.out.getvalue()


def test_what_is_last_on_the_screen_is_how_things_were_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown, view = table(monkeypatch)
    shown.controller.close()
    shown.membership.made = []
    shown.out.truncate(0)
    view.show()
    assert "1 alive, 1 suspect, 1 failed" in shown.out.getvalue()


def test_what_happens_at_the_same_time_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = table(monkeypatch)
    shown.out.truncate(0)
    for _ in range(1000):
        shown.controller.post_event(Event.MEMBER_UPDATE, SEEN[0].event())
    shown.shell.pass_time(REFRESH_EVERY_S / 2)
    assert shown.out.getvalue().count("controller at") == 1


def test_of_too_many_those_are_shown_that_are_not_alive() -> None:
    members = [Seen(f"h{n}", "", "failed" if n == 7 else "alive", 0.0) for n in range(10)]
    assert chosen(members, 10) == members
    assert [seen.name for seen in chosen(members, 4)] == ["h0", "h1", "h7"]


def test_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    _, view = table(monkeypatch)
    cells = [str(cell) for cell in view.table(2).columns[0].cells]
    assert cells == ["10.0.0.9", "and 2 more"]


def test_names_are_in_the_order_of_their_numbers() -> None:
    names = ["h10", "h2", "a", "10.0.0.10", "10.0.0.9", "2", ""]
    assert sorted(names, key=words.natural) == ["", "2", "10.0.0.9", "10.0.0.10", "a", "h2", "h10"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9, "0s"), (59.9, "59s"), (60, "1m0s"), (3599, "59m59s"), (3660, "1h1m"), (90000, "1d1h")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


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
