"""The end of flow monitors of 1.0 and 1.3, and their pauses, as messages of their own (nicira-ext.h, EXT-187).

The monitors themselves are FlowMonitorStatsRequest, as in 1.4, where these are parts of it, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from openflow.messages.base import Message
from openflow.vendors import ONF, message
from openflow.versions import V1_3


@dataclass(slots=True)
class NxFlowMonitorCancel(Message):
    """Watch no more."""

    id: int = 0
    layout = message(21, "id:u32")


@dataclass(slots=True)
class NxFlowMonitorPaused(Message):
    """There is more to say than the connection takes: additions and changes are left out from here on."""

    layout = message(22, "")


@dataclass(slots=True)
class NxFlowMonitorResumed(Message):
    """All that was left out has been said."""

    layout = message(23, "")


@dataclass(slots=True)
class OnfFlowMonitorCancel(Message):
    """Watch no more."""

    id: int = 0
    layout = message(1870, "id:u32", V1_3, V1_3, by=ONF)


@dataclass(slots=True)
class OnfFlowMonitorPaused(Message):
    """What NxFlowMonitorPaused is."""

    layout = message(1871, "", V1_3, V1_3, by=ONF)


@dataclass(slots=True)
class OnfFlowMonitorResumed(Message):
    """What NxFlowMonitorResumed is."""

    layout = message(1872, "", V1_3, V1_3, by=ONF)
