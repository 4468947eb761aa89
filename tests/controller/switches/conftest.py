"""What these tests share."""

from __future__ import annotations

import pytest

from tests.controller.switches.world import World


@pytest.fixture
def world() -> World:
    return World()
