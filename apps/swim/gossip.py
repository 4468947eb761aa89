"""Spreading rumours apart from the probes: in each interval to some members at random, while there are any.

An idle core has no timer for it. The dead are told, too, for a while: a member that was cut off learns so that it is
taken for dead, and says that it is not, and a partition heals.
"""

from __future__ import annotations

from apps.swim.context import Context
from apps.swim.effects import Kind
from apps.swim.members import Member, State


class Gossip:
    """Wakes up with the first rumour."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._next = context.now + context.rng.random() * context.config.gossip_interval_s
        self._waiting = False
        self._gone = False
        context.on_rumour = self._wake

    def _wake(self) -> None:
        self._gone = self._gone and self._context.leaving
        if self._waiting:
            return
        self._waiting = True
        context = self._context
        if self._next < context.now:
            # Members keep their own beat, so that they do not gossip all at once.
            behind = (context.now - self._next) % context.config.gossip_interval_s
            self._next = context.now - behind + context.config.gossip_interval_s
        context.agenda.add(self._next, self._tick)

    def _tick(self) -> None:
        context = self._context
        self._waiting = False
        self._next = context.now + context.config.gossip_interval_s
        peers = context.members.choose(context.rng, context.config.gossip_nodes, self._fits)
        for peer in peers:
            if not context.gossip_to(peer):
                break
        if context.leaving and (not peers or context.name not in context.rumours):
            self._farewell()
        elif context.telling and peers:
            # Without peers: the next one that comes is a rumour itself.
            self._wake()

    def _fits(self, member: Member) -> bool:
        context = self._context
        if member.name == context.name:
            return False
        return not member.gone or (
            member.state is State.DEAD
            and context.now - member.since <= context.config.gossip_to_dead_s
        )

    def _farewell(self) -> None:
        """Enough have been told that we leave; what others tell now is not ours to spread."""
        if not self._gone:
            self._context.event(Kind.MEMBER_LEAVE, self._context.me)
        self._gone = True
