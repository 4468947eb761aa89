"""Nicira's messages that the switch knows: what several controllers need, as 1.0 has nothing of its own for that.

Open vSwitch takes them on every version, and so do we; its answers are ours (nicira-ext.h).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ofswitch.agent import wishes
from ofswitch.agent.context import Context
from ofswitch.agent.session import Session
from openflow import ControllerRole, ErrorCode, Message, OpenFlowError
from openflow import experimenters as nx


def _role(agent: Context, session: Session, request: nx.NxRoleRequest, now: float) -> None:
    """Nicira's numbers are 1.2's less one, without NOCHANGE; there is no generation id."""
    try:
        role = nx.NxRole(request.role)
    except ValueError:
        text = f"{request.role} is no role of Nicira's"
        raise OpenFlowError(ErrorCode.ROLE_REQUEST_FAILED__BAD_ROLE, text) from None
    agent.give_role(session, ControllerRole(role + 1), now)
    session.reply(request, nx.NxRoleReply(session.role - 1))


def _set_async(agent: Context, session: Session, request: nx.NxSetAsyncConfig, now: float) -> None:
    session.wishes = wishes.changed(session.wishes, wishes.masks(request))


def _set_async_2(
    agent: Context, session: Session, request: nx.NxSetAsyncConfig2, now: float
) -> None:
    said = wishes.masks_of_properties((one.type, one.mask) for one in request.properties)
    session.wishes = wishes.changed(session.wishes, said)


def _controller_id(
    agent: Context, session: Session, request: nx.NxSetControllerId, now: float
) -> None:
    session.controller_id = request.controller_id


NICIRA_HANDLERS: dict[type[Message], Callable[[Context, Session, Any, float], None]] = {
    nx.NxRoleRequest: _role,
    nx.NxSetAsyncConfig: _set_async,
    nx.NxSetAsyncConfig2: _set_async_2,
    nx.NxSetControllerId: _controller_id,
}
