"""Bundles: changes that a controller collects, to have them take effect together (OpenFlow 1.4.1, 6.9 and 7.3.9).

OpenFlow 1.3 has them from ONF (EXT-230). A bundle belongs to the connection that opened it and ends with it. Whatever
is wrong with a bundle as a whole ends it, as in Open vSwitch, and so does idleness; a message that may not be in it is
left out of it.
Every commit is atomic and ordered, for packets too, whether or not the flags ask for that.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NoReturn

from ofswitch.agent.session import Session
from openflow import (
    NO_BUFFER,
    BundleAddMessage,
    BundleFlags,
    ErrorCode,
    FlowMod,
    FlowModCommand,
    GroupMod,
    Message,
    OpenFlowError,
    PacketOut,
    PortMod,
)
from openflow.connection import ERROR_DATA_SIZE

IDLE_S = 10.0
"""After so long without a message about it a bundle ends; the specification asks for more than one second."""

BUNDLES_MOST = 64
"""Bundles of one connection."""

MESSAGES_MOST = 1 << 17
"""Messages in all bundles of the switch."""

OCTETS_MOST = 64 << 20
"""What these messages may take, encoded."""

BUNDLED = (FlowMod, GroupMod, PortMod, PacketOut)
"""What may be in a bundle."""

_FLAGS = int(BundleFlags.ATOMIC | BundleFlags.ORDERED)


@dataclass(slots=True)
class Bundle:
    """What a controller has collected."""

    flags: int
    opened_by: bytes
    """The beginning of the message that opened it."""
    used: float
    closed: bool = False
    messages: list[Message] = field(default_factory=list)
    octets: int = 0


class Bundles:
    """All bundles of a switch, by their connection and number; the one that was used last comes last."""

    def __init__(self) -> None:
        self._bundles: OrderedDict[tuple[Session, int], Bundle] = OrderedDict()
        self._messages = self._octets = 0

    def __len__(self) -> int:
        """How many messages there are in all bundles."""
        return self._messages

    def open(self, session: Session, bundle_id: int, flags: int, now: float) -> None:
        """Begin a bundle. Raises OpenFlowError; if there was one with this number, it has ended."""
        if self._end(session, bundle_id) is not None:
            _refuse(ErrorCode.BUNDLE_FAILED__BAD_ID, f"bundle {bundle_id} was open already")
        if flags & ~_FLAGS:
            unknown = flags & ~_FLAGS
            _refuse(ErrorCode.BUNDLE_FAILED__BAD_FLAGS, f"unknown flags {unknown:#x}")
        if sum(owner is session for owner, _ in self._bundles) >= BUNDLES_MOST:
            text = f"there are {BUNDLES_MOST} bundles already"
            _refuse(ErrorCode.BUNDLE_FAILED__OUT_OF_BUNDLES, text)
        opened_by = session.connection.latest[:ERROR_DATA_SIZE]
        self._bundles[session, bundle_id] = Bundle(flags, opened_by, now)

    def close(self, session: Session, bundle_id: int, flags: int, now: float) -> None:
        """Let nothing more into a bundle. Raises OpenFlowError."""
        self._open_one(session, bundle_id, flags, now).closed = True

    def add(self, session: Session, request: BundleAddMessage, now: float) -> None:
        """Put the message that came last into a bundle, which is opened by that if need be. Raises OpenFlowError."""
        _check(request)
        if (session, request.bundle_id) not in self._bundles:
            self.open(session, request.bundle_id, request.flags, now)
        bundle = self._open_one(session, request.bundle_id, request.flags, now)
        octets = len(session.connection.latest)
        if self._messages >= MESSAGES_MOST or self._octets + octets > OCTETS_MOST:
            text = f"bundles hold {self._messages} messages, {self._octets >> 20} MiB, already"
            _refuse(ErrorCode.BUNDLE_FAILED__MSG_TOO_MANY, text)
        bundle.messages.append(request.message)
        bundle.octets += octets
        self._messages += 1
        self._octets += octets

    def take(self, session: Session, bundle_id: int, flags: int) -> list[Message]:
        """End a bundle and return what is in it, to carry that out. Raises OpenFlowError."""
        bundle = self._end(session, bundle_id)
        if bundle is None:
            _unknown(bundle_id)
        _check_same(bundle, flags)
        return bundle.messages

    def discard(self, session: Session, bundle_id: int) -> None:
        """End a bundle. Raises OpenFlowError."""
        if self._end(session, bundle_id) is None:
            _unknown(bundle_id)

    def forget(self, session: Session) -> None:
        """End the bundles of a connection that is gone."""
        for owner, bundle_id in list(self._bundles):
            if owner is session:
                self._end(session, bundle_id)

    def deadline(self) -> float | None:
        """When `expire` has something to do."""
        longest_idle = next(iter(self._bundles.values()), None)
        return None if longest_idle is None else longest_idle.used + IDLE_S

    def expire(self, now: float) -> list[tuple[Session, bytes]]:
        """End the bundles that have been idle too long; whose they were, and the messages that opened them."""
        expired = []
        while (deadline := self.deadline()) is not None and deadline <= now:
            session, bundle_id = next(iter(self._bundles))
            expired.append((session, self._bundles[session, bundle_id].opened_by))
            self._end(session, bundle_id)
        return expired

    def _open_one(self, session: Session, bundle_id: int, flags: int, now: float) -> Bundle:
        """A bundle that takes messages, and is used now; it has ended if it is closed or has other flags."""
        bundle = self._bundles.get((session, bundle_id))
        if bundle is None:
            _unknown(bundle_id)
        try:
            if bundle.closed:
                text = f"bundle {bundle_id} was closed"
                _refuse(ErrorCode.BUNDLE_FAILED__BUNDLE_CLOSED, text)
            _check_same(bundle, flags)
        except OpenFlowError:
            self._end(session, bundle_id)
            raise
        bundle.used = now
        self._bundles.move_to_end((session, bundle_id))
        return bundle

    def _end(self, session: Session, bundle_id: int) -> Bundle | None:
        bundle = self._bundles.pop((session, bundle_id), None)
        if bundle is not None:
            self._messages -= len(bundle.messages)
            self._octets -= bundle.octets
        return bundle


def _check(request: BundleAddMessage) -> None:
    """Whether a message may be in a bundle: one that names a buffer may not, as the buffer may be gone by then."""
    message = request.message
    if message.xid != request.xid:
        text = f"xid {message.xid:#x} within xid {request.xid:#x}"
        _refuse(ErrorCode.BUNDLE_FAILED__MSG_BAD_XID, text)
    if not isinstance(message, BUNDLED):
        text = f"a bundle holds no {type(message).__name__}"
        _refuse(ErrorCode.BUNDLE_FAILED__MSG_UNSUP, text)
    if _names_a_buffer(message):
        _refuse(ErrorCode.BUNDLE_FAILED__MSG_UNSUP, "a bundle holds no buffered packets")
    if request.properties:
        _refuse(ErrorCode.BUNDLE_FAILED__MSG_UNSUP, "no property of a bundle is known here")


def _names_a_buffer(message: Message) -> bool:
    match message:
        case PacketOut():
            return message.buffer_id != NO_BUFFER
        case FlowMod():
            deletes = message.command >= FlowModCommand.DELETE
            return message.buffer_id != NO_BUFFER and not deletes
        case _:
            return False


def _check_same(bundle: Bundle, flags: int) -> None:
    if bundle.flags != flags:
        text = f"the bundle was opened with flags {bundle.flags:#x}, not {flags:#x}"
        _refuse(ErrorCode.BUNDLE_FAILED__BAD_FLAGS, text)


def _unknown(bundle_id: int) -> NoReturn:
    _refuse(ErrorCode.BUNDLE_FAILED__BAD_ID, f"there is no bundle {bundle_id}")


def _refuse(code: ErrorCode, text: str) -> NoReturn:
    raise OpenFlowError(code, text)
