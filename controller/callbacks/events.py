"""What can happen, as names that callbacks are registered for, and which message raises which event.

`RAISES` is the whole of it: a message of a switch that is not in this table is none that a switch may send. Apps may
register callbacks for names of their own too: an event is a string.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import EnumType, StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

from openflow import (
    AggregateStatsReply,
    BarrierReply,
    BundleControl,
    BundleFeaturesStatsReply,
    ControllerStatus,
    ControllerStatusStatsReply,
    DescStatsReply,
    EchoReply,
    EchoRequest,
    ErrorMsg,
    Experimenter,
    ExperimenterStatsReply,
    FeaturesReply,
    FlowCountersStatsReply,
    FlowMonitorStatsReply,
    FlowRemoved,
    FlowStatsReply,
    GetAsyncReply,
    GetConfigReply,
    GroupDescStatsReply,
    GroupFeaturesStatsReply,
    GroupStatsReply,
    MeterConfigStatsReply,
    MeterFeaturesStatsReply,
    MeterStatsReply,
    PacketIn,
    PortDescStatsReply,
    PortStatsReply,
    PortStatus,
    QueueDescStatsReply,
    QueueGetConfigReply,
    QueueStatsReply,
    RequestForward,
    RoleReply,
    RoleStatus,
    TableDescStatsReply,
    TableFeaturesStatsReply,
    TableStatsReply,
    TableStatus,
)
from openflow.messages import MESSAGES


class _Events(EnumType):
    """What `Event` is: it says which event is meant by a name that there is not."""

    if not TYPE_CHECKING:  # type checkers would take any name for one that there is

        def __getattr__(cls, name: str) -> NoReturn:
            """Raise AttributeError, which says it."""
            meant = None if name.startswith("_") else _meant_by(name)
            hint = f": it is Event.{meant.name}" if meant else ""
            raise AttributeError(f"there is no Event.{name}{hint}", name=name)


class Event(StrEnum, metaclass=_Events):
    """The events of switches, which hand the callback the message itself unless it says otherwise; and some others."""

    DATAPATH_JOIN = "datapath_join"
    """A switch has connected and shaken hands: a `DatapathJoin`."""
    DATAPATH_LEAVE = "datapath_leave"
    """A switch is gone: a `DatapathLeave`."""

    PACKET_IN = "packet_in"
    FLOW_REMOVED = "flow_removed"
    PORT_STATUS = "port_status"
    """A port came, went or changed; the switch's `ports` say so already."""

    DESC_STATS = "desc_stats"
    FLOW_STATS = "flow_stats"
    FLOW_COUNTERS = "flow_counters"
    AGGREGATE_STATS = "aggregate_stats"
    TABLE_STATS = "table_stats"
    PORT_STATS = "port_stats"
    QUEUE_STATS = "queue_stats"
    GROUP_STATS = "group_stats"
    GROUP_DESC = "group_desc"
    GROUP_FEATURES = "group_features"
    METER_STATS = "meter_stats"
    METER_CONFIG = "meter_config"
    METER_FEATURES = "meter_features"
    TABLE_FEATURES = "table_features"
    PORT_DESC = "port_desc"
    QUEUE_DESC = "queue_desc"
    TABLE_DESC = "table_desc"
    FLOW_MONITOR = "flow_monitor"
    """Flow entries that are watched have changed, or are there."""
    BUNDLE_FEATURES = "bundle_features"
    CONTROLLER_DESC = "controller_desc"
    EXPERIMENTER_STATS = "experimenter_stats"

    ERROR = "error"
    BARRIER_REPLY = "barrier_reply"
    ECHO_REQUEST = "echo_request"
    """The switch asks whether we are there; it has been answered."""
    ECHO_REPLY = "echo_reply"
    FEATURES_REPLY = "features_reply"
    CONFIG_REPLY = "config_reply"
    QUEUE_CONFIG = "queue_config"
    ROLE_REPLY = "role_reply"
    ROLE_STATUS = "role_status"
    ASYNC_REPLY = "async_reply"
    BUNDLE_CONTROL = "bundle_control"
    TABLE_STATUS = "table_status"
    REQUEST_FORWARD = "request_forward"
    CONTROLLER_STATUS = "controller_status"
    EXPERIMENTER = "experimenter"
    """A message of an experimenter; those that `openflow.experimenters` knows come as what they are."""

    SHUTDOWN = "shutdown"
    """The controller ends, and switches are still connected: a `Shutdown`. Its datapath id is 0."""

    # Of the app `membership`; each is a `MemberEvent`.
    MEMBER_JOIN = "member_join"
    """A member is there, or there again."""
    MEMBER_SUSPECT = "member_suspect"
    """It has not answered, and may have failed."""
    MEMBER_CLEARED = "member_cleared"
    """It was suspected, and lives."""
    MEMBER_FAILED = "member_failed"
    """It has been given up."""
    MEMBER_LEAVE = "member_leave"
    """It has said that it leaves."""
    MEMBER_UPDATE = "member_update"
    """It has changed what it says of itself, or its place."""
    MEMBER_CONFLICT = "member_conflict"
    """Two claim the same name."""


