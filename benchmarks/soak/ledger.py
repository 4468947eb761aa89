"""Whether a switch's counters add up: what came is what matched, and what matched is what entries counted."""

from __future__ import annotations

from collections import Counter

from benchmarks.soak.client import Client
from openflow import FlowStatsRequest, PortNo, PortStatsRequest, TableId, TableStatsRequest

_TABLES = (0, 1)


class Ledger:
    """The entries that are gone, by table, since the tables' own counters began."""

    def __init__(self) -> None:
        self._packets_gone: Counter[int] = Counter()

    def complaints(self, client: Client) -> list[str]:
        """What does not add up, while no packet is on its way."""
        flows = client.ask(FlowStatsRequest(table_id=TableId.ALL))
        tables = {stats.table_id: stats for stats in client.ask(TableStatsRequest())}
        ports = client.ask(PortStatsRequest(port_no=PortNo.ANY))
        for removed in client.removed:
            self._packets_gone[removed.table_id] += removed.packet_count
        client.removed.clear()
        found = []
        for table_id in _TABLES:
            there = sum(entry.packet_count for entry in flows if entry.table_id == table_id)
            counted = there + self._packets_gone[table_id]
            matched = tables[table_id].matched_count
            if counted != matched:
                found.append(f"table {table_id}: {matched} matched, {counted} counted by entries")
        came = sum(port.rx_packets for port in ports)
        looked_up = tables[0].lookup_count
        if came != looked_up:
            found.append(f"{came} packets came, {looked_up} were looked up")
        return found
