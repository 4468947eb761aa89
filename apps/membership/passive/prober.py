"""When hosts are asked for, and what follows when they do not answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from apps.membership.context import Context
from apps.membership.passive.host import Ask, Host
from apps.membership.passive.hosts import Hosts
from apps.swim.effects import Kind
from apps.swim.members import State
from apps.swim.suspicion import least_timeout

FORGET_LEARNED_S = 600.0
"""A host that was learned is forgotten so long after it has failed."""


class Prober:
    """`ask` sends a question, `changed` hears verdicts, `forget` whom nobody needs to know any more."""

    def __init__(
        self,
        context: Context,
        hosts: Hosts,
        ask: Callable[[Host, Ask], None],
        changed: Callable[[Kind, Host], None],
        forget: Callable[[Host], None],
    ) -> None:
        config = context.options.config
        self._context = context
        self._hosts = hosts
        self._ask = ask
        self._changed = changed
        self._forget = forget
        self._interval_s = context.options.passive_interval_s
        self._probe_s, self._timeout_s = config.probe_interval_s, config.probe_timeout_s
        self._suspicion_mult = config.suspicion_mult

    @property
    def suspicion_s(self) -> float:
        """How long a suspect has to refute."""
        return least_timeout(self._suspicion_mult, len(self._hosts.members), self._probe_s)

    def soon(self, host: Host) -> None:
        """Ask for a host, but not for all at the same time."""
        self._after(host, self._context.rng.random() * self._timeout_s)

    def later(self, host: Host) -> None:
        """Ask for a host that is there when its turn comes."""
        self._after(host, self._interval_s)

    def _after(self, host: Host, delay_s: float) -> None:
        if host.timer is not None:
            host.timer.cancel()
        host.timer = self._context.after(delay_s, partial(self._turn, host))

    def _turn(self, host: Host) -> None:
        """Its turn has come."""
        now = self._context.now()
        since_heard = now - host.heard
        if host.alive and not host.asks and since_heard < self._interval_s:
            self._after(host, self._interval_s - since_heard)
            return
        self._judge(host, now)
        if self._forgettable(host, now):
            self._forget(host)
            return
        self._ask(host, host.ask(now))
        self._after(host, self._pause(host, now))

    def _judge(self, host: Host, now: float) -> None:
        if host.alive and host.asks > Ask.EVERYWHERE:
            self._changed(host.suspect(now, self.suspicion_s), host)
        elif host.state is State.SUSPECT and now >= host.condemned:
            self._changed(host.fail(now), host)

    def _forgettable(self, host: Host, now: float) -> bool:
        """Whether it was learned, and has been gone for long."""
        gone = host.state is State.DEAD and not host.configured
        return gone and now - host.since >= FORGET_LEARNED_S

    def _pause(self, host: Host, now: float) -> float:
        """Until it is asked for again."""
        if host.state is State.DEAD or host.incarnation == 0:
            return self._interval_s
        if host.state is State.SUSPECT:
            return min(self._probe_s, max(0.0, host.condemned - now))
        return self._timeout_s
