"""What every test shares: which ones need the kernel, and why they skip where it is not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

NET_TUN = Path("/dev/net/tun")


def why_no_system_tests() -> str | None:
    """Say what a system test would miss here, or None when it can run."""
    if os.geteuid() != 0:
        return "needs root"
    if not NET_TUN.exists():
        return f"needs {NET_TUN}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `system`, with the reason, where they cannot run."""
    reason = why_no_system_tests()
    if reason is None:
        return
    skip = pytest.mark.skip(reason=f"system test: {reason}")
    for item in items:
        if item.get_closest_marker("system"):
            item.add_marker(skip)
