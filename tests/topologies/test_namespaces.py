"""Whose namespace is whose."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from topologies import namespaces
from topologies.claim import RUN_FOLDER, claimed_folder, remove_dead_labs
from topologies.namespaces import (
    NamespaceError,
    add_cables,
    add_namespaces,
    all_namespaces,
    enter,
    namespace_name,
    namespaces_of,
    neighbour_warning,
    owner_of,
    processes_inside,
    remove_namespaces,
)

NO_PROCESS = 1 << 22  # pid_max is never more: this is nobody's


def test_a_name_tells_who_made_it() -> None:
    assert namespace_name(4711, "h1") == "lab-4711-h1"
    assert owner_of("lab-4711-h1") == 4711


@pytest.mark.parametrize("name", ["h1", "lab-", "lab-h1", "lab-4711", "lab-x-h1", "mylab-4711-h1"])
def test_other_names_are_nobodys(name: str) -> None:
    assert owner_of(name) is None


def test_more_hosts_than_the_kernel_has_room_for_are_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "gc_thresh3"
    monkeypatch.setattr(namespaces, "_NEIGHBOURS_MOST", limit)
    assert neighbour_warning(1000) is None  # nobody knows
    limit.write_text("1024\n")
    assert neighbour_warning(32) is None
    assert "gc_thresh3=2112" in (neighbour_warning(33) or "")


@pytest.mark.system
def test_removing_a_namespace_ends_what_runs_inside() -> None:
    name = namespace_name(NO_PROCESS, "h1")
    add_namespaces([name])
    stubborn = ["sh", "-c", "trap '' TERM; sleep 1000 & wait; wait"]
    with subprocess.Popen([*enter(name), *stubborn]) as process:
        while process.pid not in processes_inside([name]):
            assert process.poll() is None
        remove_namespaces([name])
        assert process.wait() < 0
    assert name not in all_namespaces()


@pytest.mark.system
def test_a_name_is_made_once() -> None:
    with claimed_folder():
        name = namespace_name(os.getpid(), "h1")
        add_namespaces([name])
        with pytest.raises(NamespaceError, match="File exists"):
            add_namespaces([name])
    assert name not in all_namespaces()


@pytest.mark.system
def test_a_lab_is_dead_when_nobody_holds_its_lock() -> None:
    with claimed_folder() as folder:
        ours = namespace_name(os.getpid(), "h1")
        theirs = namespace_name(NO_PROCESS, "h1")
        add_namespaces([ours, theirs])
        assert NO_PROCESS in remove_dead_labs()
        assert namespaces_of(NO_PROCESS) == []
        assert namespaces_of(os.getpid()) == [ours]
        assert folder.exists()
    assert not folder.exists()
    assert not (RUN_FOLDER / str(NO_PROCESS)).exists()


@pytest.mark.system
def test_a_cable_has_two_ends_without_addresses() -> None:
    with claimed_folder():
        name = namespace_name(os.getpid(), "core")
        add_namespaces([name])
        add_cables(name, [("s1-eth1", "s2-eth1")])
        command = [*enter(name), "ip", "-brief", "address"]
        shown = subprocess.check_output(command, text=True)
    assert "s1-eth1@s2-eth1" in shown
    assert "fe80" not in shown
