"""What controllers were refused, counted by name: for each session, and for the switch as a whole.

Whoever wonders what an old master still tries sees it here; the log says the first of it (`Agent`).
"""

from __future__ import annotations

from openflow import ErrorCode, OpenFlowError

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
