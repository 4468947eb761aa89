"""Whatever is claimed, of whomever, by whomever: nothing is raised, and what a core tells is what it believes.

The seed of what is said stands in the name of its test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from apps.swim.config import FAST, LAN
from apps.swim.effects import Effect, Event
from apps.swim.members import State
from apps.swim.messages import (
    U32,
    Ack,
    Alive,
    Dead,
    IndirectPing,
    Message,
    Nack,
    NodeState,
    Ping,
    Suspect,
)
from apps.swim.simulation.checks import FOLLOWS
from tests.apps.swim.cores import VSN, Driven, at

CONFIGS = (LAN, FAST, replace(FAST, reclaim_s=2.0, forget_s=5.0))
NAMES = ("h0", "h1", "h2", "h3", "h4", "zz", "")
INCARNATIONS = (0, 1, 1, 2, 3, 5, U32 - 1, U32)
VERSIONS = (VSN, VSN, b"", bytes(6), bytes([5, 1, 1, 0, 0, 0]), bytes([1, 9, 9, 0, 0, 0]), b"abc")
PAUSES_S = (0.01, 0.3, 2.0, 9.0, 70.0)


class Talk:
    """What is said to a core, drawn by a seed; `told` is what it has told of the others."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.core = Driven(self.rng.choice((0, 1, 3, 9)), self.rng.choice(CONFIGS))
        self.told = {name: member.state for name, member in self.core.swim.members.items()}

    def go_on(self) -> None:
        """Say something, or have the core do something."""
        self.hear(self.said() if self.rng.random() < 0.8 else self.exchanged())
        what = self.rng.random()
        if what < 0.02:
            self.hear(self.core.swim.leave(self.core.now))
        elif what < 0.05:
            self.hear(self.core.swim.join([at(3)], self.core.now))
        elif what < 0.4:
            self.hear(self.core.wait(self.rng.choice(PAUSES_S)))

    def said(self) -> list[Effect]:
        """A datagram."""
        return self.core.hear(self.message())

    def exchanged(self) -> list[Effect]:
        """What a peer knows."""
        states = [self.state() for _ in range(self.rng.randrange(4))]
        return self.core.swim.merge(states, self.core.now)

    def message(self) -> Message:
        draw = self.rng.choice
        name, other, incarnation, number = (
            draw(NAMES),
            draw(NAMES),
            draw(INCARNATIONS),
            draw(range(5)),
        )
        address = draw((at(number).ip, at(number).ip, b"", bytes(16), b"abc"))
        alive = Alive(
            incarnation, name, address, draw((7946, 0, 1)), draw((b"", b"m")), draw(VERSIONS)
        )
        errand = IndirectPing(3, address, 7946, name, True, at(1).ip, 7946, other)
        accusations = Suspect(incarnation, name, other), Dead(incarnation, name, other)
        return draw((alive, alive, *accusations, Ack(number), Nack(number), Ping(7, name), errand))

    def state(self) -> NodeState:
        draw = self.rng.choice
        args = (
            draw(NAMES),
            at(draw((1, 2))).ip,
            7946,
            b"",
            draw(INCARNATIONS),
            draw((0, 1, 2, 3, 9)),
        )
        return NodeState(*args, draw((VSN, VSN, b"")))

    # --- what holds -----------------------------------------------------------------------------

    def hear(self, effects: Iterable[Effect]) -> None:
        """Events come in their order."""
        for effect in effects:
            if isinstance(effect, Event) and effect.member.name != "h0":
                before, after = FOLLOWS[effect.kind]
                assert self.told.get(effect.member.name) in before, effect
                if after is not None:
                    self.told[effect.member.name] = after

    def check(self) -> None:
        """It believes what it has told, counts rightly, and lives."""
        members = self.core.swim.members
        states = {name: member.state for name, member in members.items()}
        assert self.core.swim.leaving or states["h0"] is State.ALIVE
        self.told = {name: state for name, state in self.told.items() if name in states}
        assert {**self.told, "h0": states["h0"]} == states
        assert members.failed == {name for name in states if states[name] is State.DEAD}
        here = [state for state in states.values() if state <= State.SUSPECT]
        assert members.here == len(here)


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_claimed_a_core_believes_what_it_tells(seed: int) -> None:
    talk = Talk(seed)
    for _ in range(100):
        talk.go_on()
        talk.check()
