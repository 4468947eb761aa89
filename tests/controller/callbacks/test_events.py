"""Every message that a switch may send raises one event; every counter has a meaning."""

from __future__ import annotations

from typing import Any

import pytest

from apps.swim.effects import Kind
from controller.callbacks.event_type import EventType
from controller.callbacks.events import RAISES, Event, checked_event
from controller.callbacks.member import MemberEvent
from controller.counters import COUNTED, Counters, worth_logging
from openflow import FeaturesRequest, FlowMod, PacketIn
from openflow.messages import MESSAGES, Message

# What both sides send, and what a switch sends without being asked; the rest are replies.
_FROM_SWITCHES = {
    "PacketIn",
    "FlowRemoved",
    "PortStatus",
    "RoleStatus",
    "TableStatus",
    "RequestForward",
    "ControllerStatus",
    "BundleControl",
    "ErrorMsg",
    "EchoRequest",
    "Experimenter",
}
MEMBERS = [event for event in Event if event.shows is MemberEvent]
_OF_EXPERIMENTERS = (Event.EXPERIMENTER, Event.EXPERIMENTER_STATS)


def test_every_message_from_a_switch_raises_an_event() -> None:
    from_switches = {
        cls
        for name, cls in MESSAGES.items()
        if cls.layout and (name.endswith("Reply") or name in _FROM_SWITCHES)
    }
    assert from_switches <= set(RAISES)
    assert all(
        RAISES[cls] in _OF_EXPERIMENTERS and "experimenters" in cls.__module__
        for cls in set(RAISES) - from_switches
    )


def test_no_two_messages_raise_the_same_event_but_those_of_experimenters() -> None:
    events = [event for event in RAISES.values() if event not in _OF_EXPERIMENTERS]
    assert len(set(events)) == len(events)


def test_every_event_but_joining_leaving_and_the_end_is_raised_by_a_message() -> None:
    others = {event for event in set(Event) - set(RAISES.values()) if event not in MEMBERS}
    assert others == {Event.DATAPATH_JOIN, Event.DATAPATH_LEAVE, Event.SHUTDOWN}


def test_members_have_the_events_that_swim_tells() -> None:
    assert {event.name for event in MEMBERS} == {kind.value for kind in Kind}


@pytest.mark.parametrize(
    ("message", "event"),
    [(PacketIn(), Event.PACKET_IN), (FlowMod(), None), (FeaturesRequest(), None)],
)
def test_a_message_that_only_controllers_send_raises_none(
    message: Message, event: EventType[Any] | None
) -> None:
    assert RAISES.get(type(message)) is event


def test_what_is_counted_is_counted_in_the_parent_too() -> None:
    parent = Counters()
    Counters(parent).add("malformed")
    Counters(parent).add("malformed")
    assert parent["malformed"] == 2


def test_a_name_that_is_not_documented_cannot_be_counted() -> None:
    with pytest.raises(KeyError, match="is not a counter"):
        Counters().add("oops")
    assert all(COUNTED.values())


def test_the_first_three_and_then_powers_of_ten_are_worth_a_line() -> None:
    logged = [count for count in range(1, 20000) if worth_logging(count)]
    assert logged == [1, 2, 3, 10, 100, 1000, 10000]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PacketIn", "PACKET_IN"),
        ("EventOFPPacketIn", "PACKET_IN"),
        ("EventOFPSwitchFeatures", "DATAPATH_JOIN"),
        ("EventOFPStateChange", "DATAPATH_JOIN"),
        ("EventOFPFlowStatsReply", "FLOW_STATS"),
        ("EventOFPGetConfigReply", "CONFIG_REPLY"),
        ("ConnectionUp", "DATAPATH_JOIN"),
        ("PortStatsReceived", "PORT_STATS"),
        ("EventSwitchEnter", "DATAPATH_JOIN"),
        ("GROUP_DESC_STATS", "GROUP_DESC"),
        ("ErrorIn", "ERROR"),
        ("packet_in", "PACKET_IN"),
    ],
)
def test_an_event_by_another_name_is_pointed_to(name: str, meant: str) -> None:
    with pytest.raises(AttributeError) as refused:
        getattr(Event, name)
    assert str(refused.value) == f"there is no Event.{name}: it is Event.{meant}"
    if name != "packet_in":
        with pytest.raises(ValueError, match=f"it is Event.{meant}"):
            checked_event(name)


def test_an_event_that_there_is_not_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"there is no Event\.NONSENSE$"):
        _ = Event.NONSENSE  # type: ignore[attr-defined]
    assert checked_event("nonsense") == "nonsense"  # an app's own
