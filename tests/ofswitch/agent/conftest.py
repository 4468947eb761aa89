"""A world of each datapath, and a controller of each version in it."""

from __future__ import annotations

import pytest

from openflow import V1_0, V1_3
from tests.ofswitch.agent.world import Controller, World
from tests.ofswitch.datapath.rig import EVERY_IMPLEMENTATION, IMPLEMENTATIONS


@pytest.fixture(params=EVERY_IMPLEMENTATION)
def world(request: pytest.FixtureRequest) -> World:
    """A fail-secure switch on each datapath."""
    return World(datapath=IMPLEMENTATIONS[request.param])


@pytest.fixture(params=[V1_0, V1_3], ids=str)
def controller(world: World, request: pytest.FixtureRequest) -> Controller:
    """A controller; once of each version."""
    return Controller(world, request.param)


@pytest.fixture
def old(world: World) -> Controller:
    """A controller that speaks OpenFlow 1.0."""
    return Controller(world, V1_0)


@pytest.fixture
def new(world: World) -> Controller:
    """A controller that speaks OpenFlow 1.3."""
    return Controller(world, V1_3)
