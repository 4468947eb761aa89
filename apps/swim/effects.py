"""What a core wants done, and what it has to tell. Whoever drives it carries them out in their order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from apps.swim.address import Address
from apps.swim.members import Member

if TYPE_CHECKING:
    from apps.swim.streams import Stream


class Kind(Enum):
    """What has happened to a member."""

    MEMBER_JOIN = "member_join"
    MEMBER_SUSPECT = "member_suspect"
    MEMBER_CLEARED = "member_cleared"
    MEMBER_FAILED = "member_failed"
    MEMBER_LEAVE = "member_leave"
    MEMBER_UPDATE = "member_update"
    MEMBER_CONFLICT = "member_conflict"


@dataclass(frozen=True, slots=True)
class Send:
    """A datagram."""

    data: bytes
    to: Address


@dataclass(frozen=True, slots=True)
class Connect:
    """A stream to be opened (`apps.swim.streams` says how it is driven)."""

    to: Address
    stream: Stream


@dataclass(frozen=True, slots=True)
class Event:
    """`member` as it is now. On a conflict `other` is who claims its name."""

    kind: Kind
    member: Member
    other: Address | None = None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Bytes of an application: somebody's broadcast, or sent to us alone."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Shared:
    """What the application of a peer shares in a push-pull (`Core.shared` there)."""

    data: bytes
    join: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A probed member has answered us itself, after so long."""

    member: Member
    rtt_s: float


Effect = Send | Connect | Event | Deliver | Shared | Answered
