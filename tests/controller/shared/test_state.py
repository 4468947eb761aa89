"""Shared maps: whatever comes, in whatever order, however often, all have the same in the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller import Change
from controller.counters import Counters
from controller.shared import state, telling
from controller.shared.map import SharedMap
from controller.shared.state import Shared
from controller.shared.words import ENTRY_MOST, REMOVED
from tests.controller.fakes import make_controller

ROOM = 2 * ENTRY_MOST


def _call(listener: Callable[[Change], object], change: Change) -> None:
    listener(change)


def make(writer: str | None = None) -> Shared:
    made = Shared(Counters(), _call)
    if writer is not None:
        made.open(writer)
    return made


def news(of: Shared) -> list[bytes]:
    taken = []
    while data := of.take(ROOM):
        taken.append(data)
    return taken


def contents(of: Shared) -> dict[str, dict[Any, Any]]:
    return {name: dict(one) for name, one in of.maps.items() if one}


KEYS = st.sampled_from([1, "a", (1, "b"), b"c"])
VALUES = st.one_of(st.integers(0, 3), st.text(max_size=3), st.just(REMOVED), st.just((1, 2)))
WRITES = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("mn"), KEYS, VALUES))


def written(writes: list[tuple[str, str, Any, Any]]) -> tuple[list[Shared], list[bytes]]:
    """Three controllers that wrote these without hearing of each other, and all that they would have told."""
    three = {name: make(name) for name in "xyz"}
    told = []
    for name, where, key, value in writes:
        one = three[name].map(where)
        if value is not REMOVED:
            one[key] = value
        else:
            one.pop(key, None)
        told += news(three[name])
    return list(three.values()), told


@given(WRITES, st.randoms(use_true_random=False))
def test_all_who_heard_the_same_have_the_same(writes: Any, rng: random.Random) -> None:
    three, told = written(writes)
    states = []
    for one in three:
        heard = told * 2
        rng.shuffle(heard)
        for data in heard:
            one.merge(data)
        states.append(contents(one))
    assert states[0] == states[1] == states[2]


@given(WRITES)
def test_whole_states_do_what_their_news_do(writes: Any) -> None:
    three, told = written(writes)
    by_news, by_states, backwards = make("p"), make("q"), make("r")
    for data in told:
        by_news.merge(data)
    for one in three:
        by_states.merge(one.state())
    for one in reversed(three):
        backwards.merge(one.state())
    assert contents(by_news) == contents(by_states) == contents(backwards)


@given(WRITES)
def test_to_hear_it_again_changes_nothing(writes: Any) -> None:
    three, _ = written(writes)
    for one in three:
        three[0].merge(one.state())
    assert [three[0].merge(one.state()) for one in three] == [0, 0, 0]


@given(WRITES, WRITES)
def test_merging_goes_together_in_any_way(left: Any, right: Any) -> None:
    a, b, c = written(left + right)[0]
    one, other, between = make("p"), make("q"), make("t")
    for data in (a.state(), b.state(), c.state()):
        one.merge(data)  # (a + b) + c
    for data in (b.state(), c.state()):
        between.merge(data)
    other.merge(a.state())
    other.merge(between.state())  # a + (b + c)
    assert contents(one) == contents(other)


def test_what_is_written_after_hearing_of_another_write_wins() -> None:
    a, b = make("zz"), make("b")
    for value in range(5):
        a.map("m")["k"] = value
    b.merge(a.state())
    b.map("m")["k"] = "later"
    a.merge(b.take(ROOM))
    assert a.map("m")["k"] == "later"


def test_an_older_write_does_not_bring_back_what_was_removed() -> None:
    a, b = make("a"), make("b")
    a.map("m")["k"] = 1
    old = a.state()
    b.merge(old)
    del b.map("m")["k"]
    assert a.merge(b.state()) == 1
    assert "k" not in a.map("m")
    assert b.merge(old) == 0
    assert "k" not in b.map("m")


def test_a_writer_who_forgot_his_clock_leaves_all_with_one_value() -> None:
    before, after = make("a"), make("a")
    before.map("m")["k"] = "one"
    after.map("m")["k"] = "two"
    there, elsewhere = make("x"), make("y")
    for data in (before.state(), after.state()):
        there.merge(data)
    for data in (after.state(), before.state()):
        elsewhere.merge(data)
    assert contents(there) == contents(elsewhere)


def test_alone_it_is_a_dict() -> None:
    one = make().map("m")
    assert isinstance(one, dict)
    one.update({1: "a"}, b="c")
    one |= {2: [3]}
    assert one == {1: "a", "b": "c", 2: (3,)}
    assert one.setdefault(1, "z") == "a"
    assert one.setdefault(5, "z") == "z"
    assert one.pop(5) == "z"
    assert one.pop(5, None) is None
    assert one.popitem() == (2, (3,))
    del one["b"]
    with pytest.raises(KeyError):
        del one["b"]
    with pytest.raises(KeyError):
        one.pop("b")
    one.clear()
    assert not one
    with pytest.raises(KeyError):
        one.popitem()


def test_nothing_is_kept_to_be_told_while_there_is_nobody() -> None:
    alone = make()
    alone.map("m")["k"] = 1
    assert not alone.news
    assert not alone.map("m").stamps
    alone.open("me")
    other = make("other")
    other.merge(alone.take(ROOM))
    assert contents(other) == {"m": {"k": 1}}


def test_reading_is_the_dicts_own() -> None:
    for name in ("__getitem__", "get", "__contains__", "__iter__", "items", "__len__"):
        assert getattr(SharedMap, name) is getattr(dict, name)


def test_news_come_in_pieces_that_fit() -> None:
    one, other = make("a"), make("b")
    for number in range(300):
        one.map(f"map {number % 7}")[number] = "x" * (number % 50)
    pieces = []
    while data := one.take(1200):
        pieces.append(data)
    assert max(map(len, pieces)) <= 1200
    for data in pieces:
        other.merge(data)
    assert contents(one) == contents(other)


def test_the_largest_entry_fits() -> None:
    one = make("w" * 64)
    one.map("m" * 64)["k"] = b"x" * (ENTRY_MOST - 10)
    assert 0 < len(one.take(1200)) <= 1200
    with pytest.raises(ValueError, match="bytes are more than"):
        one.map("m")["k"] = b"x" * ENTRY_MOST


@pytest.mark.parametrize("value", [object(), 1 << 64, {1, 2}])
def test_what_cannot_be_told_is_refused_even_alone(value: Any) -> None:
    one = make().map("m")
    with pytest.raises(TypeError, match="cannot be shared"):
        one["k"] = value
    assert not one


def test_a_key_that_would_be_another_elsewhere_is_refused() -> None:
    with pytest.raises(TypeError, match="key"):
        make().map("m")[1, (float("nan"),)] = 2


@pytest.mark.parametrize("name", ["", "x" * 65, "é" * 33])
def test_a_map_has_a_name_and_so_has_a_writer(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        make().map(name)
    with pytest.raises(ValueError, match="name"):
        make(name)


def test_who_listens_hears_of_each_change() -> None:
    one, other = make("a"), make("b")
    heard: list[Change] = []
    stop = one.map("m").on_change(heard.append)
    one.map("m")["k"] = 1
    other.merge(one.state())
    other.map("m")["k"] = 2
    del other.map("m")["k"]
    for data in news(other):
        one.merge(data)
    assert heard == [Change("k", 1, None, True), Change("k", None, 1, False)]
    stop()
    one.map("m")["k"] = 3
    assert len(heard) == 2


def test_a_listener_that_fails_is_counted_and_changes_nothing() -> None:
    ctrl, _ = make_controller()

    def fail(change: Change) -> None:
        raise RuntimeError("oops")

    ctrl.shared("m").on_change(fail)
    ctrl.shared("m")["k"] = 1
    assert ctrl.shared("m") == {"k": 1}
    assert ctrl.counters == {"callback_failed": 1}
    assert not ctrl.clustered


def test_too_many_entries_are_refused_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_ENTRIES", 3)
    one, other = make("a"), make("b")
    for key in range(5):
        one.map("m")[key] = key
        other.map("m")[key + 10] = key
    assert len(one.map("m")) == 3
    assert one._counters == {"shared_refused": 2}
    assert one.merge(other.state()) == 0
    del one.map("m")[0]
    assert one.merge(other.state()) == 1


def test_so_many_removals_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_REMOVED", 3)
    one = make("a")
    for key in range(5):
        one.map("m")[key] = key
        del one.map("m")[key]
    assert one._counters == {"shared_forgotten": 2}
    assert len(one._removed) == 3


def test_what_waits_to_be_told_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MAX_NEWS", 3)
    one, other = make("a"), make("b")
    for key in range(5):
        one.map("m")[key] = key
    assert one.news == 3
    assert one._counters == {"shared_untold": 2}
    other.merge(one.state())
    assert contents(other) == contents(one)


GOOD = make("a")
GOOD.map("m").update({"k": 1, (2, "l"): [3]})


@given(st.binary(max_size=60))
def test_nonsense_changes_nothing(data: bytes) -> None:
    one = make("b")
    assert one.merge(data) == 0
    assert not contents(one)


@given(st.data())
def test_a_broken_message_raises_nothing(data: st.DataObject) -> None:
    whole = bytearray(GOOD.state())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    one = make("b")
    one.merge(bytes(whole))
    one.merge(one.state())


@pytest.mark.parametrize(
    "entry",
    [["k", 0, "w", 1], ["k", 1 << 63, "w", 1], ["k", 1, 7, 1], [{}, 1, "w", 1], ["k"], "k"],
    ids=str,
)
def test_an_entry_that_nobody_can_have_written_is_counted(entry: Any) -> None:
    one = make("b")
    assert one.merge(msgpack.packb([1, 5, {"m": [entry]}])) == 0
    assert one._counters == {"shared_malformed": 1}
    assert one.clock == 5


def test_what_is_large_is_packed_and_merged_in_steps_between_which_things_may_change() -> None:
    one, other = make("a"), make("b")
    for key in range(2500):
        one.map("m")[key] = key
    packing = one.packing()
    assert next(packing) == b""
    one.map("m")[0] = "changed"
    del one.map("m")[2400]
    one.map("n")["new"] = 1
    *_, whole = packing
    steps = list(other.merging(whole))
    assert len(steps) > 2
    for data in news(one):
        other.merge(data)
    assert contents(other) == contents(one)
