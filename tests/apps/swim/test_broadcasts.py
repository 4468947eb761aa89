"""What is told to many, a limited number of times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.swim.broadcasts import Rumours, transmit_limit
from apps.swim.packet import COMPOUND_EACH


def full(*messages: bytes) -> Rumours:
    rumours = Rumours()
    for message in messages:
        rumours.put(message, message)
    return rumours


def test_a_rumour_is_told_as_often_as_the_limit_says() -> None:
    rumours = full(b"news")
    assert [rumours.take(100, 3) for _ in range(4)] == [[b"news"]] * 3 + [[]]
    assert len(rumours) == 0


def test_the_limit_grows_with_the_logarithm_of_the_cluster() -> None:
    assert [transmit_limit(4, n) for n in (0, 1, 9, 10, 99, 8192)] == [0, 4, 4, 8, 8, 16]


def test_what_is_newer_of_a_subject_takes_the_place_of_the_older() -> None:
    rumours = Rumours()
    rumours.put("h1", b"alive")
    rumours.take(100, 4)
    rumours.put("h1", b"dead")
    assert [rumours.take(100, 4) for _ in range(5)] == [[b"dead"]] * 4 + [[]]


def test_what_was_told_least_goes_first() -> None:
    rumours = full(b"old" * 8)
    rumours.take(100, 4)
    rumours.put("new", b"new" * 8)
    assert rumours.take(24 + COMPOUND_EACH, 4) == [b"new" * 8]


def test_what_does_not_fit_waits_and_what_fits_goes() -> None:
    rumours = full(b"x" * 200, b"y" * 20)
    assert rumours.take(100, 4) == [b"y" * 20]
    assert rumours.take(300, 4) == [b"x" * 200, b"y" * 20]


def test_no_more_messages_are_taken_than_may_be() -> None:
    assert len(full(*(b"%04d" % n for n in range(600))).take(10**6, 4, 254)) == 254


def test_the_one_that_was_told_most_makes_room() -> None:
    rumours = full(b"a" * 20)
    rumours.take(100, 4)
    rumours.put("b", b"b" * 20)
    rumours.drop_most_told()
    assert "b" in rumours
    assert len(rumours) == 1
    rumours.take(100, 1)
    rumours.put("c", b"c" * 20)
    rumours.drop_most_told()
    assert not rumours


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 300)), max_size=60),
    st.integers(20, 1400),
    st.integers(1, 6),
)
def test_everything_is_told_exactly_to_the_limit_and_never_more_than_fits(
    puts: list[tuple[int, int]], room: int, limit: int
) -> None:
    rumours = Rumours()
    for subject, size in puts:
        rumours.put(subject, bytes([subject]) * min(size, room - COMPOUND_EACH))
    subjects = len(rumours)
    told: dict[int, int] = {}
    while rumours:
        taken = rumours.take(room, limit)
        assert taken
        assert sum(len(message) + COMPOUND_EACH for message in taken) <= room
        assert len({message[0] for message in taken}) == len(taken)
        for message in taken:
            told[message[0]] = told.get(message[0], 0) + 1
    assert len(told) == subjects
    assert set(told.values()) <= {limit}
