"""What went wrong or was dropped, counted by name, and how often that deserves a line in the log."""

from __future__ import annotations

from collections import Counter

COUNTED: dict[str, str] = {
    "malformed": "messages of switches that could not be decoded; each was answered with its error",
    "unexpected": "messages that a switch may not send; each was answered with its error",
    "early": "messages that came before the handshake was done, and were not dispatched",
    "errors": "error messages of switches",
    "callback_failed": "callbacks and timers that raised an exception",
    "async_dropped": "events that an async callback missed since too many of its calls were unfinished",
    "callback_blocked": "callbacks that ran so long that they held up all switches",
    "event_dropped": "events of apps dropped since too many waited to be raised",
    "timer_refused": "timers that were not set since too many were pending",
    "packet_out_dropped": "packet-outs for a switch that did not read fast enough",
    "output_limit": "connections closed since too much waited to be read by the switch",
    "tls_failed": "connections that ended before TLS was agreed on: no certificate or a wrong one, no TLS, or too slow",
    "handshake_failed": "connections that ended before the switch had joined",
    "duplicate": "connections that showed a datapath id which was connected already",
    "duplicate_refused": "such connections that were refused, since the first one was alive",
    "duplicate_replaced": "first connections that were dead, and replaced by such a one",
    "connections_refused": "connections refused since there were too many",
    "ports_ignored": "ports that a switch reported beyond the most that are kept",
    "shared_refused": "entries of shared maps that were refused since there were too many",
    "shared_forgotten": "removals from shared maps that are remembered no longer, since there were too many",
    "shared_untold": "changes of shared maps that the others hear of late, since too many waited to be told",
    "shared_malformed": "what other controllers shared and could not be read",
    "standing_by": "messages of switches that another controller is the master of, which no app heard of",
}
"""The names that are counted, and what each counts."""


class Counters(Counter[str]):
    """Counts by name. What is counted here is counted in the parent, too."""

    def __init__(self, parent: Counters | None = None) -> None:
        super().__init__()
        self._parent = parent

    def add(self, name: str) -> bool:
        """Count one; return whether it is worth a line in the log: the first three, then each power of ten."""
        if name not in COUNTED:
            raise KeyError(f"{name} is not a counter")
        self[name] += 1
        if self._parent is not None:
            self._parent.add(name)
        return worth_logging(self[name])


def worth_logging(count: int) -> bool:
    """Whether the occurrence with this number should be logged: 1, 2, 3, 10, 100, 1000 and so on."""
    return count <= 3 or str(count).strip("0") == "1"
