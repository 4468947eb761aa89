"""How long a suspect has to clear itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.config import LAN
from apps.swim.effects import Kind
from apps.swim.members import State
from apps.swim.messages import Dead, Suspect
from apps.swim.suspicion import Suspicion, confirmations_wanted, least_timeout, timeout
from tests.apps.swim.cores import Driven, alive, kinds, sent

QUIET = replace(LAN, probe_interval_s=1.0, push_pull_interval_s=1e6, reconnect_interval_s=1e6)


@pytest.mark.parametrize(
    ("confirmations", "seconds"), [(0, 30.0), (1, 16.0), (2, 7.81), (3, 2.0), (4, 2.0)]
)
def test_the_time_falls_by_the_logarithm_of_who_confirms(
    confirmations: int, seconds: float
) -> None:
    assert timeout(confirmations, 3, 2.0, 30.0) == pytest.approx(seconds, abs=0.01)


@given(st.integers(1, 10), st.floats(0.1, 10), st.floats(1, 10))
def test_more_who_confirm_never_make_it_longer(wanted: int, least: float, factor: float) -> None:
    times = [timeout(n, wanted, least, least * factor) for n in range(wanted + 2)]
    assert times == sorted(times, reverse=True)
    assert times[0] == pytest.approx(least * factor)
    assert times[-1] == least


def test_the_least_time_grows_with_the_logarithm_of_the_cluster() -> None:
    times = [least_timeout(4, n, 1.0) for n in (0, 1, 10, 100, 1000)]
    assert times == pytest.approx([4, 4, 4, 8, 12])


def test_a_small_cluster_has_nobody_to_wait_for() -> None:
    assert [confirmations_wanted(4, n) for n in (2, 3, 4, 100)] == [0, 0, 2, 2]


def test_each_member_confirms_once_and_the_first_never() -> None:
    suspicion = Suspicion("a", 2, 1.0, 6.0, 0.0)
    assert [suspicion.confirm(name) for name in "abbcd"] == [False, True, False, True, False]
    assert suspicion.confirmations == 2


@pytest.mark.parametrize(("wanted", "confirmed"), [(0, True), (1, False), (2, False)])
def test_who_accuses_alone_has_confirmed_it_only_where_nobody_else_could(
    wanted: int, *, confirmed: bool
) -> None:
    suspicion = Suspicion("a", wanted, 1.0, 6.0, 0.0)
    assert suspicion.confirmed is confirmed
    suspicion.confirm("b")
    assert suspicion.confirmed


def suspected() -> Driven:
    """A core among ten, in which h1 is suspected by h2, and nobody is probed."""
    core = Driven(9, replace(QUIET, probe_interval_s=1.0, tcp_pings=False))
    core.swim._prober.stop()
    core.hear(Suspect(1, "h1", "h2"))
    return core


def test_a_suspect_that_nobody_confirms_has_long() -> None:
    core = suspected()
    core.wait(23.9)
    assert core.member(1).state is State.SUSPECT
    assert Kind.MEMBER_FAILED in kinds(core.wait(0.2))


def test_a_suspect_that_others_confirm_has_little_time_and_what_they_say_goes_on() -> None:
    core = suspected()
    core.wait(1)
    core.effects.clear()
    core.hear(Suspect(1, "h1", "h3"), Suspect(1, "h1", "h4"))
    core.wait(2.9)
    assert core.member(1).state is State.SUSPECT
    assert Suspect(1, "h1", "h4") in [message for message, _ in sent(core.effects, Suspect)]
    assert kinds(core.wait(0.2)) == [Kind.MEMBER_FAILED]


def test_confirmations_that_come_late_condemn_at_once() -> None:
    core = suspected()
    core.wait(20)
    core.hear(Suspect(1, "h1", "h3"), Suspect(1, "h1", "h4"))
    assert kinds(core.wait(0)) == [Kind.MEMBER_FAILED]


def test_the_same_member_saying_it_again_makes_it_no_shorter() -> None:
    core = suspected()
    for _ in range(5):
        core.hear(Suspect(1, "h1", "h2"), Suspect(1, "h1", "h3"))
    core.wait(8)
    assert core.member(1).state is State.SUSPECT


def test_one_that_clears_itself_is_not_condemned_later() -> None:
    core = suspected()
    core.hear(Suspect(1, "h1", "h3"))
    assert kinds(core.hear(alive(1, 2))) == [Kind.MEMBER_CLEARED]
    core.wait(40)
    assert core.member(1).state is State.ALIVE


def test_the_verdict_is_told_in_our_name() -> None:
    core = suspected()
    core.wait(25)
    assert Dead(1, "h1", "h0") in [message for message, _ in sent(core.effects, Dead)]


def test_who_clears_itself_and_is_suspected_again_has_the_whole_time() -> None:
    core = suspected()
    core.wait(20)
    core.hear(alive(1, 2))
    core.hear(Suspect(2, "h1", "h2"))
    core.wait(20)
    assert core.member(1).state is State.SUSPECT
