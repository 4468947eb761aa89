"""What the switch does with each message from a controller, as a table.

A handler gets the agent, the session, the message and the time. It raises OpenFlowError for what is answered with an
error. A message that is not in `HANDLERS` is one that only switches send.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ofswitch.agent import changing, wishes
from ofswitch.agent.buffers import PLACES
from ofswitch.agent.bundle_handlers import BUNDLE_HANDLERS
from ofswitch.agent.context import Context
from ofswitch.agent.monitors import MONITOR_HANDLERS
from ofswitch.agent.nicira import NICIRA_HANDLERS
from ofswitch.agent.nicira_flows import NICIRA_FLOW_HANDLERS, old_flow_mod
from ofswitch.agent.refusals import refusal_of_slave
from ofswitch.agent.session import Session
from ofswitch.agent.statistics import REQUESTS, statistics
from openflow import (
    V1_0,
    BarrierReply,
    BarrierRequest,
    Capabilities,
    ControllerRole,
    EchoReply,
    EchoRequest,
    ErrorCode,
    ErrorMsg,
    Experimenter,
    FeaturesRequest,
    FlowMod,
    GetAsyncRequest,
    GetConfigReply,
    GetConfigRequest,
    GroupMod,
    Hello,
    Message,
    MeterMod,
    OpenFlowError,
    PacketOut,
    PortMod,
    QueueGetConfigRequest,
    RoleReply,
    RoleRequest,
    SetAsync,
    SetConfig,
    TableMod,
    Version,
)
from openflow.experimenters import NxFlowMod
from openflow.negotiation import refusal

log = logging.getLogger("ofswitch.agent")

Handler = Callable[[Context, Session, Any, float], None]

WRITES = (PacketOut, FlowMod, GroupMod, PortMod, TableMod, MeterMod, NxFlowMod, *BUNDLE_HANDLERS)
"""What a slave is refused (OpenFlow 1.3.5, 6.3.5), beside table features and fragments (see `_set_config`)."""

_REFUSED = (ErrorCode.HELLO_FAILED__INCOMPATIBLE, ErrorCode.HELLO_FAILED__EPERM)
"""With a text that says why: the datapath id is connected already, ..."""

_CAPABILITIES_1_3 = ~(Capabilities.STP | Capabilities.ARP_MATCH_IP)


def _features(agent: Context, session: Session, request: FeaturesRequest, now: float) -> None:
    reply = agent.datapath.features()
    reply.datapath_id, reply.n_buffers = agent.identity.dpid, PLACES
    if session.version == V1_0:
        reply.ports = agent.ports(V1_0)
    else:
        reply.capabilities &= _CAPABILITIES_1_3
    session.reply(request, reply)


def _get_config(agent: Context, session: Session, request: GetConfigRequest, now: float) -> None:
    session.reply(request, GetConfigReply(agent.datapath.fragments, session.miss_send_len))


def _set_config(agent: Context, session: Session, request: SetConfig, now: float) -> None:
    """How much of a packet a controller is sent is its own affair; how fragments are treated is the switch's."""
    if session.role is not ControllerRole.SLAVE:
        agent.route(agent.datapath.apply(request, session.version, now), now)
    elif request.flags != agent.datapath.fragments:
        raise refusal_of_slave()
    session.miss_send_len = request.miss_send_len


def _barrier(agent: Context, session: Session, request: BarrierRequest, now: float) -> None:
    """Messages are handled one after the other, to the end: all that came before has taken effect."""
    session.reply(request, BarrierReply())


def _role(agent: Context, session: Session, request: RoleRequest, now: float) -> None:
    agent.ask_role(session, request, now)
    session.reply(request, RoleReply(session.role, agent.election.reported))


def _get_async(agent: Context, session: Session, request: GetAsyncRequest, now: float) -> None:
    session.reply(request, wishes.reply(session.wishes, session.version))


def _set_async(agent: Context, session: Session, request: SetAsync, now: float) -> None:
    session.wishes = wishes.changed(session.wishes, wishes.masks(request))


def _queues(agent: Context, session: Session, request: QueueGetConfigRequest, now: float) -> None:
    session.reply(request, agent.datapath.query(request, session.version, now))


def _experimenter(agent: Context, session: Session, request: Experimenter, now: float) -> None:
    text = f"experimenter {request.experimenter:#x} is not known here"
    raise OpenFlowError(ErrorCode.BAD_REQUEST__BAD_EXPERIMENTER, text)


def _error(agent: Context, session: Session, message: ErrorMsg, now: float) -> None:
    """An error is never answered. One that refuses the switch ends the session, before its peer does."""
    if message.error in _REFUSED:
        session.close(f"refused by the peer: {refusal(session.connection.latest)}")
        return
    name = message.error.name if isinstance(message.error, ErrorCode) else message.error
    log.warning("%s: reports the error %s", session, name)


def _nothing(agent: Context, session: Session, message: Message, now: float) -> None:
    """The connection has dealt with it."""


HANDLERS: dict[type[Message], Handler] = {
    Hello: _nothing,
    EchoRequest: _nothing,
    EchoReply: _nothing,
    ErrorMsg: _error,
    Experimenter: _experimenter,
    FeaturesRequest: _features,
    GetConfigRequest: _get_config,
    SetConfig: _set_config,
    PacketOut: changing.packet_out,
    FlowMod: old_flow_mod,
    PortMod: changing.change,
    TableMod: changing.change,
    GroupMod: changing.change,
    MeterMod: changing.change,
    QueueGetConfigRequest: _queues,
    BarrierRequest: _barrier,
    RoleRequest: _role,
    GetAsyncRequest: _get_async,
    SetAsync: _set_async,
    **BUNDLE_HANDLERS,
    **MONITOR_HANDLERS,
    **NICIRA_HANDLERS,
    **NICIRA_FLOW_HANDLERS,
    **dict.fromkeys(REQUESTS, statistics),
}


def unhandled(message: Message, version: Version) -> OpenFlowError:
    """Why a message that is not in `HANDLERS` is refused."""
    name, code = type(message).__name__, message.code(version)
    if isinstance(code, tuple) and len(code) > 2:
        text = f"{name} is an experimenter's, {code[-2]:#x}, that is not known here"
        return OpenFlowError(ErrorCode.BAD_REQUEST__BAD_EXPERIMENTER, text)
    return OpenFlowError(
        ErrorCode.BAD_REQUEST__BAD_TYPE, f"{name} is for a controller, not for a switch"
    )
