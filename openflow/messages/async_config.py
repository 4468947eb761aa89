"""Which asynchronous messages a controller gets (OpenFlow 1.3.5, 7.3.10; 1.4.0, 7.3.10; 1.5.1, 7.3.10).

A mask for each such message, with a bit for each reason: one for when the controller is master (or equal), one for when
it is slave. From 1.4 on a mask is a property and may be left out (None), which changes nothing; those fill fields of
the message itself (see `openflow.forms.folds`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.errors import ErrorCode
from openflow.messages.base import Message, Request, since
from openflow.messages.properties import EXPERIMENTER, OfExperimenter, OfUnknownType
from openflow.structs import Element
from openflow.versions import V1_3, V1_4, V1_5


class AsyncProperty(Element):
    """Which asynchronous messages of a kind are wanted; this class names the family."""

    __slots__ = ()
    raw = "RawAsyncProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


_KINDS = (
    "packet_in",
    "port_status",
    "flow_removed",
    "role_status",
    "table_status",
    "requestforward",
    "flow_stats",
    "cont_status",
)
_KINDS_1_4 = _KINDS[:6]
_ROLES = ("slave", "master")
_TYPES = {
    index: f"type={kind}_{role} mask:u32"
    for index, (kind, role) in enumerate((kind, role) for kind in _KINDS for role in _ROLES)
}


def _fields(kinds: tuple[str, ...]) -> str:
    names = [f"{kind}_mask_{role}" for kind in kinds for role in _ROLES]
    return "+".join([*names, "properties:asyncprops"])


@dataclass(slots=True)
class ReasonsProperty(AsyncProperty):
    """The reasons for which a kind of message is wanted, in a role: `packet_in_slave`, ..."""

    type: str = "packet_in_slave"
    mask: int | None = 0
    layout = {
        V1_4: {code: text for code, text in _TYPES.items() if code < 2 * len(_KINDS_1_4)},
        V1_5: _TYPES,
    }


@dataclass(slots=True)
class ExperimenterAsyncProperty(OfExperimenter, AsyncProperty):
    """A vendor's property, for a slave or for a master."""

    type: str = "slave"
    layout = since(
        V1_4, {0xFFFE: f"type=slave {EXPERIMENTER}", 0xFFFF: f"type=master {EXPERIMENTER}"}
    )


@dataclass(slots=True)
class RawAsyncProperty(OfUnknownType, AsyncProperty):
    """A property of unknown type."""


@dataclass(slots=True)
class _AsyncConfig(Message):
    """The masks; before 1.4 there are those of three kinds of message, and all of them are said."""

    packet_in_mask_master: int | None = 0
    packet_in_mask_slave: int | None = 0
    port_status_mask_master: int | None = 0
    port_status_mask_slave: int | None = 0
    flow_removed_mask_master: int | None = 0
    flow_removed_mask_slave: int | None = 0
    role_status_mask_master: int | None = None
    role_status_mask_slave: int | None = None
    table_status_mask_master: int | None = None
    table_status_mask_slave: int | None = None
    requestforward_mask_master: int | None = None
    requestforward_mask_slave: int | None = None
    flow_stats_mask_master: int | None = None
    flow_stats_mask_slave: int | None = None
    cont_status_mask_master: int | None = None
    cont_status_mask_slave: int | None = None
    properties: Sequence[AsyncProperty] = field(default_factory=list)


_MASKS = {
    V1_3: "packet_in_mask_master:given32 packet_in_mask_slave:given32"
    " port_status_mask_master:given32 port_status_mask_slave:given32"
    " flow_removed_mask_master:given32 flow_removed_mask_slave:given32",
    V1_4: _fields(_KINDS_1_4),
    V1_5: _fields(_KINDS),
}


@dataclass(slots=True)
class GetAsyncRequest(Request["GetAsyncReply"]):
    """Which asynchronous messages will you send me?"""

    layout = since(V1_3, {26: ""})


@dataclass(slots=True)
class GetAsyncReply(_AsyncConfig):
    """The asynchronous messages that this controller gets."""

    layout = {version: {27: text} for version, text in _MASKS.items()}


@dataclass(slots=True)
class SetAsync(_AsyncConfig):
    """Choose the asynchronous messages that this controller gets."""

    layout = {version: {28: text} for version, text in _MASKS.items()}
