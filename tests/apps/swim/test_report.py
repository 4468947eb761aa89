"""What people and programs read of an agent."""

from __future__ import annotations

from dataclasses import replace

from apps.swim import report
from apps.swim.effects import Event, Kind
from apps.swim.members import Member, State
from apps.swim.tags import encode_tags
from tests.apps.swim.cores import at

H1 = Member("h1", at(1), encode_tags({"role": "web"}), incarnation=3, since=10.0)
H2 = Member("h2", at(2), b"\x01\x02", state=State.LEFT, since=-8000.0)


def test_members_are_a_table() -> None:
    values = [report.member_values(H2, 15.0), report.member_values(H1, 15.0, 0.00123)]
    assert report.members(values).splitlines() == [
        "NAME  ADDRESS        STATE  FOR  RTT     META",
        "h1    10.0.0.1:7946  alive  5 s  1.2 ms  role=web",
        "h2    10.0.0.2:7946  left   2 h  -       0x0102",
    ]
    assert values[1]["tags"] == {"role": "web"}
    assert (values[0]["tags"], values[0]["meta"]) == (None, "0102")


def test_an_event_is_a_line() -> None:
    found = report.event_values(Event(Kind.MEMBER_UPDATE, H1), 12.0)
    assert report.event(found) == "update    h1 10.0.0.1:7946 role=web"
    conflict = report.event_values(Event(Kind.MEMBER_CONFLICT, H1, at(9)), 12.0)
    assert conflict["other"] == "10.0.0.9:7946"
    assert "10.0.0.1:7946 also at 10.0.0.9:7946" in report.event(conflict)


def test_every_event_has_its_sentence() -> None:
    for kind in Kind:
        assert "h1" in report.sentence(Event(kind, H1, at(9)))


def test_a_conflict_about_our_name_says_what_to_do() -> None:
    event = Event(Kind.MEMBER_CONFLICT, H1, at(9))
    assert "--name" in report.sentence(event, "h1")
    assert "--name" not in report.sentence(event, "h2")


def test_every_counter_has_a_meaning_in_the_info() -> None:
    values = {
        "name": "h1",
        "address": str(at(1)),
        "version": "1",
        "members": {"alive": 2, "dead": 0},
        "health": 1,
        "encrypted": True,
        "label": "blue",
        "serf": False,
        "counters": {"refuted": 2, "events_lost": 1},
    }
    text = report.info(values)
    for word in ("2 alive", "unwell", "encrypted: yes", "label: blue", "accusations", "too slow"):
        assert word in text
    assert "dead" not in text


def test_durations_are_short() -> None:
    ages = [0, 90, 200, 9000, 400_000]
    rows = [report.member_values(replace(H1, since=-float(age)), 0.0) for age in ages]
    table = report.members(rows)
    for word in ("0 s", "90 s", "3 min", "2 h", "5 d"):
        assert f" {word} " in table
