"""Frames kept in the switch until a controller says what becomes of them (OpenFlow 1.3.5, 6.1.2).

A packet-in carries the head of a frame and a buffer id; a packet-out or flow-mod with that id takes the frame out
again. There is a fixed number of places, used in turn. An id is a place and the count of frames that were kept
there, so that an old id never names another frame. A frame may be overwritten only once it is `KEPT_S` old: while a
flood fills all places, further packet-ins carry whole frames and no id, and the ids already given stay good.
"""

from __future__ import annotations

from dataclasses import dataclass

from ofswitch.frame import Frame
from openflow import NO_BUFFER, ErrorCode, OpenFlowError

PLACES = 256
KEPT_S = 5.0

_PLACE_BITS = 8
_GENERATIONS = 1 << (32 - _PLACE_BITS)


@dataclass(slots=True)
class _Place:
    frame: Frame | None = None
    in_port: int = 0
    kept_at: float = 0.0
    generation: int = 0


class PacketBuffers:
    """The places of one switch; every controller's ids come from here."""

    def __init__(self) -> None:
        self._places = [_Place() for _ in range(PLACES)]
        self._next = 0

    def keep(self, frame: Frame, in_port: int, now: float) -> int:
        """Keep a frame and return its buffer id; NO_BUFFER when every place is taken."""
        index = self._next
        place = self._places[index]
        if place.frame is not None and now < place.kept_at + KEPT_S:
            return NO_BUFFER
        self._next = (index + 1) % PLACES
        place.frame, place.in_port, place.kept_at = frame, in_port, now
        # Generation 0 is never given out, nor is the last one: its last id would be NO_BUFFER.
        place.generation = place.generation % (_GENERATIONS - 2) + 1
        return place.generation << _PLACE_BITS | index

    def get(self, buffer_id: int) -> tuple[Frame, int]:
        """The frame with this id, and the port it came in by; it stays until `release`.

        Raises OpenFlowError: BUFFER_EMPTY for a frame that was used, BUFFER_UNKNOWN for any other id.
        """
        place = self._place(buffer_id)
        if place is None:
            text = f"no packet has the buffer id {buffer_id:#x}, or it was overwritten"
            raise OpenFlowError(ErrorCode.BAD_REQUEST__BUFFER_UNKNOWN, text)
        if place.frame is None:
            text = f"the packet with the buffer id {buffer_id:#x} was used already"
            raise OpenFlowError(ErrorCode.BAD_REQUEST__BUFFER_EMPTY, text)
        return place.frame, place.in_port

    def release(self, buffer_id: int) -> None:
        """Forget the frame with this id, if it is there."""
        place = self._place(buffer_id)
        if place is not None:
            place.frame = None

    def _place(self, buffer_id: int) -> _Place | None:
        generation, index = divmod(buffer_id, PLACES)
        place = self._places[index]
        return place if generation and generation == place.generation else None
