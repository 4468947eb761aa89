"""Finding out who has failed: one member is probed in each interval, all of them in a round.

A ping; if it is not answered in time, others are asked to try, and a stream is tried; and what may have been lost on
the way is repeated. Whoever has not answered when the verdict is due is suspected, unless it is one that was lately
suspected in vain: that one is asked again, later, while others are probed already (`apps.swim.leniency`).

What a failure says of our own health is settled at the end of the interval, since the nacks of others may come until
then. The times of a probe grow with bad local health, so that an unwell member accuses less. A suspect is told so in
the ping, to refute at once (Lifeguard's buddy system).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from apps.swim.agenda import Timer
from apps.swim.context import Context
from apps.swim.effects import Answered
from apps.swim.members import Member, Round, State
from apps.swim.messages import IndirectPing, Ping, Suspect, encode
from apps.swim.rules import Rules

_STREAM_SINCE, _NACK_SINCE = 3, 4
"""Versions of the protocol that know pings on streams, and nacks."""

_REPEAT = 0.5
"""The part of the probe time-out after which something is repeated that may have been lost."""


@dataclass(slots=True, eq=False)
class Probe:
    """Of one member, in one attempt or several; each is over at its `verdict`."""

    target: Member
    seq_no: int
    sent: float
    timer: Timer
    verdict: float = 0.0
    attempts: int = 0
    repeated: bool = False
    nacks_missing: int = 0
    nacks_wanted: bool = False
    by_stream: bool = False


StreamPing = Callable[[Probe, Ping], None]


class Prober:
    """Probes the members of a context; `stream_ping` opens a stream that sets `by_stream`."""

    def __init__(self, context: Context, rules: Rules, stream_ping: StreamPing) -> None:
        self._context = context
        self._rules = rules
        self._stream_ping = stream_ping
        self._round = Round()
        self._open: dict[int, Probe] = {}
        """Probes without an answer or a verdict, by sequence number."""
        self._current: Probe | None = None
        """The probe of this interval, unless it has been answered."""
        self._timer: Timer | None = None

    def start(self) -> None:
        """Begin somewhere within an interval, so that members do not probe all at once."""
        context = self._context
        delay = context.rng.random() * context.config.probe_interval_s
        self._timer = context.after(delay, self._next)

    def stop(self) -> None:
        """Probe nobody any more."""
        for probe in self._open.values():
            probe.timer.cancel()
        self._open.clear()
        self._current = None
        if self._timer is not None:
            self._timer.cancel()

    def ack(self, seq_no: int) -> bool:
        """Whether this answers a probe."""
        probe = self._open.get(seq_no)
        if probe is None:
            return False
        if not probe.repeated:
            context = self._context
            context.effects.append(Answered(probe.target, context.now - probe.sent))
        self._answered(probe)
        return True

    def nack(self, seq_no: int) -> bool:
        """Whether somebody says that it has got no answer, either, on behalf of our probe."""
        probe = self._current
        if probe is None or seq_no != probe.seq_no or not probe.nacks_missing:
            return False
        probe.nacks_missing -= 1
        return True

    # --- intervals ------------------------------------------------------------------------------

    def _next(self) -> None:
        context = self._context
        target = self._target()
        if target is None:
            self._timer = context.after(context.config.probe_interval_s, self._next)
            return
        seq_no = context.rng.getrandbits(32)
        probe = self._current = Probe(target, seq_no, context.now, Timer(self._next))
        self._open[seq_no] = probe
        self._attempt(probe)

    def _target(self) -> Member | None:
        """Whose turn it is. At the end of a round the dead of long ago are forgotten."""
        members, rng = self._context.members, self._context.rng
        passed_over = {probe.target.name for probe in self._open.values()} if self._open else ()
        for _ in range(2 * len(members) + 2):
            place = self._round.step(len(members), rng)
            if place is None:
                self._forget()
                continue
            member = members.at_place(place)
            if (
                not member.gone
                and member.name != self._context.name
                and member.name not in passed_over
            ):
                return member
        return None

    def _forget(self) -> None:
        context = self._context
        lost = context.members.forget(context.now - context.config.forget_s, context.name)
        self._rules.forget(lost)

    def _answered(self, probe: Probe) -> None:
        """It lives, and if that was known in time, we are well."""
        probe.timer.cancel()
        del self._open[probe.seq_no]
        if not probe.attempts:
            self._context.awareness.change(-1)
            self._end(probe)

    def _settle(self, probe: Probe) -> None:
        """With others who say that they could not reach it, either, it is not us."""
        self._context.awareness.change(probe.nacks_missing if probe.nacks_wanted else 1)
        self._end(probe)

    def _end(self, probe: Probe) -> None:
        context = self._context
        self._current = None
        start = max(context.now, probe.sent + context.config.probe_interval_s)
        self._timer = context.agenda.add(start, self._next)

    # --- attempts -------------------------------------------------------------------------------

    def _attempt(self, probe: Probe) -> None:
        """Find out until the verdict whether it answers."""
        context, config = self._context, self._context.config
        probe.verdict = context.now + context.awareness.scale(config.patience_s)
        self._ping(probe)
        self._later(probe, _REPEAT * config.probe_timeout_s, self._ping_again)

    def _ping_again(self, probe: Probe) -> None:
        probe.repeated = True
        self._ping(probe)
        self._later(probe, (1 - _REPEAT) * self._context.config.probe_timeout_s, self._ask_others)

    def _ask_others(self, probe: Probe) -> None:
        """It has not answered in time."""
        context, config = self._context, self._context.config
        # If we are late ourselves, the others still have their time.
        left = config.patience_s - config.probe_timeout_s
        probe.verdict = max(probe.verdict, context.now + left)
        self._ask(probe, nacks=not probe.attempts)
        if config.tcp_pings and probe.target.protocol_most >= _STREAM_SINCE:
            self._stream_ping(probe, self._message(probe))
        self._later(probe, min(_REPEAT * config.probe_timeout_s, left), self._ask_again)

    def _ask_again(self, probe: Probe) -> None:
        self._ask(probe, nacks=False)
        probe.timer = self._context.agenda.add(probe.verdict, partial(self._give_up, probe))

    def _give_up(self, probe: Probe) -> None:
        """Nobody has reached it in time."""
        context = self._context
        if probe.by_stream:
            context.counters["answered_by_stream_only"] += 1
            self._answered(probe)
            return
        probe.attempts += 1
        if probe.attempts == 1:
            context.counters["probes_failed"] += 1
            end = max(
                probe.sent + context.awareness.scale(context.config.probe_interval_s), probe.verdict
            )
            self._timer = context.agenda.add(end, partial(self._settle, probe))
        config = context.config
        patient = config.leniency > 1 and context.leniency.due(probe.target.name, context.now)
        if patient and probe.attempts == 1:
            self._later(probe, (config.leniency - 2) * config.patience_s, self._attempt_again)
        else:
            self._suspect(probe)

    def _attempt_again(self, probe: Probe) -> None:
        """Somebody who is often late is asked once more, unless others have given it up."""
        member = self._context.members.find(probe.target.name)
        if member is None or member.gone:
            del self._open[probe.seq_no]
            return
        probe.target = member
        self._attempt(probe)

    def _suspect(self, probe: Probe) -> None:
        del self._open[probe.seq_no]
        target = probe.target
        self._rules.suspect(Suspect(target.incarnation, target.name, self._context.name))

    def _later(self, probe: Probe, seconds: float, step: Callable[[Probe], None]) -> None:
        probe.timer = self._context.after(seconds, partial(step, probe))

    # --- messages -------------------------------------------------------------------------------

    def _ping(self, probe: Probe) -> None:
        target = probe.target
        parts = [encode(self._message(probe))]
        if target.state is State.SUSPECT:
            parts.append(encode(Suspect(target.incarnation, target.name, self._context.name)))
        self._context.send(target.at, target, *parts)

    def _ask(self, probe: Probe, *, nacks: bool) -> None:
        """Ping again, and have some others do so, too."""
        context = self._context
        self._ping(probe)
        for peer in self._helpers(probe.target.name):
            nack = nacks and peer.protocol_most >= _NACK_SINCE
            probe.nacks_missing += nack
            context.send(peer.at, peer, encode(self._request(probe, nack=nack)))
        probe.nacks_wanted |= probe.nacks_missing > 0

    def _helpers(self, target: str) -> list[Member]:
        context = self._context
        return context.members.choose(
            context.rng,
            context.config.indirect_checks,
            lambda m: m.state is State.ALIVE and m.name not in (context.name, target),
        )

    def _message(self, probe: Probe) -> Ping:
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
