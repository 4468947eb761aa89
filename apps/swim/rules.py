"""What becomes of a claim about a member: the rules of SWIM, in the order of memberlist.

A claim counts by its incarnation, which only the member itself raises. At the same incarnation left is stronger than
dead, dead than suspect, suspect than alive; so whatever the order in which claims come, all end up with the same. Who
is falsely accused refutes: it says that it is alive, with a higher incarnation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from apps.swim.address import Address, of_wire
from apps.swim.context import Context
from apps.swim.effects import Kind
from apps.swim.leniency import intervals, many
from apps.swim.members import Member, State
from apps.swim.messages import U32, Alive, Dead, NodeState, Suspect
from apps.swim.suspicion import Suspicion, confirmations_wanted, least_timeout


class Rules:
    """Applies claims to the members of a context."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._suspicions: dict[str, Suspicion] = {}
        self._conflicts: dict[str, Address] = {}

    # --- claims ---------------------------------------------------------------------------------

    def alive(self, claim: Alive) -> None:
        """A member says that it lives, and where, and how."""
        context = self._context
        at = of_wire(claim.addr, claim.port, context.at.port)
        if at is None or not _plausible(claim.vsn) or not claim.node:
            context.counters["malformed"] += 1
            return
        if claim.node == context.name:
            self._alive_of_me(claim, at)
            return
        known = context.members.find(claim.node)
        if known is None:
            self._joined(claim, at)
        elif known.at != at and not self._reclaimed(known):
            self._conflict(known, at)
        elif claim.incarnation > known.incarnation or known.at != at:
            self._lives(known, claim, at)

    def suspect(self, claim: Suspect) -> None:
        """Somebody has got no answer of a member."""
        context = self._context
        known = context.members.find(claim.node)
        if known is None or claim.incarnation < known.incarnation:
            return
        suspicion = self._suspicions.get(claim.node)
        if suspicion is not None:
            self._confirm(known, suspicion, claim)
        elif known.state is State.ALIVE and claim.node == context.name:
            self.refute(claim.incarnation)
        elif known.state is State.ALIVE:
            context.tell(claim.node, claim)
            self._suspect(known, claim)

    def dead(self, claim: Dead) -> None:
        """Somebody has given a member up; or, if that is the member itself, it leaves."""
        context = self._context
        known = context.members.find(claim.node)
        state = State.LEFT if claim.from_ == claim.node else State.DEAD
        if known is None or (claim.incarnation, state) <= (known.incarnation, known.state):
            return
        if claim.node == context.name and not context.leaving:
            self.refute(claim.incarnation)
            return
        self._trust(claim.node)
        context.leniency.forget(claim.node)
        member = known.turned(state, claim.incarnation, context.now)
        if known.state is state:
            # It is no news to anybody who listens, but a claim that is older must not bring it back.
            member = replace(known, incarnation=claim.incarnation)
        context.members.put(member)
        context.tell(claim.node, claim)
        if claim.node != context.name and known.state is not state:
            context.event(Kind.MEMBER_LEAVE if state is State.LEFT else Kind.MEMBER_FAILED, member)

    def merge(self, states: Iterable[NodeState]) -> None:
        """What a peer knows of everybody. Who is dead to it is only a suspect to us: it may have been cut off."""
        find, name = self._context.members.find, self._context.name
        for state in states:
            known = find(state.name)
            if (
                known is not None
                and state.state == known.state == State.ALIVE
                and state.incarnation == known.incarnation
                and (state.addr, state.port) == known.at
                and state.name != name
            ):
                continue
            if state.state == State.LEFT:
                self.dead(Dead(state.incarnation, state.name, state.name))
                continue
            suspected = Suspect(state.incarnation, state.name, self._context.name)
            if state.state == State.DEAD:
                self.suspect(suspected)
                continue
            # A suspect, too, is somebody that one may not have heard of.
            self.alive(_alive_of(state))
            if state.state == State.SUSPECT:
                self.suspect(suspected)

    # --- ourselves ------------------------------------------------------------------------------

    def announce(self, member: Member) -> None:
        """Take this for ourselves, and tell it."""
        self._context.members.put(member)
        self._context.tell(member.name, alive_message(member))

    def refute(self, accused: int) -> None:
        """Say that we live, with an incarnation beyond the one that is accused."""
        context = self._context
        me = context.me
        context.awareness.change(1)
        context.counters["refuted"] += 1
        self.announce(replace(me, incarnation=min(U32, max(me.incarnation, accused) + 1)))

    def _alive_of_me(self, claim: Alive, at: Address) -> None:
        """What others believe of us: an earlier life of ours may have said something else."""
        context = self._context
        me = context.me
        if context.leaving:
            return
        if at != me.at:
            self._conflict(me, at)
        elif claim.incarnation > me.incarnation or (
            claim.incarnation == me.incarnation
            and (claim.meta, claim.vsn) != (me.meta, me.versions)
        ):
            self.refute(claim.incarnation)

    # --- members --------------------------------------------------------------------------------

    def _joined(self, claim: Alive, at: Address) -> None:
        context = self._context
        if claim.incarnation == 0:
            return
        if len(context.members) >= context.config.members_most:
            context.counters["members_refused"] += 1
            return
        member = _member(claim, at, context.now)
        context.members.put(member)
        context.tell(claim.node, claim)
        context.event(Kind.MEMBER_JOIN, member)

    def _lives(self, known: Member, claim: Alive, at: Address) -> None:
        context = self._context
        self._forgive(known)
        self._trust(known.name)
        self._conflicts.pop(known.name, None)
        member = _member(claim, at, context.now if known.state else known.since)
        if not claim.vsn:
            member = replace(member, versions=known.versions)
        context.members.put(member)
        context.tell(claim.node, claim)
        if known.gone:
            context.event(Kind.MEMBER_JOIN, member)
            return
        if known.state is State.SUSPECT:
            context.event(Kind.MEMBER_CLEARED, member)
        if known.meta != member.meta:
            context.event(Kind.MEMBER_UPDATE, member)

    def _reclaimed(self, known: Member) -> bool:
        """Whether the name of a member may be taken at another address."""
        reclaim = self._context.config.reclaim_s
        dead_for = self._context.now - known.since
        return known.state is State.LEFT or (known.state is State.DEAD and 0 < reclaim < dead_for)

    def _conflict(self, known: Member, other: Address) -> None:
        """Two of one name: counted each time, reported once."""
        self._context.counters["conflicts"] += 1
        if self._conflicts.get(known.name) != other:
            self._conflicts[known.name] = other
            self._context.event(Kind.MEMBER_CONFLICT, known, other)

    # --- suspicion ------------------------------------------------------------------------------

    def _suspect(self, known: Member, claim: Suspect) -> None:
        context, config = self._context, self._context.config
        here = context.members.here
        least = least_timeout(config.suspicion_mult, here, config.probe_interval_s)
        suspicion = Suspicion(
            claim.from_,
            confirmations_wanted(config.suspicion_mult, here),
            least,
            least * config.suspicion_max_mult,
            context.now,
        )
        self._suspicions[known.name] = suspicion
        self._schedule(known.name, suspicion)
        member = known.turned(State.SUSPECT, claim.incarnation, context.now)
        context.members.put(member)
        if many(context.members.suspects, here):
            context.leniency.suspend(context.now + suspicion.most)
        context.event(Kind.MEMBER_SUSPECT, member)

    def _confirm(self, known: Member, suspicion: Suspicion, claim: Suspect) -> None:
        newer = claim.incarnation > known.incarnation
        if newer:
            self._context.members.put(replace(known, incarnation=claim.incarnation))
        if suspicion.confirm(claim.from_):
            self._schedule(claim.node, suspicion)
        elif not newer:
            return
        self._context.tell(claim.node, claim)

    def _schedule(self, name: str, suspicion: Suspicion) -> None:
        suspicion.cancel()
        suspicion.timer = self._context.agenda.add(suspicion.deadline, partial(self._condemn, name))

    def _condemn(self, name: str) -> None:
        """Nobody has cleared it in time."""
        known = self._context.members[name]
        self.dead(Dead(known.incarnation, name, self._context.name))

    def forget(self, names: Iterable[str]) -> None:
        """These members are not in the table any more."""
        for name in names:
            self._conflicts.pop(name, None)

    def _forgive(self, known: Member) -> None:
        """It lives after all; be more patient next time, if it was not one alone who suspected it."""
        suspicion = self._suspicions.get(known.name)
        if suspicion is not None and suspicion.confirmed:
            context = self._context
            lasting_s = intervals(context.members.here) * context.config.probe_interval_s
            context.leniency.show(known.name, context.now, lasting_s)

    def _trust(self, name: str) -> None:
        suspicion = self._suspicions.pop(name, None)
        if suspicion is not None:
            suspicion.cancel()


def alive_message(member: Member) -> Alive:
    """What a member says of itself."""
    at = member.at
    return Alive(member.incarnation, member.name, at.ip, at.port, member.meta, member.versions)


def _alive_of(state: NodeState) -> Alive:
    return Alive(state.incarnation, state.name, state.addr, state.port, state.meta, state.vsn)


def _member(claim: Alive, at: Address, now: float) -> Member:
    return Member(claim.node, at, claim.meta, claim.vsn, claim.incarnation, State.ALIVE, now)


def _plausible(versions: bytes) -> bool:
    """Whether versions, where they are given, are in order."""
    return len(versions) < 3 or 0 < versions[0] <= versions[1]
