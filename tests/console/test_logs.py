"""Logging holds up nobody, whoever reads it or does not."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from console import logs
from console.logs import LogWriter

N_RECORDS = 100_000
LIMIT_S = 30


class Pipe:
    """A log that is written to a pipe."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe()
        self.handler = LogWriter(writer)
        self._writer = writer

    def log(self, text: str, *args: object) -> None:
        self.handler.handle(logging.LogRecord("a", logging.INFO, "a.py", 1, text, args, None))

    def read(self, size: int = 1 << 16) -> str:
        return os.read(self.reader, size).decode()

    def read_until(self, end: str) -> str:
        text = ""
        while not text.endswith(end):
            text += self.read()
        return text


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.close(pipe.reader)


def test_lines_are_written_in_their_order(pipe: Pipe) -> None:
    for number in range(100):
        pipe.log("line %d", number)
    pipe.handler.flush()
    assert pipe.read() == "".join(f"line {number}\n" for number in range(100))


def test_a_log_that_nobody_reads_is_dropped_and_says_so_when_somebody_does(pipe: Pipe) -> None:
    pipe.log("x" * (1 << 18))  # more than a pipe holds
    for number in range(N_RECORDS):  # more than may wait
        pipe.log("%099d", number)
    dropped = pipe.handler.dropped
    assert 0 < dropped < N_RECORDS
    last = N_RECORDS - dropped - 1
    assert pipe.read_until(f"{last:099}\n").count("\n") == 1 + N_RECORDS - dropped
    pipe.handler.flush()  # what was read has been taken account of
    assert pipe.read_until("log\n") == f"{dropped} lines are missing here: nobody read the log\n"
    pipe.log("there again")
    assert pipe.read_until("again\n") == "there again\n"


def test_who_waits_for_a_log_that_nobody_reads_does_not_wait_for_ever(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PATIENCE_S", 0.01)
    pipe.log("x" * (1 << 18))
    pipe.handler.flush()
    assert pipe.read(1) == "x"


def test_a_record_that_cannot_be_shown_is_named(pipe: Pipe) -> None:
    pipe.log("%d switches", "many")
    assert "a.py, line 1, cannot log '%d switches': %d format" in pipe.read_until("\n")


def test_a_reader_who_has_gone_costs_nothing() -> None:
    pipe = Pipe()
    os.close(pipe.reader)
    for _ in range(10):
        pipe.log("nobody is there")
    pipe.handler.flush()


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: Pipe) -> None:
    os.set_blocking(pipe._writer, False)
    text = "x" * (1 << 18)
    pipe.log("%s", text)
    assert pipe.read_until("\n") == f"{text}\n"


PROGRAM = """
import logging
from console.logs import log_to_stderr
log_to_stderr("info", "%(levelname)s %(name)s: %(message)s")
for number in range({count}):
    logging.getLogger("app").info("%099d", number)
print("alive", flush=True)
{then}
"""


def start(count: int, then: str = "") -> subprocess.Popen[str]:
    program = [sys.executable, "-c", PROGRAM.format(count=count, then=then)]
    pipe = subprocess.PIPE
    return subprocess.Popen(program, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_a_program_goes_on_and_ends_although_nobody_reads_its_log() -> None:
    with start(N_RECORDS, "input()") as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "alive\n"
        program.communicate("\n", timeout=LIMIT_S)
        assert program.returncode == 0


def test_all_is_written_at_the_end_of_a_program() -> None:
    with start(100) as program:
        _, lines = program.communicate(timeout=LIMIT_S)
    assert lines.count("INFO app: ") == 100
    assert program.returncode == 0


def test_what_python_warns_of_is_logged() -> None:
    with start(0, "import warnings; warnings.warn('careful')") as program:
        _, lines = program.communicate(timeout=LIMIT_S)
    assert "WARNING py.warnings: " in lines
    assert "careful" in lines
