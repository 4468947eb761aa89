"""Ports of the native engine: Python describes and configures them, the engine counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ofswitch.datapath.effects import Effect
from ofswitch.datapath.native.module import Engine
from ofswitch.datapath.port_table import PortTable, ReadCounters, SwitchPort
from openflow.messages.ports import Port, PortMod
from openflow.versions import Version


class NativePorts(PortTable):
    """A port table that tells the engine what packets must know of each port."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def get(self, port_no: int) -> SwitchPort | None:
        """Return the port with this number, if there is one, with what the engine has counted."""
        port = super().get(port_no)
        if port is not None:
            self._read_counters(port)
        return port

    def __iter__(self) -> Iterator[SwitchPort]:
        for port in super().__iter__():
            self._read_counters(port)
            yield port

    def add(self, desc: Port, now: float, counters: ReadCounters | None) -> list[Effect]:
        """Add a port; ValueError for a number that is taken or reserved."""
        effects = super().add(desc, now, counters)
        self._tell(desc.port_no, self._engine.add_port)
        return effects

    def remove(self, port_no: int) -> list[Effect]:
        """Take a port out; ValueError when there is none. Flow entries that name it stay."""
        effects = super().remove(port_no)
        self._engine.remove_port(port_no)
        return effects

    def update(self, desc: Port) -> list[Effect]:
        """Take over what the link says of itself."""
        effects = super().update(desc)
        self._tell(desc.port_no, self._engine.set_port)
        return effects

    def apply(self, change: PortMod, version: Version) -> list[Effect]:
        """Configure a port. Raises OpenFlowError, and then nothing has changed."""
        effects = super().apply(change, version)
        self._tell(change.port_no, self._engine.configure_port)
        return effects

    def _tell(self, port_no: int, tell: Callable[[int, int, bool], None]) -> None:
        port = self._ports[port_no]
        tell(port_no, port.desc.config, port.is_live)

    def _read_counters(self, port: SwitchPort) -> None:
        counted = self._engine.port_counters(port.desc.port_no)
        if counted is not None:
            port.rx_packets, port.rx_bytes, port.tx_packets, port.tx_bytes = counted[:4]
            port.rx_dropped = counted[4]
