"""Finding out who has failed: one member is probed in each interval, all of them in a round.

A ping, and if it is not answered in time, others are asked to try, and a stream is tried; whoever has not answered
when the verdict is due is suspected. What that says of our own health is settled at the end of the interval, since the
nacks of others may come until then. There is one probe at a time, and its times grow with bad local health, so that an
unwell member accuses less. A suspect is told so in the ping, to refute at once (Lifeguard's buddy system).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.swim.agenda import Timer
from apps.swim.context import Context
from apps.swim.effects import Answered
from apps.swim.members import Member, Round, State
from apps.swim.messages import IndirectPing, Ping, Suspect, encode
from apps.swim.rules import Rules

_STREAM_SINCE, _NACK_SINCE = 3, 4
"""Versions of the protocol that know pings on streams, and nacks."""


@dataclass(slots=True)
class Probe:
    """Of one member, who is suspected at `verdict`; it ends at `end`."""

    target: Member
    seq_no: int
    sent: float
    verdict: float
    end: float
    timer: Timer
    asked_others: bool = False
    nacks_missing: int = 0
    nacks_wanted: bool = False
    by_stream: bool = False
    suspected: bool = False


StreamPing = Callable[[Probe, Ping], None]


class Prober:
    """Probes the members of a context; `stream_ping` opens a stream that sets `by_stream`."""

    def __init__(self, context: Context, rules: Rules, stream_ping: StreamPing) -> None:
        self._context = context
        self._rules = rules
        self._stream_ping = stream_ping
        self._round = Round()
        self._probe: Probe | None = None
        self._timer: Timer | None = None

    def start(self) -> None:
        """Begin somewhere within an interval, so that members do not probe all at once."""
        context = self._context
        delay = context.rng.random() * context.config.probe_interval_s
        self._timer = context.after(delay, self._next)

    def stop(self) -> None:
        """Probe nobody any more."""
        if self._probe is not None:
            self._probe.timer.cancel()
            self._probe = None
        if self._timer is not None:
            self._timer.cancel()

    def ack(self, seq_no: int) -> bool:
        """Whether this answers the probe."""
        probe, context = self._probe, self._context
        if probe is None or seq_no != probe.seq_no or probe.suspected:
            return False
        if not probe.asked_others:
            context.effects.append(Answered(probe.target, context.now - probe.sent))
        context.awareness.change(-1)
        self._finish(probe)
        return True

    def nack(self, seq_no: int) -> bool:
        """Whether somebody says that it has got no answer, either, on behalf of our probe."""
        probe = self._probe
        if probe is None or seq_no != probe.seq_no or not probe.nacks_missing:
            return False
        probe.nacks_missing -= 1
        return True

    # --- a probe --------------------------------------------------------------------------------

    def _next(self) -> None:
        context, config = self._context, self._context.config
        target = self._target()
        if target is None:
            self._timer = context.after(config.probe_interval_s, self._next)
            return
        seq_no = context.rng.getrandbits(32)
        verdict = context.now + context.awareness.scale(config.patience_s)
        end = max(verdict, context.now + context.awareness.scale(config.probe_interval_s))
        timer = context.after(config.probe_timeout_s, self._ask_others)
        self._probe = Probe(target, seq_no, context.now, verdict, end, timer)
        parts = [encode(self._ping(self._probe))]
        if target.state is State.SUSPECT:
            parts.append(encode(Suspect(target.incarnation, target.name, context.name)))
        context.send(target.at, target, *parts)

    def _target(self) -> Member | None:
        """Whose turn it is. At the end of a round the dead of long ago are forgotten."""
        members, rng = self._context.members, self._context.rng
        for _ in range(2 * len(members) + 2):
            place = self._round.step(len(members), rng)
            if place is None:
                self._forget()
                continue
            member = members.at_place(place)
            if not member.gone and member.name != self._context.name:
                return member
        return None

    def _forget(self) -> None:
        context = self._context
        lost = context.members.forget(context.now - context.config.forget_s, context.name)
        self._rules.forget(lost)

    def _ask_others(self) -> None:
        """It has not answered in time."""
        context, probe, config = self._context, self._probe, self._context.config
        assert probe is not None
        target = probe.target
        probe.asked_others = True
        # If we are late ourselves, the others still have their time.
        patience = config.patience_s - config.probe_timeout_s
        probe.verdict = max(probe.verdict, context.now + patience)
        probe.end = max(probe.end, probe.verdict)
        probe.timer = context.agenda.add(probe.verdict, self._give_up)
        for peer in self._helpers(target.name):
            nack = peer.protocol_most >= _NACK_SINCE
            probe.nacks_missing += nack
            context.send(peer.at, peer, encode(self._request(probe, nack=nack)))
        probe.nacks_wanted = probe.nacks_missing > 0
        if config.tcp_pings and target.protocol_most >= _STREAM_SINCE:
            self._stream_ping(probe, self._ping(probe))

    def _helpers(self, target: str) -> list[Member]:
        context = self._context
        return context.members.choose(
            context.rng,
            context.config.indirect_checks,
            lambda m: m.state is State.ALIVE and m.name not in (context.name, target),
        )

    def _give_up(self) -> None:
        """Nobody has reached it in time."""
        context, probe = self._context, self._probe
        assert probe is not None
        if probe.by_stream:
            context.counters["answered_by_stream_only"] += 1
            context.awareness.change(-1)
            self._finish(probe)
            return
        probe.suspected = True
        probe.timer = context.agenda.add(probe.end, self._settle)
        context.counters["probes_failed"] += 1
        target = probe.target
        self._rules.suspect(Suspect(target.incarnation, target.name, context.name))

    def _settle(self) -> None:
        """With others who say that they could not reach it, either, it is not us."""
        probe = self._probe
        assert probe is not None
        self._context.awareness.change(probe.nacks_missing if probe.nacks_wanted else 1)
        self._finish(probe)

    def _finish(self, probe: Probe) -> None:
        context = self._context
        probe.timer.cancel()
        self._probe = None
        start = max(context.now, probe.sent + context.config.probe_interval_s)
        self._timer = context.agenda.add(start, self._next)

    # --- messages -------------------------------------------------------------------------------

    def _ping(self, probe: Probe) -> Ping:
        ours = self._context
        return Ping(probe.seq_no, probe.target.name, ours.at.ip, ours.at.port, ours.name)

    def _request(self, probe: Probe, *, nack: bool) -> IndirectPing:
        ours, target = self._context, probe.target
        return IndirectPing(
            probe.seq_no,
            target.address,
            target.port,
            target.name,
            nack,
            ours.at.ip,
            ours.at.port,
            ours.name,
        )
