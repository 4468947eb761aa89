"""Which of the connected switches this replica is the master of: the coordinator's wishes, and what the switches say.

    ASKED --its generation--> SLAVE --we take it--> MASTER --somebody else does--> SLAVE

What counts is the switch: we are its master from its reply until it tells us otherwise, and that is when apps see
DATAPATH_JOIN and DATAPATH_LEAVE. A generation that it refuses as stale is one that somebody else has overtaken; when it
still is ours to take, we ask for the switch's and go past that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.replicas import roles
from apps.replicas.coordinator import Coordinator, Wish
from controller import Controller, EventType, NotConnected, RequestFailed, Switch, Timer
from controller.counters import worth_logging
from openflow import ControllerRole, Message

ANSWER_S = 2.0
"""A switch has so long to answer."""
ROUND_S = 1.0
"""So often all wishes are looked at, whatever else happens."""
STALE_AT_ONCE = 3
"""So often a stale generation is made good at once; then there is a pause, for somebody else does the same."""

CONTESTED = (
    "%s: another controller has made itself its master %d times though we are to be. Is it a replica that has not "
    "found us (--join, --key, the cluster's name), or none at all? We try again in %g s"
)

log = logging.getLogger("replicas")


@dataclass(slots=True)
class Seat:
    """A connected switch, and what we are to it."""

    switch: Switch
    master: bool = False
    generation: int = 0
    asking: bool = False
    stale: int = 0
    """How often in a row it has refused a generation."""
    contests: int = 0
    """How often somebody else has taken it though it was to be ours."""
    pause: Timer | None = None
    """Until then it is left alone."""


class Mastership:
    """The warden of a controller's switches (`controller.switches.standby.Warden`)."""

    def __init__(self, ctrl: Controller, coordinator: Coordinator) -> None:
        self.seats: dict[int, Seat] = {}
        self._ctrl = ctrl
        self._coordinator = coordinator
        self._was_well = True
        coordinator.board = self
        ctrl.watched_by(self)
        self._round()

    @property
    def mastered(self) -> list[int]:
        """The switches that we are the master of."""
        return [dpid for dpid, seat in self.seats.items() if seat.master]

    # --- what the controller tells -------------------------------------------------------------------

    def arrived(self, switch: Switch, /) -> None:
        """A switch is connected: it hears that we are a slave, to begin with."""
        seat = self.seats[switch.dpid] = Seat(switch)
        if roles.fences(switch.version):
            self._ask(seat, roles.question(), self._learned)
        else:
            self._enslave(seat)
        self._coordinator.arrived(switch.dpid)

    def heard(self, switch: Switch, event: EventType[Any], message: Message, /) -> None:
        """It may have told us that we are not its master any more."""
        seat = self.seats[switch.dpid]
        # While we ask for it again, the answer is later than what came before it.
        if seat.master and not seat.asking and roles.takes_it_away(event, message):
            self._deposed(seat, "another controller is its master now")

    def left(self, switch: Switch, /) -> None:
        """It is gone."""
        seat = self.seats.pop(switch.dpid)
        self._rest(seat, None)
        self._coordinator.left(switch.dpid)

    # --- what the coordinator wishes -----------------------------------------------------------------

    def review(self, dpids: Iterable[int] | None = None) -> None:
        """Do what is wished of these switches; of all, for None."""
        for dpid in list(self.seats if dpids is None else dpids):
            seat = self.seats.get(dpid)
            if seat is not None:
                self._review(seat)

    def overtaken(self, dpid: int, name: str) -> bool:
        """Another replica says that it has become the master of a switch, later than we; whether we were it."""
        seat = self.seats.get(dpid)
        if seat is None or not seat.master:
            return False
        self._deposed(seat, f"{name} is its master now")
        self._enslave(seat)
        return True

    def assert_again(self, dpid: int) -> None:
        """Another replica thinks that it is the master of a switch, but we are it since: tell the switch once more."""
        seat = self.seats.get(dpid)
        if seat is not None and seat.master and not seat.asking:
            self._take(seat)

    def _review(self, seat: Seat) -> None:
        wish = self._wish(seat)
        if wish is Wish.YIELD and seat.master:
            self._lose(seat, self._coordinator.why(seat.switch.dpid))
            self._enslave(seat)
        elif wish is Wish.TAKE and not seat.master and not seat.asking and seat.pause is None:
            self._take(seat)

    def _wish(self, seat: Seat) -> Wish:
        return self._coordinator.wish(seat.switch.dpid)

    def _round(self) -> None:
        well = self._coordinator.well
        if well and not self._was_well:
            for seat in self.seats.values():  # what we were shy of is over
                self._rest(seat, None)
        self._was_well = well
        self.review()
        self._ctrl.post_callback(ROUND_S, self._round)

    # --- what the switch is asked --------------------------------------------------------------------

    def _take(self, seat: Seat) -> None:
        fresh = self._coordinator.fresh(seat.switch.dpid) or not roles.fences(seat.switch.version)
        if fresh:
            self._claim(seat)
        else:
            self._ask(seat, roles.question(), self._renewed)

    def _renewed(self, seat: Seat, result: Any) -> None:
        """It has told its generation, and we go past that."""
        if self._noted(seat, result) and self._wish(seat) is Wish.TAKE:
            self._claim(seat)

    def _claim(self, seat: Seat) -> None:
        generation = self._coordinator.generation(seat.switch.dpid)
        message = roles.request(seat.switch.version, ControllerRole.MASTER, generation)
        self._ask(seat, message, partial(self._taken, generation=generation))

    def _taken(self, seat: Seat, result: Any, generation: int) -> None:
        dpid = seat.switch.dpid
        if roles.is_stale(result):
            seat.stale += 1
            self._ask(seat, roles.question(), self._learned)
        elif isinstance(result, TimeoutError):
            log.warning("%s does not answer when asked for a role", seat.switch)
            self._rest(seat, ANSWER_S)
        else:
            if isinstance(result, RequestFailed):
                log.warning(
                    "%s knows no roles (%s): nothing fences its masters", seat.switch, result
                )
            was, seat.master, seat.generation, seat.stale = seat.master, True, generation, 0
            log.info("%s: we are its master, generation %d", seat.switch, generation)
            self._coordinator.became(dpid, generation)
            if not was:
                self._ctrl.admit(dpid)
            self._review(seat)

    def _learned(self, seat: Seat, result: Any) -> None:
        """It has told its generation: at the beginning, or after it has refused ours."""
        if not self._noted(seat, result):
            return
        if not seat.stale:
            self._enslave(seat)
        elif seat.master:
            self._deposed(seat, "another controller is its master now")
        elif seat.stale <= STALE_AT_ONCE and self._coordinator.well:
            self._review(seat)
        else:
            self._contested(seat)

    def _noted(self, seat: Seat, result: Any) -> bool:
        """Take note of its generation; whether it has told it."""
        if isinstance(result, Exception):
            self._rest(seat, ANSWER_S)
            return False
        generation = roles.generation_in(result)
        if generation is not None:
            self._coordinator.seen(seat.switch.dpid, generation)
            seat.generation = generation
        return True

    def _enslave(self, seat: Seat) -> None:
        role = roles.request(seat.switch.version, ControllerRole.SLAVE, seat.generation)
        self._ask(seat, role, self._enslaved)

    def _enslaved(self, seat: Seat, result: Any) -> None:
        # Refused as stale: somebody else has moved on, and by that we are no master. All else does not matter.
        self._coordinator.enslaved(seat.switch.dpid)
        self._review(seat)

    def _ask(self, seat: Seat, message: Message, done: Any) -> None:
        def answered(result: Message | Exception) -> None:
            seat.asking = False
            if not isinstance(result, NotConnected) and self.seats.get(seat.switch.dpid) is seat:
                done(seat, result)

        seat.asking = True
        try:
            seat.switch.ask(message, ANSWER_S, answered)
        except NotConnected:
            seat.asking = False

    # --- the end of it -------------------------------------------------------------------------------

    def _deposed(self, seat: Seat, reason: str) -> None:
        """Somebody else has become its master, rightly or not."""
        self._lose(seat, reason)
        if self._wish(seat) is Wish.TAKE:
            self._contested(seat)

    def _contested(self, seat: Seat) -> None:
        """It is to be ours, and somebody else thinks the same: let him have it for a while."""
        pause_s = self._coordinator.deposed(seat.switch.dpid)
        seat.contests += 1
        if seat.contests > 1 and worth_logging(seat.contests - 1):
            log.warning(CONTESTED, seat.switch, seat.contests, pause_s)
        self._rest(seat, pause_s)

    def _lose(self, seat: Seat, reason: str) -> None:
        seat.master = False
        log.info("%s: we are not its master any more: %s", seat.switch, reason)
        self._ctrl.stand_by(seat.switch.dpid, reason)

    def _rest(self, seat: Seat, pause_s: float | None) -> None:
        """Leave it alone for a while; None for no longer."""
        if seat.pause is not None:
            seat.pause.cancel()
            seat.pause = None
        if pause_s is not None:
            seat.pause = self._ctrl.post_callback(pause_s, self._rested, seat)

    def _rested(self, seat: Seat) -> None:
        seat.pause, seat.stale = None, 0
        if self.seats.get(seat.switch.dpid) is seat:
            self._review(seat)
