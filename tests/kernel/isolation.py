"""Runs a program in mount, process and network namespaces of its own, as Mininet needs it.

Mininet's clean-up kills processes by name and empties parts of the temporary folder, and its
switches are called s1, s2, ... for everybody. Behind this wall it may. `isolated` returns the
command that builds the wall; this module, run as a program, is the first process behind it: it
mounts empty folders over the shared ones, brings the loopback up and becomes the program. When the
outermost process ends or is killed, the kernel removes everything inside.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
EMPTIED = (Path("/tmp"), Path("/run"))
NEEDED = (ROOT, Path(sys.prefix), Path(sys.base_prefix))
"""What has to stay visible, should it lie in one of those."""

UNSHARE = ["unshare", "--mount", "--pid", "--net", "--fork", "--mount-proc", "--kill-child"]


def isolated(command: Iterable[str]) -> list[str]:
    """Return the command line that runs `command` behind the wall."""
    return [*UNSHARE, sys.executable, str(Path(__file__).resolve()), *command]


def main(command: list[str]) -> None:
    """Build the inside of the wall and become `command`."""
    for folder in EMPTIED:
        empty(folder)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.execvp(command[0], command)


def empty(folder: Path) -> None:
    """Mount an empty folder over this one, with what is needed of it put back."""
    kept = {path: os.open(path, os.O_PATH) for path in NEEDED if path.is_relative_to(folder)}
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    folder.chmod(0o1777)
    for path, descriptor in kept.items():
        path.mkdir(parents=True, exist_ok=True)
        # The descriptor still leads to what is hidden now; its name, made canonical, would not.
        source = f"/proc/{os.getpid()}/fd/{descriptor}"
        subprocess.run(["mount", "--no-canonicalize", "--rbind", source, path], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
