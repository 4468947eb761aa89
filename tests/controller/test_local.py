"""The connection inside the process."""

from __future__ import annotations

from collections.abc import Callable

from controller.local import pipe


class Soon:
    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def run(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def test_what_is_written_at_one_end_is_read_at_the_other() -> None:
    one, other = pipe(Soon().calls.append)
    one.write(b"to ")
    one.write(b"other")
    other.write(b"to one")
    assert other.read() == b"to other"
    assert other.read() == b""
    assert one.read() == b"to one"


def test_an_end_is_called_once_for_several_writes_and_never_from_within_one() -> None:
    soon = Soon()
    one, other = pipe(soon.calls.append)
    calls: list[bytes] = []
    other.on_readable = lambda: calls.append(other.read())
    one.write(b"a")
    one.write(b"b")
    assert calls == []
    soon.run()
    assert calls == [b"ab"]


def test_the_backlog_is_what_the_other_end_has_not_read() -> None:
    soon = Soon()
    one, other = pipe(soon.calls.append)
    drained: list[bool] = []
    one.on_drained = lambda: drained.append(True)
    one.write(bytes(100))
    assert one.backlog() == 100
    other.read()
    soon.run()
    assert (one.backlog(), drained) == (0, [True])


def test_closing_lets_the_other_end_read_what_was_written() -> None:
    soon = Soon()
    one, other = pipe(soon.calls.append)
    seen: list[tuple[bytes, bool]] = []
    other.on_readable = lambda: seen.append((other.read(), other.eof))
    one.write(b"last words")
    one.close()
    one.close()
    one.write(b"never")
    soon.run()
    assert seen == [(b"last words", True)]
    assert one.closed


def test_an_end_that_is_closed_is_not_called_any_more() -> None:
    soon = Soon()
    one, other = pipe(soon.calls.append)
    calls: list[bool] = []
    other.on_readable = lambda: calls.append(True)
    one.write(b"x")
    other.close()
    soon.run()
    assert calls == []
