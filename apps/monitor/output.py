"""Where the monitor writes to: nobody waits for whoever should read it."""

from __future__ import annotations

import logging
from collections import deque
from typing import TextIO

from apps.monitor.words import clean
from console.logs import LogWriter

LOG_LINES = 6


class Output:
    """Lines for somebody who may be slow, or gone: a thread writes them, and so many may wait for it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._writer: LogWriter | None = None
        try:
            self._writer = LogWriter(out.fileno())
        except (AttributeError, OSError):
            return  # no file, so nothing to wait for

    def __call__(self, text: str) -> None:
        """Write a line, or several."""
        if self._writer is None:
            print(text, file=self._out)
        else:
            self._writer.emit(logging.LogRecord("monitor", logging.INFO, "", 0, text, None, None))


class Tail(logging.Handler):
    """The last lines of the log, each with the time and what it is about."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
        self.lines: deque[str] = deque(maxlen=LOG_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record; of a long one, the beginning."""
        self.lines.extend(map(clean, self.format(record).splitlines()[:LOG_LINES]))


def take_log() -> Tail:
    """Have the log kept instead of written: it would be written into the table."""
    tail = Tail()
    logging.getLogger().handlers[:] = [tail]
    return tail
