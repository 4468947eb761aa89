"""Messages that change the switch, or send packets: what the datapath makes of them goes to those who want to know."""

from __future__ import annotations

from ofswitch.agent.context import Cause, Context
from ofswitch.agent.session import Session
from ofswitch.datapath.changes import TabledFlowMod
from openflow import NO_BUFFER, FlowMod, FlowModCommand, Message, Output, PacketOut, PortNo


def change(agent: Context, session: Session, request: Message, now: float) -> None:
    """Carry out whatever changes the switch."""
    effects = agent.datapath.apply(request, session.version, now)
    agent.route(effects, now, Cause(session, request.xid))


def tabled_flow_mod(agent: Context, session: Session, request: FlowMod, now: float) -> None:
    """Change the tables as Nicira's messages say it."""
    effects = agent.datapath.apply(TabledFlowMod(request), session.version, now)
    agent.route(effects, now, Cause(session, request.xid))
    _use_buffer(agent, session, request, now)


def flow_mod(agent: Context, session: Session, request: FlowMod, now: float) -> None:
    """Change the tables, then send a buffered packet through them (7.3.4.1); a delete ignores the buffer id."""
    change(agent, session, request, now)
    _use_buffer(agent, session, request, now)


def _use_buffer(agent: Context, session: Session, request: FlowMod, now: float) -> None:
    if request.buffer_id == NO_BUFFER or request.command >= FlowModCommand.DELETE:
        return
    _, in_port = session.buffers.get(request.buffer_id)
    through_tables = PacketOut(request.buffer_id, in_port, [Output(PortNo.TABLE)])
    packet_out(agent, session, through_tables, now)


def packet_out(agent: Context, session: Session, request: PacketOut, now: float) -> None:
    """A buffered frame leaves as it came, with its offload metadata; it is used up only if nothing is wrong."""
    if request.buffer_id == NO_BUFFER:
        agent.route(agent.datapath.inject(request, session.version, now), now)
        return
    frame, _ = session.buffers.get(request.buffer_id)
    agent.route(agent.datapath.inject(request, session.version, now, frame), now)
    session.buffers.release(request.buffer_id)
