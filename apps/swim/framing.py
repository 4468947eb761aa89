"""What goes over a stream: one message each way, around it encryption and compression, and in front a label.

    label (244, length, label)         only from whoever opens the stream
    encryption (10, length, sealed)    vouches for its own head and the label
    compression (9, a map)             only read
    one message: a ping, an ack, a refusal, bytes of an application, or all states (push-pull)

The messages have no lengths; where they end is known when msgpack has read them. `Reader` is given bytes as they come.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgpack

from apps.swim import messages
from apps.swim.errors import BadPacket, MalformedMessage, NotDecryptable, WrongLabel
from apps.swim.keyring import OVERHEAD, Randomness
from apps.swim.messages import (
    COMPRESS,
    ENCRYPT,
    Ack,
    Compressed,
    Message,
    NodeState,
    Ping,
    PushPullHeader,
    Refusal,
    UserHeader,
)
from apps.swim.packet import Envelope, decompressed, split_label

MOST = 20 << 20
"""Bytes that a stream may carry."""

STATES_MOST = 1 << 17
"""States that a push-pull may have: an empty one takes a byte, and much more when it is read."""

_STATE_SIZE = 256
"""Bytes that a state takes when it is read, besides those that it had, or a little less."""

_STATES_EACH = 256
"""States that are read without asking whether there is room."""

_LABEL = 244
_SEAL_HEAD = 5
_HEADS: dict[int, type[Message]] = {
    cls.code: cls for cls in (Ping, Ack, Refusal, UserHeader, PushPullHeader)
}


@dataclass(slots=True)
class Heard:
    """A message, with the states and the bytes that follow it."""

    head: Message
    states: list[NodeState] = field(default_factory=list)
    data: bytes = b""


def frame(envelope: Envelope, plain: bytes, randomness: Randomness, *, opener: bool) -> bytes:
    """What to write for a message; `opener` says whether we have opened the stream."""
    if envelope.keyring is not None:
        head = struct.pack(">BI", ENCRYPT, len(plain) + OVERHEAD)
        plain = head + envelope.keyring.seal(plain, head + envelope.label, randomness)
    return envelope.head() + plain if opener else plain


class Reader:
    """Takes one message apart. Whatever is wrong is raised as a SwimError."""

    def __init__(
        self, envelope: Envelope, *, labelled: bool, hold: Callable[[int], None] | None = None
    ) -> None:
        """`hold` is told now and then how many bytes it holds, about, and may raise a SwimError."""
        self._envelope = envelope
        self._hold = hold
        self._labelled = labelled
        self._buffer = bytearray()
        self._fed = 0
        self._unpacker: Any = None
        self._kind = -1
        self._compressed = False
        self._heard: Heard | None = None

    @property
    def held(self) -> int:
        """Bytes that it holds until the message is whole, about."""
        states = len(self._heard.states) if self._heard is not None else 0
        return self._fed + _STATE_SIZE * states

    def feed(self, data: bytes) -> Heard | None:
        """The message, once it is whole."""
        self._fed += len(data)
        if self._fed > MOST:
            raise BadPacket(f"more than {MOST} bytes on a stream")
        if self._unpacker is not None:
            self._unpacker.feed(data)
        else:
            self._buffer += data
            plain = self._plain()
            if plain is None:
                return None
            self._begin(plain)
        return self._read()

    # --- what stands in front -------------------------------------------------------------------

    def _plain(self) -> bytes | None:
        """The bytes behind label and encryption, None while there are too few to tell."""
        if self._labelled and not self._skip_label():
            return None
        buffer = self._buffer
        if not buffer:
            return None
        keyring = self._envelope.keyring
        if buffer[0] != ENCRYPT:
            if keyring is not None:
                raise NotDecryptable("a stream that is not encrypted")
            return bytes(buffer)
        if keyring is None:
            raise NotDecryptable("a stream that is encrypted, and we have no key")
        if len(buffer) < _SEAL_HEAD:
            return None
        (size,) = struct.unpack_from(">I", buffer, 1)
        if size > MOST:
            raise BadPacket(f"{size} encrypted bytes")
        if len(buffer) < _SEAL_HEAD + size:
            return None
        head, sealed = buffer[:_SEAL_HEAD], buffer[_SEAL_HEAD : _SEAL_HEAD + size]
        return keyring.open(bytes(sealed), bytes(head) + self._envelope.label)

    def _skip_label(self) -> bool:
        buffer = self._buffer
        if not buffer:
            return False
        if buffer[0] == _LABEL and (len(buffer) < 2 or len(buffer) < 2 + buffer[1]):
            return False
        label, rest = split_label(bytes(buffer))
        if label != self._envelope.label:
            raise WrongLabel(f"a stream labelled {label!r}, we are {self._envelope.label!r}")
        self._buffer = bytearray(rest)
        self._labelled = False
        return True

    # --- the message ----------------------------------------------------------------------------

    def _begin(self, plain: bytes) -> None:
        if not plain:
            raise MalformedMessage("an empty message")
        self._kind = plain[0]
        if self._kind not in _HEADS and self._kind != COMPRESS:
            raise MalformedMessage(f"no message type {self._kind} on a stream")
        self._buffer.clear()
        self._fed = len(plain) - 1
        self._unpacker = msgpack.Unpacker(raw=True, strict_map_key=False, max_buffer_size=MOST)
        self._unpacker.feed(plain[1:])

    def _read(self) -> Heard | None:
        if self._kind == COMPRESS:
            found = self._next_map()
            if found is None:
                return None
            if self._compressed:
                raise BadPacket("a compressed message in a compressed one")
            self._compressed = True
            self._begin(decompressed(messages.checked(Compressed, found), MOST))
            return self._read()
        if self._heard is None:
            found = self._next_map()
            if found is None:
                return None
            self._heard = Heard(messages.checked(_HEADS[self._kind], found))
        return self._heard if self._rest(self._heard) else None

    def _rest(self, heard: Heard) -> bool:
        """Whether everything is there that the head announces."""
        head, size = heard.head, 0
        if isinstance(head, PushPullHeader):
            if head.nodes > STATES_MOST:
                raise BadPacket(f"a push-pull of {head.nodes} states")
            while len(heard.states) < head.nodes:
                found = self._next_map()
                if found is None:
                    return False
                heard.states.append(messages.checked(NodeState, found))
                if self._hold is not None and not len(heard.states) % _STATES_EACH:
                    self._hold(self.held)
            size = head.user_state_len
        elif isinstance(head, UserHeader):
            size = head.user_msg_len
        if self._fed - self._unpacker.tell() < size:
            return False
        heard.data = self._unpacker.read_bytes(size)
        return True

    def _next_map(self) -> Any:
        """What msgpack finds next, None while it is not whole."""
        try:
            found = self._unpacker.unpack()
        except msgpack.OutOfData:
            return None
        except Exception as error:  # noqa: BLE001 - whatever msgpack makes of bytes at random
            raise MalformedMessage(f"no msgpack on a stream: {str(error) or type(error)}") from None
        if found is None:
            raise MalformedMessage("expected a map, got nil")
        return found
