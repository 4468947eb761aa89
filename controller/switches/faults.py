"""What a switch does wrong, counted and told in the log."""

from __future__ import annotations

import logging
from collections import Counter

from controller.callbacks.traces import shortened
from controller.counters import Counters, worth_logging
from controller.switches.line import Line
from controller.switches.requests import culprit, error_name, error_text, why
from openflow import ErrorMsg
from openflow.given_back import given_back

MAX_KINDS = 100
"""Kinds of errors of a switch that are told apart: each has its own lines in the log."""

log = logging.getLogger(__name__)


class Faults:
    """The faults of one switch."""

    def __init__(self, line: Line, counters: Counters) -> None:
        self._line = line
        self._counters = counters
        self._errors: Counter[str] = Counter()

    def malformed(self, error: Exception) -> None:
        """It sent what cannot be decoded."""
        if self._counters.add("malformed"):
            text = "%s sent a message that cannot be read (%d so far): %s"
            log.warning(text, self._line, self._counters["malformed"], error)

    def unexpected(self, name: str) -> None:
        """It sent a message that only controllers send."""
        if self._counters.add("unexpected"):
            log.warning("%s sent a %s, which only controllers send", self._line, name)

    def error(self, error: ErrorMsg) -> None:
        """It answered with an error, which may be our fault as well."""
        self._counters.add("errors")
        what = f"{culprit(error)} with {error_name(error)}"
        if what not in self._errors and len(self._errors) >= MAX_KINDS:
            what = "others"
        self._errors[what] += 1
        if worth_logging(self._errors[what]):
            message = given_back(error.data)
            told = f"{error_text(error)}{why(message, error)}"
            back = f"; it gave back {shortened(repr(message))}" if message is not None else ""
            log.warning("%s answered a %s with %s%s", self._line, culprit(error), told, back)
