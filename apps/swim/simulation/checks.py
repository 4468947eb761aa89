"""What must never happen to the members of a world, and what must have come about once everything is well again.

Safety is checked after every step of every member, so that a breach is found where it happens:

    nobody is brought back by an old rumour: who is gone comes back with a higher incarnation only
    incarnations never go back, and nobody knows of one that the member has not had
    nobody takes itself for dead unless it leaves; its refutations win in the end (liveness)
    events come in order, and what they say is what the table says

Who takes a name at another address is somebody else, to whom the old incarnations do not matter.
"""

from __future__ import annotations

from apps.swim.core import Core
from apps.swim.effects import Event, Kind
from apps.swim.members import Member, State
from apps.swim.simulation.host import Host
from apps.swim.simulation.world import World

_HERE = frozenset({State.ALIVE, State.SUSPECT})
_ANY = frozenset({State.ALIVE, State.SUSPECT, State.DEAD, State.LEFT})

FOLLOWS: dict[Kind, tuple[frozenset[State | None], State | None]] = {
    Kind.MEMBER_JOIN: (frozenset({None, State.DEAD, State.LEFT}), State.ALIVE),
    Kind.MEMBER_SUSPECT: (frozenset({State.ALIVE}), State.SUSPECT),
    Kind.MEMBER_CLEARED: (frozenset({State.SUSPECT}), State.ALIVE),
    Kind.MEMBER_FAILED: (_HERE | {State.LEFT}, State.DEAD),
    Kind.MEMBER_LEAVE: (_HERE | {State.DEAD}, State.LEFT),
    Kind.MEMBER_UPDATE: (frozenset({State.ALIVE}), None),
    Kind.MEMBER_CONFLICT: (_ANY, None),
}
"""The states in which a member may have been told to be before an event, and in which it is after it.

Who has left may have come back, and failed, before one hears of either.
"""


class Breach(AssertionError):
    """A property does not hold. The text says which, when, and where."""


class Checks:
    """Watches a world from its beginning."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[Host[Core], dict[str, Member]] = {}
        self._told: dict[Host[Core], dict[str, State]] = {}
        self._most: dict[str, int] = {}
        world.watch = self._event
        world.after_each = self._step

    # --- safety ---------------------------------------------------------------------------------

    def _event(self, host: Host[Core], event: Event) -> None:
        name, told = event.member.name, self._told.setdefault(host, {})
        if name == host.name:
            return
        before, state = FOLLOWS[event.kind]
        if told.get(name) not in before:
            was = told.get(name)
            raise self._breach(host, name, f"{event.kind.value} although told to be {_words(was)}")
        if state is not None:
            told[name] = state

    def _step(self, host: Host[Core]) -> None:
        me, name = host.swim.me, host.name
        self._most[name] = max(self._most.get(name, 0), me.incarnation)
        seen = self._seen.setdefault(host, {})
        for member in host.swim.members.values():
            old = seen.get(member.name)
            if old is member:
                continue
            if old is not None and old.at == member.at:
                self._changed(host, old, member)
            if member.incarnation > self._most.get(member.name, 0) and member.state is State.ALIVE:
                raise self._breach(
                    host, member.name, f"unheard-of incarnation {member.incarnation}"
                )
            seen[member.name] = member
            if member.name != name and member.state is not self._told.get(host, {}).get(
                member.name
            ):
                raise self._breach(
                    host, member.name, f"is {member.state.name}, but that was not told"
                )
        if me.state is not State.ALIVE and not host.leaving:
            raise self._breach(host, name, f"takes itself for {me.state.name}")

    def _changed(self, host: Host[Core], old: Member, new: Member) -> None:
        if new.incarnation < old.incarnation:
            text = f"its incarnation went back from {old.incarnation} to {new.incarnation}"
            raise self._breach(host, new.name, text)
        if old.gone and not new.gone and new.incarnation == old.incarnation:
            raise self._breach(host, new.name, f"brought back in incarnation {new.incarnation}")

    def _breach(self, host: Host[Core], about: str, text: str) -> Breach:
        return Breach(f"at {self._world.now:.3f} s {host.name} about {about}: {text}")


def unsettled(world: World) -> str:
    """Why the members that run are not yet of one mind, and right; empty when they are."""
    running = {name: host for name, host in world.hosts.items() if host.up and not host.leaving}
    for host in running.values():
        members = host.swim.members
        for name, other in running.items():
            seen, truth = members.find(name), other.swim.me
            if seen is None:
                return f"{host.name} does not know {name}"
            known = (seen.state, seen.incarnation, seen.meta)
            if known != (State.ALIVE, truth.incarnation, truth.meta):
                return (
                    f"{host.name} has {name} as {known}, who is in incarnation {truth.incarnation}"
                )
        for name in world.hosts.keys() - running.keys():
            seen = members.find(name)
            if seen is not None and not seen.gone:
                return f"{host.name} believes {name} to be {seen.state.name}, who is no more"
    return ""


def _words(state: State | None) -> str:
    return "nobody" if state is None else state.name
