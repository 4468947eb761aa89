"""A lab for every system test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ofswitch.ports.lab import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Return a lab; all of it is gone after the test."""
    one = Lab()
    try:
        yield one
    finally:
        one.close()
