"""How much a port may send us."""

from __future__ import annotations

from apps.membership.network.limits import BURST_S, Limits


def test_every_port_has_its_rate_and_all_have_one() -> None:
    limits = Limits(10.0, 25.0, 0.0)
    burst = int(10 * BURST_S)
    found = [limits.refuse((1, 1), 0.0) for _ in range(burst + 1)]
    assert found == [""] * burst + ["port_limited"]
    assert [limits.refuse((1, 2), 0.0) for _ in range(burst)] == [""] * burst
    assert "limited" in [limits.refuse((1, 3), 0.0) for _ in range(burst)]
    assert limits.refuse((1, 1), 10.0) == ""


def test_who_goes_on_is_to_be_cut_off() -> None:
    limits = Limits(10.0, 1000.0, 0.0)
    found = [limits.refuse((1, 1), 0.0) for _ in range(100)]
    assert found.count("ports_cut") == (100 - 20) // 10
