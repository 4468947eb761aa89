"""Where programs that run can be found by the commands that ask them: a folder of control sockets for each program."""

from __future__ import annotations

import os
from pathlib import Path


def run_dir(program: str) -> Path:
    """The folder of a program's control sockets: /run/PROGRAM for root, else under $XDG_RUNTIME_DIR."""
    if os.geteuid() == 0:
        return Path("/run") / program
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / program if base else Path(f"/tmp/{program}-{os.geteuid()}")
