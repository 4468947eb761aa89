"""The programs of a lab."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from topologies.processes import Program, ProgramError, find_program, require


def test_our_programs_are_beside_the_python_that_runs_us() -> None:
    assert find_program("ofswitch") == str(Path(sys.executable).parent / "ofswitch")


def test_one_that_is_elsewhere_is_found_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ofsomething"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("ofsomething") == str(program)


def test_one_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(ProgramError, match=r"ofnothing is neither in .* nor on PATH"):
        find_program("ofnothing")


def test_a_missing_program_of_the_system_is_told_with_its_package() -> None:
    with pytest.raises(ProgramError, match="iperf9 is not installed: apt-get install iperf9-bin"):
        require("iperf9", package="iperf9-bin")


async def started(tmp_path: Path, source: str) -> Program:
    """Start a few lines of Python as a program."""
    return await Program.start("it", [sys.executable, "-c", source], tmp_path / "log")


def test_a_program_that_has_ended_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def work() -> None:
        program = await started(tmp_path, "print('hello'); print('no more ports\\n')")
        assert await program.ended() == 0
        with pytest.raises(ProgramError, match="it has ended: no more ports"):
            program.check()

    asyncio.run(work())


def test_what_a_program_prints_is_passed_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        program = await started(tmp_path, "print('a mistake\\n    of a script')")
        await program.pass_on()
        assert program.status == 0

    asyncio.run(work())
    assert capsys.readouterr().err == "a mistake\n    of a script\n"


def test_an_error_is_told_rather_than_the_source_line_below_it(tmp_path: Path) -> None:
    async def work() -> str:
        program = await started(tmp_path, "print('Error: x.py, line 2: no\\n    1/0')")
        await program.ended()
        return program.last_words()

    assert asyncio.run(work()) == "Error: x.py, line 2: no"


def test_a_program_that_says_nothing_is_told_with_its_status(tmp_path: Path) -> None:
    async def work() -> None:
        program = await started(tmp_path, "raise SystemExit(7)")
        await program.ended()
        with pytest.raises(ProgramError, match="status 7"):
            program.check()

    asyncio.run(work())


def test_a_program_that_was_killed_is_told_with_the_signal(tmp_path: Path) -> None:
    async def work() -> None:
        program = await started(
            tmp_path, "import os; print('hello', flush=True); os.kill(os.getpid(), 9)"
        )
        await program.ended()
        with pytest.raises(ProgramError, match="it has ended: signal 9"):
            program.check()

    asyncio.run(work())


def test_a_program_that_does_not_listen_is_made_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("topologies.processes.PATIENCE_S", 0.1)
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()"

    async def work() -> int | None:
        program = await started(tmp_path, deaf)
        while not program.last_words():
            await asyncio.sleep(0.01)
        await program.stop()
        return program.status

    assert asyncio.run(work()) == -9


def test_stopping_twice_does_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        program = await started(tmp_path, "import signal; signal.pause()")
        await program.stop()
        await program.stop()

    asyncio.run(work())
