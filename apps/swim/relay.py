"""Pinging on behalf of others, and telling them what came of it."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from apps.swim.address import Address, of_wire
from apps.swim.context import Context
from apps.swim.messages import Ack, IndirectPing, Nack, Ping, encode

_NACK_AFTER = 0.8
"""The part of the time-out after which a nack is sent, so that it arrives while the asker still waits (Lifeguard)."""


class _Errand(NamedTuple):
    """For whom, and under which number there."""

    origin: Address
    name: str
    seq_no: int


class Relay:
    """Errands by our own sequence numbers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._errands: dict[int, _Errand] = {}

    def ask(self, request: IndirectPing, source: Address) -> None:
        """Ping whom the request names, and answer its sender."""
        context, config = self._context, self._context.config
        target = of_wire(request.target, request.port, context.at.port)
        if target is None:
            context.counters["malformed"] += 1
            return
        if len(self._errands) >= config.relays_most:
            context.counters["relays_refused"] += 1
            return
        seq_no = context.rng.getrandbits(32)
        origin = reply_to(request, source)
        self._errands[seq_no] = _Errand(origin, request.source_node, request.seq_no)
        context.after(config.probe_timeout_s, partial(self._errands.pop, seq_no, None))
        if request.nack:
            context.after(_NACK_AFTER * config.probe_timeout_s, partial(self._nack, seq_no))
        ping = Ping(seq_no, request.node, context.at.ip, context.at.port, context.name)
        context.send(target, context.members.find(request.node), encode(ping))

    def ack(self, seq_no: int) -> bool:
        """Whether this answers an errand; then it is passed on."""
        errand = self._errands.pop(seq_no, None)
        if errand is not None:
            self._answer(errand, Ack(errand.seq_no))
        return errand is not None

    def _nack(self, seq_no: int) -> None:
        errand = self._errands.get(seq_no)
        if errand is not None:
            self._answer(errand, Nack(errand.seq_no))

    def _answer(self, errand: _Errand, answer: Ack | Nack) -> None:
        peer = self._context.members.find(errand.name)
        self._context.send(errand.origin, peer, encode(answer))


def reply_to(request: Ping | IndirectPing, source: Address) -> Address:
    """Whom to answer: the sender as it calls itself, or where the datagram came from."""
    at = request.source_addr, request.source_port
    if source == at or not request.source_port:
        return source
    return of_wire(*at, 0) or source
