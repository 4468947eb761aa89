"""What the parts of the app share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apps.membership.options import Options
from apps.swim.agenda import Action, Agenda, Timer

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class Context:
    """Whoever has it sees to it that what is on the `agenda` is done when its time has come."""

    options: Options
    now: Callable[[], float]
    rng: Random
    agenda: Agenda = field(default_factory=Agenda)
    counters: Counter[str] = field(default_factory=Counter)
    """What was dropped, by the names in `apps.membership.counters.COUNTED`."""

    def after(self, delay_s: float, action: Action) -> Timer:
        """Do something in so many seconds."""
        return self.agenda.add(self.now() + delay_s, action)
