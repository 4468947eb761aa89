"""Which labs are alive: every lab holds a lock in a folder of its own until it has cleaned up.

The folder, ``/run/oflab/PID``, is where a lab keeps its control sockets and logs. Its lock vanishes
with the process, even by kill -9. So the next lab to start finds a folder whose lock is free, or
namespaces without folder, and removes what is left of their lab. One more lock makes labs that
start at the same moment do this one after the other.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from topologies.namespaces import all_namespaces, namespaces_of, owner_of, remove_namespaces

RUN_FOLDER = Path("/run/oflab")
_LOCK = "lock"


class Claimed(Exception):
    """Another process holds the lock."""


@contextmanager
def claimed_folder() -> Iterator[Path]:
    """Clean up after labs that died, then hold a folder for this process's lab.

    On leaving, the lab's namespaces and the folder are removed.
    """
    owner = os.getpid()
    RUN_FOLDER.mkdir(parents=True, exist_ok=True)
    with _locked(RUN_FOLDER / _LOCK, wait=True):
        remove_dead_labs()
        folder = RUN_FOLDER / str(owner)
        folder.mkdir(exist_ok=True)
        lock = _lock(folder / _LOCK, wait=False)
    try:
        yield folder
    finally:
        _remove_lab(owner)
        os.close(lock)


def remove_dead_labs() -> list[int]:
    """Remove what is left of labs whose processes are gone, and return these processes' ids."""
    folders = [int(path.name) for path in RUN_FOLDER.iterdir() if path.name.isdigit()]
    namespaces = [owner for name in all_namespaces() if (owner := owner_of(name)) is not None]
    return [owner for owner in sorted({*folders, *namespaces}) if _remove_if_dead(owner)]


def _remove_if_dead(owner: int) -> bool:
    folder = RUN_FOLDER / str(owner)
    with suppress(Claimed, FileNotFoundError):
        folder.mkdir(exist_ok=True)
        with _locked(folder / _LOCK, wait=False):
            _remove_lab(owner)
            return True
    return False


def _remove_lab(owner: int) -> None:
    remove_namespaces(namespaces_of(owner))
    shutil.rmtree(RUN_FOLDER / str(owner), ignore_errors=True)


@contextmanager
def _locked(path: Path, wait: bool) -> Iterator[None]:
    lock = _lock(path, wait)
    try:
        yield
    finally:
        os.close(lock)


def _lock(path: Path, wait: bool) -> int:
    """Return a descriptor that holds the lock until it is closed; `Claimed` if another has it."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        os.close(descriptor)
        raise Claimed(path) from error
    return descriptor
