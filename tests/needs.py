"""Programs that tests drive, and where Debian has them: a test that needs one is skipped where it is missing."""

from __future__ import annotations

import shutil

import pytest

OPEN_VSWITCH = ("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl")
"""What an Open vSwitch of our own takes."""

_PACKAGES = {
    "cargo": "cargo-web",
    "etcd": "etcd-server",
    "iperf3": "iperf3",
    "mn": "mininet",
    "openssl": "openssl",
    "ovs-ofctl": "openvswitch-common",
    "ovs-pki": "openvswitch-common",
    "ovs-testcontroller": "openvswitch-testcontroller",
    "ovs-vsctl": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "ovsdb-tool": "openvswitch-common",
    "serf": "serf",
    "setpriv": "util-linux",
    "tshark": "tshark",
}


def missing(*programs: str) -> str | None:
    """What is missing of them, in words; None if nothing is."""
    words = [f"{name} (Debian: {_PACKAGES[name]})" for name in programs if not shutil.which(name)]
    return f"needs {', '.join(words)}" if words else None


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip where one of them is missing."""
    why = missing(*programs)
    return pytest.mark.skipif(why is not None, reason=str(why))
