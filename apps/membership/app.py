"""The app: members with an agent and hosts without one, over the data network, and what other apps see of both."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from math import inf
from secrets import SystemRandom
from typing import TYPE_CHECKING, Any

from apps.membership.agents import Agents
from apps.membership.context import Context
from apps.membership.members import Seen, seen_host, seen_record
from apps.membership.network.frames import Transport
from apps.membership.network.network import Network
from apps.membership.network.reception import Heard
from apps.membership.network.station import Station
from apps.membership.options import Options
from apps.membership.passive import Ask, Host, Passive
from apps.membership.passive.records import Records, news, read_record
from apps.swim.address import Address
from apps.swim.effects import Kind
from controller import Controller, DatapathJoin, DatapathLeave, Event, Shutdown, Timer

if TYPE_CHECKING:
    from random import Random

SHARED = "membership"
"""The name of the map of hosts that controllers share (`Controller.shared`)."""
LEAVE_MOST_S = 3.0
"""So long the app tells others that it leaves."""
_OF_TIMEOUT = 0.9
"""Of the time that there is at the end, so much is taken."""
_LOOK_EVERY_S = 0.05
_LOCAL_MAC = 0x0A53 << 32

log = logging.getLogger(__name__)


class Membership:
    """Of one controller. `members` is everybody by name: agents and hosts without one, not ourselves."""

    def __init__(
        self, ctrl: Controller, options: Options | None = None, rng: Random | None = None
    ) -> None:
        self.options = options = options or Options()
        self._ctrl = ctrl
        self._context = context = Context(options, ctrl.now, rng or SystemRandom())
        self.counters = context.counters
        """What was dropped, by the names in `apps.membership.counters.COUNTED`."""
        self._timer: Timer | None = None
        mac = options.mac or _LOCAL_MAC | _low_bits(context)
        station = Station(mac, options.address, options.vlan)
        self.network = Network(ctrl, context, station, self._heard, self._transport)
        shared = ctrl.shared(SHARED)
        self._records = Records(shared)
        ours = lambda dpid: dpid in ctrl.switches  # noqa: E731 - a word for it
        self.passive = Passive(context, self._records, self._ask, self._tell_host, ours)
        self.network.watched = self.passive.hosts.watched
        self.agents = Agents(context, self.network, self._tell_agent) if options.address else None
        shared.on_change(self._shared_changed)
        ctrl.register_cb(Event.DATAPATH_JOIN, self.join)
        ctrl.register_cb(Event.DATAPATH_LEAVE, self.leave)
        ctrl.register_cb(Event.SHUTDOWN, self.shutdown)
        self._rearm()

    def __str__(self) -> str:
        options = self.options
        at = Address(options.address, options.port) if options.address else "no address"
        return f"{options.name} at {at}"

    # --- for other apps -------------------------------------------------------------------------

    @property
    def members(self) -> dict[str, Seen]:
        """Everybody that we know, as it is now."""
        return {seen.name: seen for seen in self._everybody()}

    def _everybody(self) -> Iterator[Seen]:
        """Who is known in two ways comes last in the better one."""
        yield from self._others()
        yield from map(seen_host, self.passive.hosts.members)
        yield from self.agents or ()

    def _others(self) -> Iterator[Seen]:
        """Hosts behind switches of other controllers."""
        return (seen_record(address, record) for address, record in self._records)

    def member(self, name: str) -> Seen | None:
        """One of them."""
        agent = self.agents.find(name) if self.agents is not None else None
        if agent is not None:
            return agent
        hosts = (seen_host(host) for host in self.passive.hosts.members if host.name == name)
        return next(hosts, None) or next((one for one in self._others() if one.name == name), None)

    def broadcast(self, data: bytes, subject: object = None) -> None:
        """Have bytes told to the agents. Raises ValueError for too many."""
        if self.agents is not None:
            self.agents.broadcast(data, subject)
            self._rearm()

    async def leave_cluster(self, timeout_s: float = LEAVE_MOST_S) -> bool:
        """Tell the agents that we go; whether enough of them know, so many seconds later at most."""
        agents = self.agents
        if agents is None or not self._ctrl.switches:
            return agents is None
        begun = self._ctrl.now()
        agents.announce_leave()
        await self._until(lambda: not agents.telling, begun + timeout_s / 2)
        agents.leave()
        return await self._until(lambda: agents.gone, begun + timeout_s)

    async def _until(self, condition: Callable[[], bool], deadline: float) -> bool:
        """Wait until something holds, or it is too late; whether it does."""
        self._rearm()
        while not condition() and self._ctrl.now() < deadline:
            await self._ctrl.sleep(_LOOK_EVERY_S)
        return condition()

    # --- switches -------------------------------------------------------------------------------

    def join(self, ctrl: Controller, dpid: int, event: DatapathJoin) -> None:
        """Ask for the hosts behind a switch; with the first one we are connected with the agents, too."""
        self.passive.handover.adopt(dpid)
        if self.agents is not None and len(ctrl.switches) == 1:
            self.agents.meet()
        self._rearm()

    def leave(self, ctrl: Controller, dpid: int, event: DatapathLeave) -> None:
        """The hosts behind a switch that is gone are others' business, or nobody's."""
        self.passive.handover.release(dpid)
        self._rearm()

    async def shutdown(self, ctrl: Controller, dpid: int, event: Shutdown) -> None:
        """The controller ends: leave, while there are switches by which to say so."""
        self.passive.stop()
        if ctrl.switches and not await self.leave_cluster(event.timeout_s * _OF_TIMEOUT):
            log.warning("not sure that any member knows that this controller leaves")

    # --- time -----------------------------------------------------------------------------------

    def _rearm(self) -> None:
        """Be called when something is due."""
        deadline = self._context.agenda.deadline
        if self.agents is not None and self._ctrl.switches:
            deadline = min(deadline, self.agents.core.deadline)
        timer = self._timer
        if timer is not None and timer.pending:
            if timer.deadline <= deadline:
                return
            timer.cancel()
        if deadline < inf:
            delay_s = max(0.0, deadline - self._ctrl.now())
            self._timer = self._ctrl.post_callback(delay_s, self._advance)

    def _advance(self) -> None:
        now = self._ctrl.now()
        try:
            while (action := self._context.agenda.due(now)) is not None:
                action()
            if self.agents is not None and self._ctrl.switches:
                self.agents.advance(now)  # without switches nobody's silence says anything
        finally:
            self._rearm()

    # --- what comes, and what goes --------------------------------------------------------------

    def _transport(self, read: Transport) -> None:
        if self.agents is None:
            self.counters["not_for_us"] += 1
        else:
            self.agents.receive(read)
            self._rearm()

    def _heard(self, heard: Heard) -> None:
        if self.agents is None or heard.ip not in self.agents.addresses:
            self.passive.heard(heard)
            self._rearm()

    def _ask(self, host: Host, wide: Ask) -> None:
        delivery, place = self.network.delivery, host.place
        if place is None or wide is Ask.EVERYWHERE:
            delivery.ask_everywhere(host.ip)
        elif wide is Ask.ITS_PORT:
            delivery.ask_at(host.ip, place, all_there=True)
        elif self.options.probe == "icmp":
            delivery.echo_at(host.ip, place, host.incarnation)
        else:
            delivery.ask_at(host.ip, place)

    # --- what has happened ----------------------------------------------------------------------

    def _tell_agent(self, kind: Kind, seen: Seen, other: str) -> None:
        if kind is Kind.MEMBER_JOIN:
            self.passive.has_agent(ip_address(seen.address).packed)
        self._post(kind, seen, other)

    def _tell_host(self, kind: Kind, host: Host) -> None:
        self._post(kind, seen_host(host))

    def _shared_changed(self, change: Any) -> None:
        """Another controller says what has become of a host behind one of its switches."""
        record = None if change.local else read_record(change.key, change.value)
        if record is None:
            return
        self.passive.handover.taken(change.key, record)
        kind = news(read_record(change.key, change.old), record)
        if kind is not None:
            self._post(kind, seen_record(change.key, record))

    def _post(self, kind: Kind, seen: Seen, other: str = "") -> None:
        level = logging.ERROR if kind is Kind.MEMBER_CONFLICT else logging.INFO
        log.log(level, "%s", seen.sentence(kind, other))
        self._ctrl.post_event(kind.value, seen.event(other), dpid=seen.dpid)


def _low_bits(context: Context) -> int:
    address = context.options.address
    return int.from_bytes(address[-4:], "big") if address else context.rng.getrandbits(32)
