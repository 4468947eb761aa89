"""A wrong option is found by what the log says."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.replicas.runtime.company import LOOK_S, Company
from controller.settings import Cluster
from tests.controller.fakes import make_controller


class World:
    """What the company looks at."""

    def __init__(self, *join: str) -> None:
        self.others: list[str] = []
        self.counters: Counter[str] = Counter()
        controller, self.shell = make_controller()
        cluster = Cluster("blue", "a", join=join)
        Company(controller, cluster, lambda: self.others, self.counters).begin()

    def look(self, times: int = 1) -> None:
        """Have it look so often."""
        self.shell.pass_time(times * LOOK_S)


def test_where_nobody_answers_is_said_and_not_too_often(caplog: pytest.LogCaptureFixture) -> None:
    world = World("10.0.0.2", "10.0.0.3:8000")
    world.look(50)
    text = "no other replica answers at 10.0.0.2, 10.0.0.3:8000; we go on trying"
    assert [record.getMessage() for record in caplog.records] == [text] * 4


def test_who_joins_nobody_or_has_found_somebody_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    World().look()
    world = World("10.0.0.2")
    world.others = ["b"]
    world.look()
    assert not caplog.records


@pytest.mark.parametrize(
    ("name", "who"), [("wrong_label", "another cluster"), ("not_decryptable", "another --key")]
)
def test_strangers_are_told_while_they_talk(
    name: str, who: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.counters[name] = 3
    world.look(10)
    (record,) = caplog.records
    assert "do not understand (3 times): from" in record.getMessage()
    assert who in record.getMessage()
    world.counters[name] += 1
    world.look()
    assert len(caplog.records) == 2
