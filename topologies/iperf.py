"""TCP between two hosts, measured with iperf3: its command lines and how its answer is read."""

from __future__ import annotations

import json

from topologies.network import LabError

SERVER = ["iperf3", "--server", "--one-off", "--forceflush"]
SERVER_IS_UP = b"Server listening"
CONNECT_TIMEOUT_MS = 5000
GRACE_S = 10
"""How much longer than asked a measurement may take before it counts as stuck."""


def client(address: str, seconds: int) -> list[str]:
    """Return the command line of the sender."""
    patience = ["--connect-timeout", str(CONNECT_TIMEOUT_MS)]
    return ["iperf3", "--client", address, "--time", str(seconds), "--json", *patience]


def read_rate(answer: bytes) -> float:
    """Return the Gbit/s that arrived, from the sender's JSON; `LabError` with iperf3's own reason."""
    try:
        result = json.loads(answer)
        if "error" in result:
            raise LabError(f"iperf3: {result['error']}")
        return float(result["end"]["sum_received"]["bits_per_second"]) / 1e9
    except (ValueError, KeyError, TypeError) as error:
        raise LabError(f"iperf3 gave an answer without a rate ({error!r})") from error
