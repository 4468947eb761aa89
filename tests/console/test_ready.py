"""The file that says that a program is ready."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.ready import NotWritten, Ready


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / "ready"


def test_it_is_there_while_the_program_is_ready(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Ready(path) as ready:
        assert not path.exists()
        ready.say()
        assert path.read_text() == f"{os.getpid()}\n"
        assert capsys.readouterr().out == "ready\n"
    assert list(path.parent.iterdir()) == []


def test_without_a_path_only_stdout_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with Ready(None) as ready:
        ready.say()
    assert capsys.readouterr().out == "ready\n"


def test_a_program_whose_stdout_is_closed_is_ready_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with Ready(path) as ready:
        ready.say()
        assert path.exists()


def test_one_that_was_there_before_is_left_alone_until_ours_takes_its_place(path: Path) -> None:
    path.write_text("of another")
    with Ready(path):
        pass
    assert path.read_text() == "of another"
    with Ready(path) as ready:
        ready.write("ours")
        assert path.read_text() == "ours"
    assert not path.exists()


def test_one_that_has_taken_the_place_of_ours_is_left_alone(path: Path) -> None:
    with Ready(path) as first, Ready(path) as second:
        second.write("second")
        first.write("first")
    assert not path.exists()
    with Ready(path) as first:
        first.write("first")
        with Ready(path) as second:
            second.write("second")
            first.__exit__()
            assert path.read_text() == "second"


def test_what_is_no_file_stays_what_it_is(path: Path) -> None:
    target = path.with_name("target")
    target.touch()
    path.symlink_to(target)
    with Ready(path) as ready:
        ready.write("there")
    assert path.is_symlink()
    assert target.read_text() == "there"


@pytest.mark.parametrize(
    ("place", "why"),
    [("/nowhere/ready", "No such file or directory"), ("/dev/full", "No space left on device")],
)
def test_a_place_that_cannot_be_had_is_told(place: str, why: str) -> None:
    with Ready(Path(place)) as ready, pytest.raises(NotWritten, match=f"--ready {place}: {why}"):
        ready.write("there")


def test_a_file_that_cannot_be_replaced_leaves_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refuse)
    with Ready(path) as ready, pytest.raises(NotWritten, match="not permitted"):
        ready.write("there")
    assert list(path.parent.iterdir()) == []
