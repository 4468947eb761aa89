"""The native datapath: what the reference does, done by the engine in Rust.

Python keeps what is rare: it checks changes and refuses them as the reference does, describes ports,
groups and meters, and puts replies together. Packets, flow entries, time-outs and counters are the
engine's. Calls are synchronous: the caller's thread does everything, under the engine's lock. Threads
that `forward` starts share the engine with the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ofswitch.datapath.base import BaseDatapath, Parts
from ofswitch.datapath.effects import Effect, FlowChanged
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.native.flows import REFUSALS, NativeFlowChanges, NativeTable, farewells
from ofswitch.datapath.native.groups import NativeGroups, NativeMeters
from ofswitch.datapath.native.module import Refused, Threads, carry_out, take_notes, watch
from ofswitch.datapath.native.ports import NativePorts
from ofswitch.datapath.native.programs import encode_actions
from ofswitch.datapath.native.together import PatientEngine, Step, doubtful
from ofswitch.datapath.native.watch import happened
from ofswitch.datapath.normal import LearningSwitch
from ofswitch.datapath.output import Outlet
from ofswitch.datapath.pipeline import Pipeline
from ofswitch.datapath.queries import Queries
from ofswitch.datapath.refusal import RefusedTogether
from ofswitch.frame import Frame
from openflow.constants import ConfigFlags
from openflow.errors import OpenFlowError
from openflow.messages.base import Message
from openflow.messages.packets import PacketOut
from openflow.messages.switch import SetConfig
from openflow.versions import Version


class NativeDatapath(BaseDatapath):
    """A switch without its controller side; see `protocol.Datapath` for each method's contract."""

    def __init__(self, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        engine = PatientEngine(
            limits.n_tables, limits.max_entries, limits.max_macs, limits.mac_age_s
        )
        engine.set_limits(limits.max_port, limits.max_actions)
        self._engine = engine
        self._tables = [
            NativeTable(engine, one, limits.max_entries) for one in range(limits.n_tables)
        ]
        ports = NativePorts(engine)
        groups, meters = NativeGroups(engine, ports, limits), NativeMeters(engine, limits)
        changes = NativeFlowChanges(engine, limits, groups, meters)
        queries = Queries(self._tables, ports, groups, meters)
        super().__init__(Parts(limits, ports, groups, meters, changes, queries))

    @property
    def drops(self) -> Counter[str]:
        """Packets that came to nothing, by name."""
        return Counter(dict(self._engine.drops()))

    @property
    def misses_wanted(self) -> bool:
        """Whether anybody wants to hear of packets that miss."""
        return self._misses_wanted

    @misses_wanted.setter
    def misses_wanted(self, wanted: bool) -> None:
        self._misses_wanted = wanted
        self._engine.set_listens(wanted)

    def apply_together(
        self, changes: Sequence[Message], version: Version, now: float
    ) -> list[list[Effect]]:
        """Check them one after the other, then have the engine carry them out at once."""
        restore = self._groups.save(), self._ports.save()
        try:
            return self._check_then_carry_out(changes, version, now)
        except RefusedTogether:
            for one in restore:
                one()
            raise

    def _check_then_carry_out(
        self, changes: Sequence[Message], version: Version, now: float
    ) -> list[list[Effect]]:
        with self._engine.putting_off() as steps:
            outcomes, owners = [], list[int]()
            for place, effects in enumerate(self._apply_each(changes, version, now)):
                outcomes.append(effects)
                owners += [place] * (len(steps) - len(owners))
        for place, effects in zip(owners, self._carry_out(steps, owners, now), strict=True):
            outcomes[place] += effects
        return outcomes

    def _carry_out(
        self, steps: list[Step], owners: list[int], now: float
    ) -> Iterator[list[Effect]]:
        """What came of each step; `owners` says for which change it is made."""
        try:
            done = carry_out(self._engine, steps, doubtful(steps, self._tables), now)
        except Refused as refusal:
            why, place = refusal.args
            raise RefusedTogether(owners[place], OpenFlowError(*REFUSALS[why])) from refusal
        for gone, effects, notes in done:
            yield [*farewells(gone), *effects, *happened(notes, now)]

    def apply_encoded(self, data: bytes, version: Version, now: float) -> tuple[int, list[Effect]]:
        """Apply the flow-mods at the front that need no check in Python."""
        size, gone = self._engine.apply_encoded(data, version, now)
        return size, farewells(gone)

    def receive(self, in_port: int, frame: Frame, now: float) -> list[Effect]:
        """Process a frame that came in on a port."""
        return self._engine.receive(in_port, frame.data, frame.offload, now)

    def advance(self, now: float) -> list[Effect]:
        """Let time-outs happen that are due."""
        gone = farewells(self._engine.advance(now))
        return [*gone, *self._happened(now)] if self._watched else gone

    def next_deadline(self) -> float | None:
        """When to call `advance` next, at the latest."""
        return self._engine.next_deadline()

    def forward(self, threads: int, busy_poll: bool) -> Threads:
        """Start threads that move frames between ports by themselves; a port's link is attached to them."""
        return self._engine.forward(threads, busy_poll)

    def _send_out(self, packet_out: PacketOut, frame: Frame, now: float) -> list[Effect]:
        actions = encode_actions(packet_out.actions)
        return self._engine.inject(packet_out.in_port, frame.data, frame.offload, actions, now)

    def _watch(self, wanted: bool) -> None:
        watch(self._engine, wanted)

    def _happened(self, now: float) -> list[FlowChanged]:
        return happened(take_notes(self._engine), now)

    def _rehearsal(self) -> Pipeline:
        limits = self._limits
        normal = LearningSwitch(self._ports, limits.max_macs, limits.mac_age_s)
        for station in self._engine.stations():
            normal.learn(*station)
        outlet = Outlet(self._ports, normal)
        return Pipeline(self._tables, self._groups, self._meters.rehearsal(), outlet)

    def _configure_table(self, table_id: int, config: int) -> None:
        self._tables[table_id].config = config

    def _apply_config(self, change: SetConfig) -> list[Effect]:
        effects = super()._apply_config(change)
        self._engine.drop_fragments(self.fragments == ConfigFlags.FRAG_DROP)
        return effects
