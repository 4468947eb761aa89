"""Multipart requests (OpenFlow 1.3.5, 7.3.5), which 1.0 calls statistics (1.0.2, 5.3.5).

The datapath knows the answers; here they become replies, cut to messages. A request never needs several messages
except table features with a body, which changes tables and is refused: so MORE in a request is refused, too.
"""

from __future__ import annotations

from typing import Any

from ofswitch.agent import replies
from ofswitch.agent.context import Context
from ofswitch.agent.refusals import refusal_of_slave
from ofswitch.agent.session import Session
from openflow import (
    AggregateStatsRequest,
    ControllerRole,
    DescStatsReply,
    DescStatsRequest,
    ErrorCode,
    ExperimenterStatsRequest,
    FlowStatsRequest,
    GroupDescStatsRequest,
    GroupFeaturesStatsRequest,
    GroupStatsRequest,
    MeterConfigStatsRequest,
    MeterFeaturesStatsRequest,
    MeterStatsRequest,
    MultipartFlags,
    MultipartRequest,
    OpenFlowError,
    PortDescStatsReply,
    PortDescStatsRequest,
    PortStatsRequest,
    QueueStatsRequest,
    TableFeaturesStatsRequest,
    TableStatsRequest,
)

REQUESTS: tuple[type[MultipartRequest[Any]], ...] = (
    DescStatsRequest,
    FlowStatsRequest,
    AggregateStatsRequest,
    TableStatsRequest,
    PortStatsRequest,
    QueueStatsRequest,
    GroupStatsRequest,
    GroupDescStatsRequest,
    GroupFeaturesStatsRequest,
    MeterStatsRequest,
    MeterConfigStatsRequest,
    MeterFeaturesStatsRequest,
    TableFeaturesStatsRequest,
    PortDescStatsRequest,
    ExperimenterStatsRequest,
)
"""Every multipart request."""


def statistics(
    agent: Context, session: Session, request: MultipartRequest[Any], now: float
) -> None:
    """Answer a multipart request."""
    refuse_more(request)
    reply = _answer(agent, session, request, now)
    entries = getattr(reply, "body", None)
    if entries is None:
        session.reply(request, reply)
    else:
        version, xid = session.version, request.xid
        session.send_all(replies.messages(type(reply), entries, version, xid, agent.left_out))


def refuse_more(request: MultipartRequest[Any]) -> None:
    """Refuse a request that is to go on in another message."""
    if request.flags & MultipartFlags.MORE:
        text = "a request of several messages"
        raise OpenFlowError(ErrorCode.BAD_REQUEST__MULTIPART_BUFFER_OVERFLOW, text)


def _answer(agent: Context, session: Session, request: MultipartRequest[Any], now: float) -> Any:
    """The reply, with all of its entries."""
    match request:
        case DescStatsRequest():
            return _description(agent)
        case PortDescStatsRequest():
            return PortDescStatsReply(body=agent.ports(session.version))
        case ExperimenterStatsRequest():
            text = f"experimenter {request.experimenter:#x} is not known here"
            raise OpenFlowError(ErrorCode.BAD_REQUEST__BAD_EXPERIMENTER, text)
        case TableFeaturesStatsRequest(body=[_, *_]):
            if session.role is ControllerRole.SLAVE:
                raise refusal_of_slave()
    return agent.datapath.query(request, session.version, now)


def _description(agent: Context) -> DescStatsReply:
    identity = agent.identity
    return DescStatsReply(
        mfr_desc="ofswitch",
        hw_desc=f"Linux, {identity.datapath} datapath",
        sw_desc=identity.software(),
        serial_num="None",
        dp_desc=identity.name,
    )