RAISES: dict[type[Any], Event] = {
    PacketIn: Event.PACKET_IN,
    FlowRemoved: Event.FLOW_REMOVED,
    PortStatus: Event.PORT_STATUS,
    DescStatsReply: Event.DESC_STATS,
    FlowCountersStatsReply: Event.FLOW_COUNTERS,
    FlowStatsReply: Event.FLOW_STATS,
    AggregateStatsReply: Event.AGGREGATE_STATS,
    TableStatsReply: Event.TABLE_STATS,
    PortStatsReply: Event.PORT_STATS,
    QueueStatsReply: Event.QUEUE_STATS,
    GroupStatsReply: Event.GROUP_STATS,
    GroupDescStatsReply: Event.GROUP_DESC,
    GroupFeaturesStatsReply: Event.GROUP_FEATURES,
    MeterStatsReply: Event.METER_STATS,
    MeterConfigStatsReply: Event.METER_CONFIG,
    MeterFeaturesStatsReply: Event.METER_FEATURES,
    TableFeaturesStatsReply: Event.TABLE_FEATURES,
    PortDescStatsReply: Event.PORT_DESC,
    ExperimenterStatsReply: Event.EXPERIMENTER_STATS,
    QueueDescStatsReply: Event.QUEUE_DESC,
    TableDescStatsReply: Event.TABLE_DESC,
    FlowMonitorStatsReply: Event.FLOW_MONITOR,
    BundleFeaturesStatsReply: Event.BUNDLE_FEATURES,
    ControllerStatusStatsReply: Event.CONTROLLER_DESC,
    ErrorMsg: Event.ERROR,
    BarrierReply: Event.BARRIER_REPLY,
    EchoRequest: Event.ECHO_REQUEST,
    EchoReply: Event.ECHO_REPLY,
    FeaturesReply: Event.FEATURES_REPLY,
    GetConfigReply: Event.CONFIG_REPLY,
    QueueGetConfigReply: Event.QUEUE_CONFIG,
    RoleReply: Event.ROLE_REPLY,
    RoleStatus: Event.ROLE_STATUS,
    GetAsyncReply: Event.ASYNC_REPLY,
    BundleControl: Event.BUNDLE_CONTROL,
    TableStatus: Event.TABLE_STATUS,
    RequestForward: Event.REQUEST_FORWARD,
    ControllerStatus: Event.CONTROLLER_STATUS,
    Experimenter: Event.EXPERIMENTER,
}
"""The event that a message from a switch raises, by the message's class."""

_OF_SWITCHES = ("Reply", "PacketIn", "PacketIn2", "FlowRemoved", "Paused", "Resumed")


def _of_experimenters() -> Iterator[tuple[type[Any], Event]]:
    """What switches send of the messages that experimenters have added."""
    for name, message in MESSAGES.items():
        if message.__module__.startswith("openflow.experimenters."):
            if name.endswith("StatsReply"):
                yield message, Event.EXPERIMENTER_STATS
            elif name.endswith(_OF_SWITCHES):
                yield message, Event.EXPERIMENTER


RAISES.update(_of_experimenters())


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower().removeprefix("eventofp")


_BY_BARE_NAME = {
    "connectionup": Event.DATAPATH_JOIN,
    "connectiondown": Event.DATAPATH_LEAVE,
    "goingdownevent": Event.SHUTDOWN,
    "switchfeatures": Event.DATAPATH_JOIN,
    "errormsg": Event.ERROR,
    **{_bare(event.value): event for event in Event},
}
"""Events by what they are called in any way of writing, and by POX and Ryu."""


def _meant_by(name: str) -> Event | None:
    return _BY_BARE_NAME.get(_bare(name))


def checked_event(event: str) -> str:
    """The name of an event. Raises for what is none, or is meant for one of switches but written otherwise."""
    if not isinstance(event, str):
        raise TypeError(f"an event is an Event or a name, not {event!r}")
    meant = _meant_by(event)
    if meant is not None and event != meant:
        raise ValueError(f"there is no event {event!r}: it is Event.{meant.name}")
    return event
