"""The log on standard error, which holds up nobody.

Standard error may be a pipe that nobody reads, or a terminal that was stopped with Ctrl-S. Whoever writes to it then
waits, and an event loop that waits serves no switch. So lines are written by a thread of their own. At most
`MAX_WAITING` bytes wait for it; what is logged beyond them is dropped, and the next line says how many are missing.

At exit, what waits is written, if somebody reads it within `PATIENCE_S`.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from queue import SimpleQueue
from select import select
from threading import Event, Thread

MAX_WAITING = 1 << 20
"""Bytes that may wait to be written."""
PATIENCE_S = 1.0
"""How long the end of the program waits for them."""


def log_to_stderr(level: str, layout: str) -> None:
    """Log from this level on, in a layout of `logging.Formatter`'s, unless somebody has set up logging already."""
    if not logging.root.handlers:
        logging.basicConfig(level=level.upper(), format=layout, handlers=[_handler()])
        logging.captureWarnings(True)


def _handler() -> logging.Handler:
    try:
        return LogWriter(sys.stderr.fileno())
    except (AttributeError, OSError):
        return logging.StreamHandler()  # no file, so nothing to wait for


class LogWriter(logging.Handler):
    """Writes records to a descriptor, in a thread of its own."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._fd = fd
        self._waiting: SimpleQueue[bytes | Event] = SimpleQueue()
        self._given = self._taken = (
            0  # bytes; each has one writer: who holds the handler's lock, and the thread
        )
        self.dropped = 0
        """Records that were dropped."""
        self._told = 0
        Thread(target=self._write_all, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have a record written, or drop it; never waits."""
        try:
            line = self._line(record)
        except Exception as error:  # noqa: BLE001 - arguments that do not fit the text
            problem = f"{record.pathname}, line {record.lineno}, cannot log {record.msg!r}: {error}"
            line = self._line(_record(problem))
        if self._given - self._taken > MAX_WAITING:
            self.dropped += 1
            return
        self._tell()
        self._give(line)

    def flush(self) -> None:
        """Wait until all is written, but not for long."""
        self.acquire()
        try:
            self._tell()
        finally:
            self.release()
        written = Event()
        self._waiting.put(written)
        with suppress(KeyboardInterrupt):
            written.wait(PATIENCE_S)

    def _line(self, record: logging.LogRecord) -> bytes:
        return f"{self.format(record)}\n".encode("utf-8", "backslashreplace")

    def _give(self, line: bytes) -> None:
        self._given += len(line)
        self._waiting.put(line)

    def _tell(self) -> None:
        """Say what has been dropped since this was said last."""
        count, self._told = self.dropped - self._told, self.dropped
        if count:
            self._give(self._line(_record(f"{count} lines are missing here: nobody read the log")))

    def _write_all(self) -> None:
        while True:
            item = self._waiting.get()
            if isinstance(item, Event):
                item.set()
                continue
            with suppress(
                OSError
            ):  # a full disk, or a reader who has gone: there is nobody to tell
                self._write(item)
            self._taken += len(item)

    def _write(self, line: bytes) -> None:
        while line:
            try:
                line = line[os.write(self._fd, line) :]
            except BlockingIOError:  # somebody has made the descriptor so
                select([], [self._fd], [])


def _record(text: str) -> logging.LogRecord:
    return logging.LogRecord("log", logging.WARNING, __file__, 0, text, None, None)
