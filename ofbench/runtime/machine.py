"""This machine, now."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ofbench.origin import Host, Origin

_CPUINFO = Path("/proc/cpuinfo")
_MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def here_and_now() -> Origin:
    """What is measured from now on comes from here."""
    return Origin(datetime.now(UTC).isoformat(timespec="seconds"), _version(), _host())


def _version() -> str:
    try:
        return version("ofswitch")
    except PackageNotFoundError:
        return "unknown"  # run from a folder, and not installed


def _host() -> Host:
    return Host(
        processor=_processor(),
        processors=os.cpu_count() or 1,
        allowed=sorted(os.sched_getaffinity(0)),
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load_average=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    """Its name, where the kernel tells it (not on all ARM), or else its architecture."""
    try:
        found = _MODEL.search(_CPUINFO.read_text(errors="replace"))
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.machine()
