"""Every counter of a core has its meaning written down, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from apps import swim
from apps.swim.counters import COUNTED

FILES = Path(swim.__file__).parent.glob("*.py")
NAMES = re.compile(r'(?:counters\[|reason = )"(\w+)"')


def test_what_is_counted_is_listed_and_what_is_listed_is_counted() -> None:
    found = {name for path in FILES for name in NAMES.findall(path.read_text(encoding="utf-8"))}
    assert found == set(COUNTED)
