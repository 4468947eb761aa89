"""What can happen, and what the callbacks that are registered for it are handed.

A message of a switch that no event shows is none that a switch may send. Apps may register callbacks for events of
their own too, which are names: `"host_moved"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from controller.callbacks.event_type import AnyEvent, EventType
from controller.callbacks.farewell import Shutdown
from controller.callbacks.member import MemberEvent
from controller.switches.presence import DatapathJoin, DatapathLeave
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
    Message,
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


class _Events(type):
    """What `Event` is: it has all events, and says which is meant by a name that there is not."""

    def __iter__(cls) -> Iterator[EventType[Any]]:
        return (event for event in vars(cls).values() if isinstance(event, EventType))

    if not TYPE_CHECKING:  # type checkers would take any name for one that there is

        def __getattr__(cls, name: str) -> NoReturn:
            """Raise AttributeError, which says it."""
            meant = None if name.startswith("_") else _meant_by(name)
            hint = f": it is {meant!r}" if meant else ""
            raise AttributeError(f"there is no Event.{name}{hint}", name=name)


class Event(metaclass=_Events):
    """The events of switches, each with the class of what its callbacks are handed; and some others."""

    DATAPATH_JOIN = EventType(DatapathJoin)
    """A switch has connected and shaken hands."""
    DATAPATH_LEAVE = EventType(DatapathLeave)
    """A switch is gone."""

    PACKET_IN = EventType(PacketIn)
    FLOW_REMOVED = EventType(FlowRemoved)
    PORT_STATUS = EventType(PortStatus)
    """A port came, went or changed; the switch's `ports` say so already."""

    DESC_STATS = EventType(DescStatsReply)
    FLOW_STATS = EventType(FlowStatsReply)
    FLOW_COUNTERS = EventType(FlowCountersStatsReply)
    AGGREGATE_STATS = EventType(AggregateStatsReply)
    TABLE_STATS = EventType(TableStatsReply)
    PORT_STATS = EventType(PortStatsReply)
    QUEUE_STATS = EventType(QueueStatsReply)
    GROUP_STATS = EventType(GroupStatsReply)
    GROUP_DESC = EventType(GroupDescStatsReply)
    GROUP_FEATURES = EventType(GroupFeaturesStatsReply)
    METER_STATS = EventType(MeterStatsReply)
    METER_CONFIG = EventType(MeterConfigStatsReply)
    METER_FEATURES = EventType(MeterFeaturesStatsReply)
    TABLE_FEATURES = EventType(TableFeaturesStatsReply)
    PORT_DESC = EventType(PortDescStatsReply)
    QUEUE_DESC = EventType(QueueDescStatsReply)
    TABLE_DESC = EventType(TableDescStatsReply)
    FLOW_MONITOR = EventType(FlowMonitorStatsReply)
    """Flow entries that are watched have changed, or are there."""
    BUNDLE_FEATURES = EventType(BundleFeaturesStatsReply)
    CONTROLLER_DESC = EventType(ControllerStatusStatsReply)
    EXPERIMENTER_STATS = EventType[Message](ExperimenterStatsReply)

    ERROR = EventType(ErrorMsg)
    BARRIER_REPLY = EventType(BarrierReply)
    ECHO_REQUEST = EventType(EchoRequest)
    """The switch asks whether we are there; it has been answered."""
    ECHO_REPLY = EventType(EchoReply)
    FEATURES_REPLY = EventType(FeaturesReply)
    CONFIG_REPLY = EventType(GetConfigReply)
    QUEUE_CONFIG = EventType(QueueGetConfigReply)
    ROLE_REPLY = EventType(RoleReply)
    ROLE_STATUS = EventType(RoleStatus)
    ASYNC_REPLY = EventType(GetAsyncReply)
    BUNDLE_CONTROL = EventType(BundleControl)
    TABLE_STATUS = EventType(TableStatus)
    REQUEST_FORWARD = EventType(RequestForward)
    CONTROLLER_STATUS = EventType(ControllerStatus)
    EXPERIMENTER = EventType[Message](Experimenter)
    """A message of an experimenter; those that `openflow.experimenters` knows come as what they are."""

    SHUTDOWN = EventType(Shutdown)
    """The controller ends, and switches are still connected. The datapath id is 0."""

    # Of the app `membership`.
    MEMBER_JOIN = EventType(MemberEvent)
    """A member is there, or there again."""
    MEMBER_SUSPECT = EventType(MemberEvent)
    """It has not answered, and may have failed."""
    MEMBER_CLEARED = EventType(MemberEvent)
    """It was suspected, and lives."""
    MEMBER_FAILED = EventType(MemberEvent)
    """It has been given up."""
    MEMBER_LEAVE = EventType(MemberEvent)
    """It has said that it leaves."""
    MEMBER_UPDATE = EventType(MemberEvent)
    """It has changed what it says of itself, or its place."""
    MEMBER_CONFLICT = EventType(MemberEvent)
    """Two claim the same name."""


RAISES: dict[type[Any], EventType[Any]] = {
    event.shows: event for event in Event if issubclass(event.shows, Message)
}
"""The event that a message from a switch raises, by the message's class."""

_OF_SWITCHES = ("Reply", "PacketIn", "PacketIn2", "FlowRemoved", "Paused", "Resumed")


def _of_experimenters() -> Iterator[tuple[type[Any], EventType[Any]]]:
    """What switches send of the messages that experimenters have added."""
    for name, message in MESSAGES.items():
        if message.__module__.startswith("openflow.experimenters."):
            if name.endswith("StatsReply"):
                yield message, Event.EXPERIMENTER_STATS
            elif name.endswith(_OF_SWITCHES):
                yield message, Event.EXPERIMENTER


RAISES.update(_of_experimenters())


def _bare(name: str) -> str:
    bare = name.replace("_", "").replace("-", "").lower()
    return bare.removeprefix("eventofp").removesuffix("received")


_BY_BARE_NAME: dict[str, EventType[Any]] = {
    "connectionup": Event.DATAPATH_JOIN,
    "connectiondown": Event.DATAPATH_LEAVE,
    "goingdownevent": Event.SHUTDOWN,
    "switchfeatures": Event.DATAPATH_JOIN,
    "statechange": Event.DATAPATH_JOIN,
    "eventdp": Event.DATAPATH_JOIN,
    "eventswitchenter": Event.DATAPATH_JOIN,
    "eventswitchleave": Event.DATAPATH_LEAVE,
    "groupdescstats": Event.GROUP_DESC,
    "errorin": Event.ERROR,
    "barrierin": Event.BARRIER_REPLY,
    **{_bare(event.shows.__name__): event for event in Event if event in RAISES.values()},
    **{_bare(event.name): event for event in Event},
}
"""Events by what they are called in any way of writing, and by POX and Ryu."""


def _meant_by(name: str) -> EventType[Any] | None:
    return _BY_BARE_NAME.get(_bare(name))


def checked_event(event: AnyEvent) -> AnyEvent:
    """An event, whose name will do, or the name of an app's own.

    Raises for what is none, or is meant for one of switches but written otherwise.
    """
    if isinstance(event, EventType):
        return event
    if not isinstance(event, str):
        raise TypeError(f"an event is an Event or a name, not {event!r}")
    meant = _meant_by(event)
    if meant is not None and event != meant.name:
        raise ValueError(f"there is no event {event!r}: it is {meant!r}")
    return meant or event
