"""What replicas share goes out, and comes in, by SWIM.

News go out a few at a time as rumours, which reach everybody even where some datagrams are lost; when there are many of
them they go straight to each replica, and what is lost of those comes with the next exchange of everything. What is
large is packed and merged a part at a time, so that switches need not wait.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from apps.swim import Swim
from controller import Controller, Timer

RUMOUR, DIRECT = b"\x01", b"\x02"
"""In front of what is shared: whether to tell it on."""
PIECE = 1199
"""Bytes of what is shared in one datagram."""
RUMOURS_AT_ONCE = 4
"""So many pieces are spread as rumours; of more, each replica gets each."""
PIECES_AT_ONCE = 64
TELL_EVERY_S = 0.01
STATE_EVERY_S = 0.25
STATE_SHARE = 20
"""The whole state is packed again after so many times as long as that took, at the earliest."""
MERGES_MOST = 8
"""Exchanges of everything that wait to be merged; more are not needed, for the next one has it all again."""


class Exchange:
    """Between a controller's shared maps and the other replicas; `others` are their names."""

    def __init__(self, ctrl: Controller, swim: Swim, others: Callable[[], Iterable[str]]) -> None:
        self._ctrl = ctrl
        self._swim = swim
        self._others = others
        self._shared = ctrl.cluster
        self._telling = False
        self._stale = True
        self._merging: deque[Iterator[int]] = deque()
        self._resting: Timer | None = None

    def open(self, name: str) -> None:
        """From now on there are others."""
        self._shared.open(name)
        self._shared.on_news = self._news

    def begin(self) -> None:
        """SWIM runs: have the state at hand, and tell what is new."""
        self._keep_state()
        self._news()

    # --- what comes ----------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take what one of them has sent."""
        kind, told = data[:1], data[1:]
        if kind in (RUMOUR, DIRECT):
            self._shared.merge(told, tell=kind == RUMOUR)

    def receive_state(self, data: bytes) -> None:
        """Take all that one of them has."""
        if len(self._merging) < MERGES_MOST:
            self._merging.append(self._shared.merging(data))
            self._merge_some()

    def _merge_some(self) -> None:
        if self._merging and self._resting is None:
            if next(self._merging[0], None) is None:
                self._merging.popleft()
            self._resting = self._ctrl.post_callback(0, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._merge_some()

    # --- what goes out -------------------------------------------------------------------------------

    def tell(self) -> None:
        """Send what is new; if there is more, go on soon."""
        self._telling = False
        pieces: list[bytes] = []
        while len(pieces) < PIECES_AT_ONCE and (piece := self._shared.take(PIECE)):
            pieces.append(piece)
        if len(pieces) <= RUMOURS_AT_ONCE:
            for piece in pieces:
                self._swim.broadcast(RUMOUR + piece)
        else:
            self._send_to_each(pieces)
        if self._shared.news:
            self._news()

    def _news(self) -> None:
        self._stale = True
        if not self._telling:
            self._telling = True
            self._ctrl.post_callback(TELL_EVERY_S, self.tell)

    def _send_to_each(self, pieces: list[bytes]) -> None:
        for name in list(self._others()):
            for piece in pieces:
                self._swim.send(name, DIRECT + piece)

    def _keep_state(self) -> None:
        """Have the state at hand that goes with exchanges of everything."""
        if self._stale:
            self._stale = False
            self._pack_some(self._shared.packing(), 0.0)
        else:
            self._ctrl.post_callback(STATE_EVERY_S, self._keep_state)

    def _pack_some(self, packing: Iterator[bytes], took_s: float) -> None:
        began = time.monotonic()
        packed = next(packing)
        took_s += time.monotonic() - began
        if packed:
            self._swim.shared = packed
            self._ctrl.post_callback(max(STATE_EVERY_S, STATE_SHARE * took_s), self._keep_state)
        else:
            self._ctrl.post_callback(0, self._pack_some, packing, took_s)
