"""What the switch does with messages about bundles; the bundles themselves are `Bundles`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ofswitch.agent.context import Cause, Context
from ofswitch.agent.session import Session
from ofswitch.datapath import RefusedTogether
from openflow import (
    BundleAddMessage,
    BundleControl,
    BundleControlType,
    ErrorCode,
    Message,
    OpenFlowError,
    encode,
)


def _control(agent: Context, session: Session, request: BundleControl, now: float) -> None:
    step = _STEPS.get(request.type)
    if step is None:
        text = f"{request.type} is nothing to do with a bundle"
        raise OpenFlowError(ErrorCode.BUNDLE_FAILED__BAD_TYPE, text)
    if request.properties:
        text = "no property of a bundle is known here"
        raise OpenFlowError(ErrorCode.BUNDLE_FAILED__BAD_FLAGS, text)
    step(agent, session, request, now)
    session.reply(request, BundleControl(request.bundle_id, request.type + 1))


def _open(agent: Context, session: Session, request: BundleControl, now: float) -> None:
    agent.bundles.open(session, request.bundle_id, request.flags, now)


def _close(agent: Context, session: Session, request: BundleControl, now: float) -> None:
    agent.bundles.close(session, request.bundle_id, request.flags, now)


def _discard(agent: Context, session: Session, request: BundleControl, now: float) -> None:
    agent.bundles.discard(session, request.bundle_id)


def _commit(agent: Context, session: Session, request: BundleControl, now: float) -> None:
    """All or nothing: the message that cannot be is answered with its error, then the commit (7.3.9.5)."""
    messages = agent.bundles.take(session, request.bundle_id, request.flags)
    try:
        outcomes = agent.datapath.apply_together(messages, session.version, now)
    except RefusedTogether as error:
        _blame(session, messages[error.place], error)
        text = f"message {error.place + 1} of {len(messages)}: {error.text}"
        raise OpenFlowError(ErrorCode.BUNDLE_FAILED__MSG_FAILED, text) from error
    for message, effects in zip(messages, outcomes, strict=True):
        agent.route(effects, now, Cause(session, message.xid))


def _blame(session: Session, message: Message, error: OpenFlowError) -> None:
    """Answer a message that came within another."""
    session.fail(error, encode(message, session.version))


def _add(agent: Context, session: Session, request: BundleAddMessage, now: float) -> None:
    agent.bundles.add(session, request, now)


Handler = Callable[[Context, Session, Any, float], None]

_STEPS: dict[int, Handler] = {
    BundleControlType.OPEN_REQUEST: _open,
    BundleControlType.CLOSE_REQUEST: _close,
    BundleControlType.COMMIT_REQUEST: _commit,
    BundleControlType.DISCARD_REQUEST: _discard,
}

BUNDLE_HANDLERS: dict[type[Message], Handler] = {
    BundleControl: _control,
    BundleAddMessage: _add,
}
