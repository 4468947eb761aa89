"""OUTPUT: physical ports and the reserved ones (OpenFlow 1.3.5, 4.5).

Whatever the action, a frame never leaves through the port it came from unless output to IN_PORT
says so, never through a port that is down or set to send nothing, and is never flooded to a port
that is set not to be.
"""

from __future__ import annotations

from collections.abc import Callable

from ofswitch.datapath.execution import Execution
from ofswitch.datapath.normal import LearningSwitch
from ofswitch.datapath.port_table import PortTable
from openflow.constants import CONTROLLER_NO_BUFFER, PacketInReason, PortConfig, PortNo


class Outlet:
    """Where frames leave."""

    def __init__(self, ports: PortTable, normal: LearningSwitch) -> None:
        self._ports = ports
        self._normal = normal
        self._reserved: dict[int, Callable[[Execution, int], None]] = {
            PortNo.IN_PORT: self._to_in_port,
            PortNo.ALL: self._to_all,
            PortNo.FLOOD: self._flood,
            PortNo.CONTROLLER: self._to_controller,
            PortNo.NORMAL: self._to_normal,
        }

    def send(self, execution: Execution, port_no: int, max_len: int = CONTROLLER_NO_BUFFER) -> None:
        """Send the frame as it is now out of a port; TABLE is the pipeline's business."""
        reserved = self._reserved.get(port_no)
        if reserved is not None:
            reserved(execution, max_len)
        elif port_no == execution.in_port:
            execution.lose("output_to_in_port")
        else:
            self._send(execution, port_no)

    def _send(self, execution: Execution, port_no: int) -> None:
        port = self._ports.get(port_no)
        why_not = "no_such_port" if port is None else port.why_not_send()
        if port is None or why_not is not None:
            execution.lose(why_not or "no_such_port")
        else:
            execution.transmit(port)

    def _to_in_port(self, execution: Execution, max_len: int) -> None:
        if execution.in_port in self._ports:
            self._send(execution, execution.in_port)
        else:
            execution.lose("no_in_port")

    def _to_all(self, execution: Execution, max_len: int) -> None:
        self._to_others(execution, 0)

    def _flood(self, execution: Execution, max_len: int) -> None:
        self._to_others(execution, PortConfig.NO_FLOOD)

    def _to_others(self, execution: Execution, without: int) -> None:
        """Send to every port but the one it came from and those with a bit of `without` set."""
        ports = [
            port
            for port in self._ports
            if port.desc.port_no != execution.in_port
            and not port.desc.config & without
            and port.why_not_send() is None
        ]
        if not ports:
            execution.lose("no_flood_port")
        for port in ports:
            execution.transmit(port)

    def _to_controller(self, execution: Execution, max_len: int) -> None:
        """Send up; a table-miss entry's packets say so, unless their port wants no misses sent."""
        entry = execution.entry
        if entry is None or not entry.is_table_miss:
            execution.show_controller(PacketInReason.ACTION, max_len)
        elif self.misses_are_muted(execution.in_port):
            execution.lose("no_packet_in")
        else:
            execution.show_controller(PacketInReason.NO_MATCH, max_len)

    def misses_are_muted(self, port_no: int) -> bool:
        """Whether packets from a port that miss never go to the controller (NO_PACKET_IN)."""
        port = self._ports.get(port_no)
        return port is not None and bool(port.desc.config & PortConfig.NO_PACKET_IN)

    def _to_normal(self, execution: Execution, max_len: int) -> None:
        """Do as a switch without OpenFlow does."""
        verdict = self._normal.forward(execution.packet, execution.in_port, execution.now)
        if isinstance(verdict, str):
            execution.lose(verdict)
        elif verdict is None:
            self._flood(execution, max_len)
        elif verdict == execution.in_port:
            execution.lose("normal_same_port")
        else:
            self._send(execution, verdict)
