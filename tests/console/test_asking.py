"""Asking a program over its control socket, with the program played by the test."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from console import asking
from console.asking import Running
from console.control import ControlError, encode_error, encode_result

PATIENCE_S = 30.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the socket will be."""
    return tmp_path / "s1.sock"


@contextmanager
def program(path: Path, *replies: bytes, when: Event | None = None) -> Iterator[list[bytes]]:
    """One that answers whoever asks first with these bytes, and ends; the lines that it was asked with.

    It may wait for something else to happen `when` it has been asked.
    """
    heard: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            heard.append(lines.readline())
            if when is not None:
                when.wait(PATIENCE_S)
            connection.sendall(b"".join(replies))

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(PATIENCE_S)
        thread = Thread(target=serve)
        thread.start()
        yield heard
        thread.join(PATIENCE_S)


def test_what_it_answers_is_returned(path: Path) -> None:
    with program(path, encode_result({"dpid": "1"})) as heard:
        assert Running("switch", path).ask("show", table="0") == {"dpid": "1"}
    assert json.loads(heard[0]) == {"command": "show", "arguments": {"table": "0"}}


def test_what_goes_on_is_followed_until_it_ends(path: Path) -> None:
    with program(path, *map(encode_result, [None, 1, 2])):
        assert list(Running("agent", path).follow("events")) == [1, 2]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (encode_error("there is no port p7"), "there is no port p7"),
        (b"", "the switch ended before it answered"),
        (b"[]\n", "what answers at this socket is no switch"),
    ],
)
def test_what_is_no_answer_is_told(path: Path, reply: bytes, why: str) -> None:
    with program(path, reply), pytest.raises(ControlError, match=why):
        Running("switch", path).ask("show")


def test_who_refuses_without_listening_is_heard(path: Path) -> None:
    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(encode_error("too many ask at a time"))

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = Thread(target=refuse)
        thread.start()
        with pytest.raises(ControlError, match="too many ask at a time"):
            Running("agent", path).ask("join", addresses=["x" * (1 << 24)])
        thread.join(PATIENCE_S)


@pytest.mark.parametrize(
    ("name", "told"), [("s1", "no switch s1 is running"), ("", "no switch is running")]
)
def test_one_that_does_not_run_is_told_by_what_it_is_called(
    path: Path, name: str, told: str
) -> None:
    with pytest.raises(ControlError, match=f"{told} .nobody listens on {path}.: start it"):
        Running("switch", path, name).ask("show")


def test_one_that_was_killed_does_not_listen_though_its_socket_is_there(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert Running("agent", path).listens()
    assert path.exists()
    assert not Running("agent", path).listens()
    with pytest.raises(ControlError, match="no agent is running"):
        Running("agent", path).ask("info")


def test_one_that_is_silent_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ANSWER_TIMEOUT_S", 0.01)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(ControlError, match=f"the switch s1 at {path} does not answer"):
            Running("switch", path, "s1").ask("show")


def test_one_that_takes_long_is_waited_for_and_that_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, told = Event(), list[tuple[str, bool]]()
    monkeypatch.setattr(asking, "SLOW_S", 0.0)

    def tell(text: str, *, err: bool) -> None:
        told.append((text, err))
        waiting.set()

    monkeypatch.setattr(asking.click, "echo", tell)
    with program(path, encode_result(7), when=waiting):
        assert Running("switch", path, "s1").ask("show") == 7
    assert told == [("the switch s1 has not answered yet: waiting for up to 60 s", True)]


def test_a_place_that_cannot_be_a_socket_is_told(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 200)
    with pytest.raises(ControlError, match=f"cannot ask the agent at {path}: .*too long"):
        Running("agent", path).ask("info")
