"""Who has which datapath id."""

from __future__ import annotations

import pytest

from controller.workers.book import Book
from controller.workers.words import SIZE_MAX, Said, Word, decode


class Told:
    """A book, and what it has said to whom."""

    def __init__(self) -> None:
        self.said: list[tuple[int, Word, int]] = []
        self.book = Book(lambda worker, said: self.said.append((worker, said.word, said.dpid)))

    def hear(self, worker: int, word: Word, dpid: int = 7) -> list[tuple[int, Word, int]]:
        """Have a worker say something; return what is said to whom then."""
        self.said.clear()
        self.book.hear(worker, Said(word, dpid, "tcp:127.0.0.1:1"))
        return list(self.said)


@pytest.fixture
def told() -> Told:
    return Told()


def test_an_id_that_nobody_has_is_granted(told: Told) -> None:
    assert told.hear(1, Word.CLAIM) == [(1, Word.GRANTED, 7)]
    assert told.book.switches(1) == 1


def test_who_has_an_id_is_granted_it_again(told: Told) -> None:
    told.hear(1, Word.CLAIM)
    assert told.hear(1, Word.CLAIM) == [(1, Word.GRANTED, 7)]


def test_an_id_of_another_that_lives_is_refused(told: Told) -> None:
    told.hear(1, Word.CLAIM)
    assert told.hear(2, Word.CLAIM) == [(1, Word.PROBE, 7)]
    assert told.hear(1, Word.ALIVE) == [(2, Word.REFUSED, 7)]
    assert (told.book.switches(1), told.book.switches(2)) == (1, 0)


def test_an_id_of_another_that_is_dead_is_granted(told: Told) -> None:
    told.hear(1, Word.CLAIM)
    told.hear(2, Word.CLAIM)
    assert told.hear(1, Word.RELEASE) == []
    assert told.hear(1, Word.DEAD) == [(2, Word.GRANTED, 7)]
    assert told.hear(1, Word.RELEASE) == [], "it is not its own any more"
    assert told.book.switches(2) == 1


def test_a_third_is_refused_at_once(told: Told) -> None:
    told.hear(1, Word.CLAIM)
    told.hear(2, Word.CLAIM)
    assert told.hear(3, Word.CLAIM) == [(3, Word.REFUSED, 7)]
    assert told.hear(1, Word.ALIVE) == [(2, Word.REFUSED, 7)]


def test_what_a_dead_worker_had_is_free(told: Told) -> None:
    told.hear(1, Word.CLAIM)
    told.hear(2, Word.CLAIM)
    told.said.clear()
    told.book.forget(1)
    assert told.said == [(2, Word.GRANTED, 7)]
    told.book.forget(2)
    assert told.hear(3, Word.CLAIM) == [(3, Word.GRANTED, 7)]


def test_a_dead_worker_waits_for_nothing(told: Told) -> None:
    told.hear(1, Word.CLAIM)
    told.hear(2, Word.CLAIM)
    told.book.forget(2)
    assert told.hear(1, Word.ALIVE) == []
    assert told.hear(3, Word.CLAIM) == [(1, Word.PROBE, 7)]


def test_what_is_said_can_be_read() -> None:
    said = Said(Word.REFUSED, 0xFFFF_FFFF_FFFF_FFFF, "it lives, and is well")
    assert decode(said.encode()) == said
    assert decode(Said(Word.READY).encode()) == Said(Word.READY)
    assert len(Said(Word.CLAIM, 1, "x" * 1000).encode()) == SIZE_MAX
