"""The messages that os-ken ships for its own tests, from switches and controllers, with what they say as JSON."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

FOLDERS = ("of10", "of12", "of13", "of14", "of15")

WRONG = {
    "libofproto-OFP15-flow_desc_reply": "its GOTO_TABLE says a length of 0x0808 bytes, it has 8",
    "libofproto-OFP15-meter_features_reply": "its header says a length of 32 bytes, it has 40",
}
"""Vectors that are no messages by the specification, and why (os-ken does not look at these lengths)."""


def _folder() -> Path | None:
    spec = find_spec("os_ken")
    return Path(spec.origin).parent / "tests" if spec and spec.origin else None


def _paths() -> list[Path]:
    folder = _folder()
    if folder is None:
        return []
    return [
        path
        for version in FOLDERS
        for path in sorted((folder / "packet_data" / version).glob("*.packet"))
    ]


def what_it_says(path: Path) -> Any:
    """What os-ken read from a message when its authors checked it: `{class: {field: value}}`."""
    folder = path.parents[2] / "unit" / "ofproto" / "json" / path.parent.name
    return json.loads((folder / f"{path.name}.json").read_text())


ALL = _paths()
PATHS = [path for path in ALL if path.stem not in WRONG]

every_vector = pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in PATHS]
    or [pytest.param(Path(), marks=pytest.mark.skip(reason="os-ken's wheel has the vectors"))],
)
