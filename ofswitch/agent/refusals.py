"""What controllers were refused, counted by name: for each session, and for the switch as a whole.

Whoever wonders what an old master still tries sees it here; the log says the first of it (`complain`).
"""

from __future__ import annotations

import logging
from collections import Counter

from ofswitch.agent.session import Session
from openflow import ErrorCode, OpenFlowError

log = logging.getLogger("ofswitch.agent")

MOST_COMPLAINTS = 10

REFUSALS: dict[str, str] = {
    "slave_write": "would have changed the switch, and came from a slave (IS_SLAVE)",
    "stale_generation_id": "asked for a role with a generation id older than the last (STALE)",
    "bad_request": "was answered with another error",
}
"""Why a message of a controller was refused: the end of a sentence that begins with "the message"."""

_NAMES = {
    ErrorCode.BAD_REQUEST__IS_SLAVE: "slave_write",
    ErrorCode.ROLE_REQUEST_FAILED__STALE: "stale_generation_id",
}


def name_of(error: ErrorCode) -> str:
    """The name under which messages are counted that are answered with this error."""
    return _NAMES.get(error, "bad_request")


def refusal_of_slave() -> OpenFlowError:
    """What a slave is told that would change the switch."""
    return OpenFlowError(ErrorCode.BAD_REQUEST__IS_SLAVE, "a slave may not change the switch")


def note(session: Session, error: OpenFlowError, totals: Counter[str]) -> None:
    """Count an error that answers a message of a session."""
    name = name_of(error.code)
    session.refusals[name] += 1
    totals[name] += 1


def complain(session: Session, text: str) -> None:
    """Log what was wrong, as a warning if it is our own controller; nobody can fill the log."""
    session.complaints += 1
    level = logging.WARNING if session.dialled else logging.INFO
    if session.complaints == MOST_COMPLAINTS:
        text += " (no more of its errors are logged)"
    elif session.complaints > MOST_COMPLAINTS:
        level = logging.DEBUG
    log.log(level, "%s: %s", session, text)
