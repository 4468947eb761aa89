"""How large the datapath's tables may grow. What is full refuses or forgets, and says so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one datapath; `max_port` is the greatest port number that actions may name."""

    n_tables: int = 254
    max_entries: int = 65536
    max_actions: int = 1024
    max_port: int = 0xFEFF
    max_groups: int = 65536
    max_buckets: int = 1024
    max_group_chain: int = 16
    max_meters: int = 65536
    max_bands: int = 16
    max_macs: int = 8192
    mac_age_s: float = 300.0

    def __post_init__(self) -> None:
        if not 1 <= self.n_tables <= 255:
            raise ValueError(f"a switch has 1 to 255 flow tables, not {self.n_tables}")
