"""The hub in a simulated network."""

from __future__ import annotations

import pytest

from apps import hub
from openflow.versions import V1_0, V1_3, Version
from tests.apps.network import Network, mac


@pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)
def test_every_frame_leaves_by_all_other_ports_without_the_controller(version: Version) -> None:
    network = Network(hub, version)
    switch = network.add(1)
    for _ in range(2):
        assert network.talk((1, 1), mac(1), mac(2)) == {(1, 2), (1, 3), (1, 4)}
        assert network.talk((1, 2), mac(2), mac(1)) == {(1, 1), (1, 3), (1, 4)}
    assert switch.packet_ins == 0
