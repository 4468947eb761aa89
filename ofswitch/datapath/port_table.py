"""The datapath's ports: numbers, descriptions, configuration, counters (OpenFlow 1.3.5, 7.2.1).

Which link is behind a port is the runtime's business: it says what changed (`update`), and may give
a reader for counters that only the link knows, such as frames lost in its queues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from typing import Protocol, Self

from ofswitch.datapath.effects import Effect, PortChanged
from ofswitch.datapath.flow import duration
from ofswitch.datapath.refusal import refuse
from openflow.constants import PortConfig, PortNo, PortReason, PortState
from openflow.errors import ErrorCode
from openflow.messages.ports import Port, PortMod, PortStats
from openflow.versions import V1_0, Version

STP_ADDRESS = bytes.fromhex("0180c2000000")

_CONFIG_1_3 = int(
    PortConfig.PORT_DOWN | PortConfig.NO_RECV | PortConfig.NO_FWD | PortConfig.NO_PACKET_IN
)
_CONFIG_1_0 = sum(PortConfig)


class LinkCounters(Protocol):
    """What a link has counted; `ofswitch.ports` counts so."""

    rx_packets: int
    tx_packets: int
    rx_bytes: int
    tx_bytes: int

    @property
    def rx_dropped(self) -> int: ...
    @property
    def tx_dropped(self) -> int: ...
    @property
    def rx_errors(self) -> int: ...
    @property
    def tx_errors(self) -> int: ...


ReadCounters = Callable[[], LinkCounters]


@dataclass(slots=True, eq=False)
class SwitchPort:
    """One port of the switch, and what passed it."""

    desc: Port
    since: float
    read_counters: ReadCounters | None = None
    rx_packets: int = 0
    tx_packets: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    rx_dropped: int = 0

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """A copy on the same link; descriptions are replaced, never changed."""
        return copy(self)

    @property
    def is_live(self) -> bool:
        """Whether groups that watch this port may use it (6.5)."""
        return bool(self.desc.state & PortState.LIVE)

    def why_not_receive(self, data: bytes) -> str | None:
        """Name the reason for which a frame that came in here is dropped, if there is one."""
        config = self.desc.config
        if config & PortConfig.PORT_DOWN:
            return "port_down"
        if config & PortConfig.NO_RECV:
            return "port_no_recv"
        if config & PortConfig.NO_RECV_STP and data[:6] == STP_ADDRESS:
            return "port_no_recv"
        return None

    def why_not_send(self) -> str | None:
        """Name the reason for which nothing leaves here, if there is one."""
        config = self.desc.config
        if config & PortConfig.PORT_DOWN:
            return "output_port_down"
        return "output_no_fwd" if config & PortConfig.NO_FWD else None

    def stats(self, now: float) -> PortStats:
        """Describe what passed, for a statistics reply (7.3.5.6)."""
        seconds, nanoseconds = duration(self.since, now)
        stats = PortStats(
            port_no=self.desc.port_no,
            rx_packets=self.rx_packets,
            tx_packets=self.tx_packets,
            rx_bytes=self.rx_bytes,
            tx_bytes=self.tx_bytes,
            rx_dropped=self.rx_dropped,
            duration_sec=seconds,
            duration_nsec=nanoseconds,
        )
        if self.read_counters is not None:
            link = self.read_counters()
            stats.rx_packets, stats.rx_bytes = link.rx_packets, link.rx_bytes
            stats.tx_packets, stats.tx_bytes = link.tx_packets, link.tx_bytes
            stats.rx_dropped += link.rx_dropped
            stats.tx_dropped = link.tx_dropped
            stats.rx_errors, stats.tx_errors = link.rx_errors, link.tx_errors
        return stats


class PortTable:
    """The ports by number."""

    def __init__(self) -> None:
        self._ports: dict[int, SwitchPort] = {}

    def __iter__(self) -> Iterator[SwitchPort]:
        """The ports in the order of their numbers."""
        return iter([self._ports[number] for number in sorted(self._ports)])

    def __contains__(self, port_no: object) -> bool:
        return port_no in self._ports

    def get(self, port_no: int) -> SwitchPort | None:
        """Return the port with this number, if there is one."""
        return self._ports.get(port_no)

    def descriptions(self) -> list[Port]:
        """Copies of the ports' descriptions, in the order of their numbers."""
        return [replace(port.desc) for port in self]

    def add(self, desc: Port, now: float, counters: ReadCounters | None) -> list[Effect]:
        """Add a port; ValueError for a number that is taken or reserved."""
        number = desc.port_no
        if number in self._ports:
            raise ValueError(f"there is a port {number} already")
        if not 1 <= number <= PortNo.MAX and number != PortNo.LOCAL:
            raise ValueError(f"{number} is no number for a port")
        desc = _with_liveness(desc)
        self._ports[number] = SwitchPort(desc, now, counters)
        return [PortChanged(PortReason.ADD, replace(desc))]

    def save(self) -> Callable[[], None]:
        """Keep how the ports are configured; what is returned makes them so again."""
        descs = [(port, port.desc) for port in self._ports.values()]

        def restore() -> None:
            for port, desc in descs:
                port.desc = desc

        return restore

    def remove(self, port_no: int) -> list[Effect]:
        """Take a port out; ValueError when there is none. Flow entries that name it stay."""
        port = self._ports.pop(port_no, None)
        if port is None:
            raise ValueError(f"there is no port {port_no}")
        return [PortChanged(PortReason.DELETE, port.desc)]

    def update(self, desc: Port) -> list[Effect]:
        """Take over what the link says of itself; `config` belongs to the switch and stays."""
        port = self._ports.get(desc.port_no)
        if port is None:
            raise ValueError(f"there is no port {desc.port_no}")
        return _change(port, replace(desc, config=port.desc.config))

    def apply(self, change: PortMod, version: Version) -> list[Effect]:
        """Configure a port (7.3.4.3). Raises OpenFlowError, and then nothing has changed."""
        port = self._ports.get(change.port_no)
        if port is None:
            refuse(ErrorCode.PORT_MOD_FAILED__BAD_PORT, f"there is no port {change.port_no}")
        desc = port.desc
        if change.hw_addr != desc.hw_addr:
            text = f"port {desc.port_no} has another hardware address"
            refuse(ErrorCode.PORT_MOD_FAILED__BAD_HW_ADDR, text)
        mask, advertise = int(change.mask), change.advertise
        if version == V1_0:
            mask &= _CONFIG_1_0
        else:
            if mask & ~_CONFIG_1_3:
                text = f"no such configuration bits: {mask & ~_CONFIG_1_3:#x}"
                refuse(ErrorCode.PORT_MOD_FAILED__BAD_CONFIG, text)
            if advertise & ~desc.supported:
                text = f"port {desc.port_no} cannot advertise {advertise & ~desc.supported:#x}"
                refuse(ErrorCode.PORT_MOD_FAILED__BAD_ADVERTISE, text)
        config = desc.config & ~mask | change.config & mask
        advertised = advertise & desc.supported or desc.advertised
        return _change(port, replace(desc, config=config, advertised=advertised))


def _with_liveness(desc: Port) -> Port:
    """Copy a description and say in its state whether the port is live: neither it nor its link down."""
    is_down = desc.config & PortConfig.PORT_DOWN or desc.state & PortState.LINK_DOWN
    state = desc.state & ~PortState.LIVE if is_down else desc.state | PortState.LIVE
    return replace(desc, state=state)


def _change(port: SwitchPort, desc: Port) -> list[Effect]:
    desc = _with_liveness(desc)
    if desc == port.desc:
        return []
    port.desc = desc
    return [PortChanged(PortReason.MODIFY, replace(desc))]
