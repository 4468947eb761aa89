"""Who made the switch, and vendors' multipart messages (OpenFlow 1.3.5, 7.3.5.1 and 7.3.5.15)."""

from __future__ import annotations

from dataclasses import dataclass

from openflow.messages.base import MultipartReply, MultipartRequest, since
from openflow.versions import V1_0, V1_1

_DESC = "mfr_desc:text256 hw_desc:text256 sw_desc:text256 serial_num:text32 dp_desc:text256"
_VENDOR = "experimenter:u32 data:rest"
_EXPERIMENTER = "experimenter:u32 exp_type:u32 data:rest"


@dataclass(slots=True)
class DescStatsRequest(MultipartRequest["DescStatsReply"]):
    """What are you?"""

    layout = {V1_0: {(16, 0): ""}, **since(V1_1, {(18, 0): ""})}


@dataclass(slots=True)
class DescStatsReply(MultipartReply):
    """The switch in words."""

    mfr_desc: str = ""
    hw_desc: str = ""
    sw_desc: str = ""
    serial_num: str = ""
    dp_desc: str = ""
    layout = {V1_0: {(17, 0): _DESC}, **since(V1_1, {(19, 0): _DESC})}


@dataclass(slots=True)
class ExperimenterStatsRequest(MultipartRequest["ExperimenterStatsReply"]):
    """A vendor's question.

    1.0 has no `exp_type` (its vendors put it into `data`); in its place 1.1 has whatever the vendor likes.
    """

    experimenter: int = 0
    exp_type: int = 0
    data: bytes = b""
    layout = {V1_0: {(16, 0xFFFF): _VENDOR}, **since(V1_1, {(18, 0xFFFF): _EXPERIMENTER})}


@dataclass(slots=True)
class ExperimenterStatsReply(MultipartReply):
    """A vendor's answer."""

    experimenter: int = 0
    exp_type: int = 0
    data: bytes = b""
    layout = {V1_0: {(17, 0xFFFF): _VENDOR}, **since(V1_1, {(19, 0xFFFF): _EXPERIMENTER})}
