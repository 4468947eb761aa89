"""Two connections with one datapath id.

Either the switch has reconnected and its old connection is half dead, or another switch shows a wrong identity. The
newcomer waits while the old connection is probed. If that answers in time, it stays and the newcomer is refused; if
not, it is closed and replaced. Either is told why (HELLO_FAILED, EPERM, text).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from controller.counters import Counters
from controller.switches.asks import Done
from controller.switches.session import Session
from openflow import EchoRequest, ErrorCode, Message

log = logging.getLogger(__name__)


class Duplicates:
    """Decides which of two connections stays. `let_go` is given the one that is replaced."""

    def __init__(
        self, counters: Counters, timeout_s: float, let_go: Callable[[Session], None]
    ) -> None:
        self._counters = counters
        self._timeout_s = timeout_s
        self._let_go = let_go

    def probe(self, old: Session, peer: str, answered: Callable[[bool], None]) -> None:
        """Find out whether a connection lives whose datapath id is shown elsewhere, from `peer`; if not, close it.

        `answered` is called once.
        """

        def replied(result: Message | Exception) -> None:
            alive = not isinstance(result, Exception)
            if not alive:
                self._give_up(old, peer)
            answered(alive)

        self._ask(old, f"a connection from {peer}", replied)

    def challenge(self, old: Session, new: Session, arrived: Callable[[Session], None]) -> None:
        """Refuse the new connection if the old one lives; else close that, and the new one has `arrived`."""

        def replied(result: Message | Exception) -> None:
            if new.lost is not None:
                return
            if isinstance(result, Exception):
                self._give_up(old, new.peer)
                arrived(new)
            else:
                text = f"is connected from {old.peer} already, and alive"
                self.refuse(new, f"datapath id {old.dpid:016x} {text}")

        self._ask(old, str(new), replied)

    def refuse(self, new: Session, reason: str) -> None:
        """Turn a newcomer away, and tell it why."""
        new.counters.add("duplicate_refused")
        new.refuse(ErrorCode.HELLO_FAILED__EPERM, reason)

    def _ask(self, old: Session, who: str, replied: Done) -> None:
        if self._counters.add("duplicate"):
            log.warning("%s shows the datapath id of %s, which is probed", who, old)
        old.ask(EchoRequest(), self._timeout_s, replied, quiet=True)

    def _give_up(self, old: Session, peer: str) -> None:
        if old.lost is None:
            self._counters.add("duplicate_replaced")
            old.refuse(ErrorCode.HELLO_FAILED__EPERM, f"replaced by a connection from {peer}")
        self._let_go(old)
