"""Where control sockets are."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.places import run_dir


def test_the_run_folder_is_the_systems_for_root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert run_dir("ofswitch") == Path("/run/ofswitch")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert run_dir("ofswim") == Path("/run/user/1000/ofswim")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert run_dir("ofswim") == Path("/tmp/ofswim-1000")
