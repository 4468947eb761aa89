"""The plans that the native engine's fuzz target reads: `python -m tests.openflow.plan_texts` writes them anew."""

from __future__ import annotations

from pathlib import Path

from openflow.layouts.plans import plan
from openflow.versions import SUPPORTED

FOLDER = Path(__file__).parents[2] / "native" / "codec" / "fuzz" / "plans"


def plan_texts() -> dict[Path, str]:
    """The text of each version's plan, by the file that holds it."""
    return {FOLDER / f"{version}.txt": plan(version).text + "\n" for version in SUPPORTED}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in plan_texts().items():
        path.write_text(text)
