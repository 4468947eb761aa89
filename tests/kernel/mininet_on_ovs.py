"""Runs ``mn`` with an Open vSwitch of its own; as a program, behind the wall."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.kernel.ovs import OpenVSwitch


def main(arguments: list[str]) -> int:
    """Start Open vSwitch, run Mininet with it, and return Mininet's exit status."""
    with tempfile.TemporaryDirectory() as folder, OpenVSwitch(Path(folder)) as ovs:
        return subprocess.run(["mn", *arguments], env=ovs.environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
