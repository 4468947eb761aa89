"""The wheel: with a Rust toolchain or without one, it is built, it works, it says which it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("openflow", "ofswitch", "controller", "apps", "topologies")
NATIVE = {"openflow/_codec.abi3.so", "ofswitch/_datapath.abi3.so"}
NO_RUST = {"CARGO": "/nonexistent", "RUSTC": "/nonexistent"}
SAY_ENGINE = "import openflow, openflow.native as n; print(openflow.__file__, n.ENGINE, sep='\\n')"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the sources without anything that was built."""
    built = shutil.ignore_patterns("target", "*.so", "__pycache__", "*.egg-info")
    for name in (*PACKAGES, "native"):
        shutil.copytree(ROOT / name, tmp_path / "sources" / name, ignore=built)
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, tmp_path / "sources" / name)
    return tmp_path / "sources"


def build_wheel(sources: Path, environment: dict[str, str]) -> zipfile.ZipFile:
    """Build a wheel as pip does."""
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    built = subprocess.run(
        [*pip, "--wheel-dir", str(sources.parent), str(sources)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = sources.parent.glob("*.whl")
    return zipfile.ZipFile(wheel)


def engine_of(wheel: zipfile.ZipFile, folder: Path) -> str:
    """Unpack a wheel and ask the codec in it, away from other packages (-S), which engine it has."""
    wheel.extractall(folder)
    answer = subprocess.run(
        [sys.executable, "-S", "-c", SAY_ENGINE],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    path, engine = answer.stdout.splitlines()
    assert Path(path).is_relative_to(folder)
    return engine


@pytest.mark.parametrize(
    "environment",
    [
        NO_RUST,
        {"CARGO_NET_OFFLINE": "true", "CARGO_HOME": "/nonexistent"},
    ],
    ids=["without a toolchain", "without crates.io"],
)
def test_the_package_is_built_in_pure_python_where_rust_cannot_be(
    sources: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    wheel = build_wheel(sources, environment)
    assert not NATIVE & set(wheel.namelist())
    assert engine_of(wheel, tmp_path / "installed").startswith("pure Python")


@pytest.mark.native
def test_the_package_is_built_with_both_native_modules_where_there_is_rust(
    sources: Path, tmp_path: Path
) -> None:
    target = {"CARGO_TARGET_DIR": str(ROOT / "native" / "target")}
    wheel = build_wheel(sources, target)
    assert set(wheel.namelist()) >= NATIVE
    assert "-cp311-abi3-" in str(wheel.filename)
    assert engine_of(wheel, tmp_path / "installed") == "native"


def test_everything_that_type_checkers_read_is_in_the_wheel(sources: Path) -> None:
    wheel = build_wheel(sources, NO_RUST)
    wanted = {f"{package}/py.typed" for package in PACKAGES}
    wanted |= {"openflow/_codec.pyi", "ofswitch/_datapath.pyi"}
    assert wanted <= set(wheel.namelist())
