"""The end of flow monitors before 1.4, and their pauses (nicira-ext.h; EXT-187 on 1.3).

The monitors themselves are FlowMonitorStatsRequest, as in 1.4, where these are parts of it, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from openflow.messages.base import Message
from openflow.vendors import ONF, Layouts, message
from openflow.versions import V1_2, V1_3


def _message(of_nicira: int, of_onf: int, text: str) -> Layouts:
    return {**message(of_nicira, text, last=V1_2), **message(of_onf, text, V1_3, V1_3, by=ONF)}


@dataclass(slots=True)
class FlowMonitorCancel(Message):
    """Watch no more."""

    id: int = 0
    layout = _message(21, 1870, "id:u32")


@dataclass(slots=True)
class FlowMonitorPaused(Message):
    """There is more to say than the connection takes: additions and changes are left out from here on."""

    layout = _message(22, 1871, "")


@dataclass(slots=True)
class FlowMonitorResumed(Message):
    """All that was left out has been said."""

    layout = _message(23, 1872, "")
