"""The contract's fixtures: each test that uses them runs on every implementation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ofswitch.datapath.rig import EVERY_IMPLEMENTATION, IMPLEMENTATIONS, Switch


@pytest.fixture(params=EVERY_IMPLEMENTATION)
def make_switch(request: pytest.FixtureRequest) -> Callable[..., Switch]:
    """Make a switch of the implementation under test, with options of `Switch`."""
    make = IMPLEMENTATIONS[request.param]
    return lambda **options: Switch(make, **options)


@pytest.fixture
def switch(make_switch: Callable[..., Switch]) -> Switch:
    """A switch with four ports that speaks OpenFlow 1.3."""
    return make_switch()
