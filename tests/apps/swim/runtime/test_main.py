"""What member an agent is."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.swim.config import BARE, FAST, SERF
from apps.swim.runtime.main import make_swim
from apps.swim.settings import Settings
from apps.swim.transport.serf import SerfSwim


@pytest.mark.parametrize(("serf", "versions"), [(True, SERF), (False, BARE)])
def test_it_speaks_to_serf_or_to_what_has_nothing_above_memberlist(
    serf: bool, versions: bytes
) -> None:
    swim = make_swim(Settings("h1", Path("h1.sock"), FAST, serf=serf))
    assert isinstance(swim, SerfSwim) is serf
    assert swim.config.versions == versions
    assert swim.config.gossip_interval_s == FAST.gossip_interval_s
