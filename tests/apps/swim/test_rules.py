"""What becomes of a claim about a member."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.swim.config import LAN
from apps.swim.effects import Event, Kind
from apps.swim.members import State
from apps.swim.messages import Alive, Dead, Message, NodeState, Suspect
from tests.apps.swim.cores import VSN, Driven, alive, at, kinds, sent


def test_who_is_alive_joins_and_the_rumour_goes_on() -> None:
    core = Driven()
    effects = core.hear(alive(1, meta=b"web"))
    assert kinds(effects) == [Kind.MEMBER_JOIN]
    assert core.member(1).meta == b"web"
    assert alive(1, meta=b"web") in [message for message, _ in sent(core.wait(1), Alive)]


def test_an_old_alive_message_does_not_resurrect_a_dead_member() -> None:
    core = Driven(3)
    core.hear(Dead(5, "h1", "h2"))
    for incarnation in (1, 4, 5):
        assert kinds(core.hear(alive(1, incarnation))) == []
        assert core.member(1).state is State.DEAD
    assert kinds(core.hear(alive(1, 6))) == [Kind.MEMBER_JOIN]


def test_an_old_alive_message_does_not_clear_a_suspect() -> None:
    core = Driven(3)
    core.hear(alive(1, 7), Suspect(7, "h1", "h2"))
    assert kinds(core.hear(alive(1, 7))) == []
    assert core.member(1).state is State.SUSPECT


def test_a_death_is_never_drowned_by_an_older_rumour() -> None:
    core = Driven(3)
    core.hear(alive(1, 4))
    core.hear(Dead(4, "h1", "h2"))
    core.hear(alive(1, 4), Suspect(4, "h1", "h3"), Suspect(3, "h1", "h3"), alive(1, 3))
    assert core.member(1).state is State.DEAD
    effects = core.wait(0.3)
    assert Dead(4, "h1", "h2") in [message for message, _ in sent(effects, Dead)]
    assert "h1" not in {message.node for message, _ in sent(effects, Alive)}
    assert "h1" not in {message.node for message, _ in sent(effects, Suspect)}


def test_who_suspects_one_that_is_dead_by_now_does_not_drown_the_death() -> None:
    core = Driven(9)
    core.hear(Suspect(1, "h1", "h2"), Dead(1, "h1", "h2"), Suspect(1, "h1", "h3"))
    effects = core.wait(0.3)
    assert Dead(1, "h1", "h2") in [message for message, _ in sent(effects, Dead)]
    assert sent(effects, Suspect) == []


def test_an_accusation_of_a_newer_incarnation_outweighs_the_words_of_an_older_one() -> None:
    core = Driven(9)
    core.hear(Suspect(1, "h1", "h2"), Suspect(3, "h1", "h2"))
    assert kinds(core.hear(alive(1, 2), alive(1, 3))) == []
    assert kinds(core.hear(alive(1, 4))) == [Kind.MEMBER_CLEARED]


def test_a_wrongly_suspected_member_clears_itself() -> None:
    core = Driven(3)
    core.hear(Suspect(1, "h0", "h1"))
    assert core.swim.me.state is State.ALIVE
    assert core.swim.me.incarnation == 2
    assert core.swim.health == core.swim.counters["refuted"] == 1
    told = {
        message.incarnation for message, _ in sent(core.wait(0.3), Alive) if message.node == "h0"
    }
    assert told == {2}


def test_one_that_is_taken_for_dead_refutes_beyond_what_it_is_accused_of() -> None:
    core = Driven(3)
    core.hear(Dead(41, "h0", "h1"))
    assert (core.swim.me.state, core.swim.me.incarnation) == (State.ALIVE, 42)


def test_an_accusation_of_an_earlier_incarnation_is_no_news() -> None:
    core = Driven(3)
    core.hear(Suspect(1, "h0", "h1"))
    core.hear(Suspect(1, "h0", "h2"), Dead(1, "h0", "h2"))
    assert core.swim.me.incarnation == 2


def test_who_lived_before_under_our_name_is_outdone() -> None:
    core = Driven(1)
    core.hear(alive(0, 9, b"old"))
    assert (core.swim.me.incarnation, core.swim.me.meta) == (10, b"")


def test_other_words_of_ours_in_the_same_incarnation_are_outdone() -> None:
    core = Driven(1)
    core.hear(alive(0, 1, b""))
    assert core.swim.me.incarnation == 1
    core.hear(alive(0, 1, b"of an earlier life"))
    assert core.swim.me.incarnation == 2


def test_a_member_with_the_same_name_at_another_address_is_a_conflict_reported_once() -> None:
    core = Driven(2)
    before = core.snapshot()
    stranger = replace(alive(1, 9), addr=at(77).ip)
    effects = core.hear(stranger, stranger) + core.hear(stranger)
    assert effects == [Event(Kind.MEMBER_CONFLICT, before["h1"], at(77))]
    assert core.swim.counters["conflicts"] == 3
    assert core.snapshot() == before


def test_a_conflict_is_reported_again_once_the_member_has_said_that_it_lives() -> None:
    core = Driven(1)
    stranger = replace(alive(1, 9), addr=at(77).ip)
    assert kinds(core.hear(stranger, alive(1, 2), stranger)) == [Kind.MEMBER_CONFLICT] * 2


def test_the_dead_are_forgotten_after_their_time_and_what_conflicted_with_them_too() -> None:
    core = Driven(2, replace(LAN, forget_s=20.0, suspicion_mult=1000))
    stranger = replace(alive(1, 9), addr=at(77).ip)
    core.hear(stranger, Dead(1, "h1", "h2"))
    core.wait(19)
    assert "h1" in core.swim.members
    core.wait(10)
    assert "h1" not in core.swim.members
    assert kinds(core.hear(alive(1), stranger)) == [Kind.MEMBER_JOIN, Kind.MEMBER_CONFLICT]


def test_somebody_with_our_own_name_is_a_conflict() -> None:
    core = Driven(1)
    effects = core.hear(replace(alive(0, 9), port=1))
    assert kinds(effects) == [Kind.MEMBER_CONFLICT]
    assert core.swim.me.incarnation == 1


def test_a_dead_name_is_reclaimed_only_after_its_time() -> None:
    core = Driven(3, replace(LAN, reclaim_s=10.0, probe_interval_s=1e6))
    core.hear(Dead(1, "h1", "h2"))
    elsewhere = replace(alive(1), addr=at(77).ip)
    core.wait(9)
    assert kinds(core.hear(elsewhere)) == [Kind.MEMBER_CONFLICT]
    core.wait(2)
    assert kinds(core.hear(elsewhere)) == [Kind.MEMBER_JOIN]
    assert core.member(1).at == at(77)


def test_a_death_counts_from_when_it_was_first_heard_of() -> None:
    core = Driven(3, replace(LAN, reclaim_s=10.0, probe_interval_s=1e6))
    core.hear(Dead(1, "h1", "h2"))
    core.wait(9)
    core.hear(Dead(2, "h1", "h2"))
    core.wait(2)
    assert kinds(core.hear(replace(alive(1), addr=at(77).ip))) == [Kind.MEMBER_JOIN]


def test_without_a_time_to_reclaim_a_dead_name_keeps_its_address() -> None:
    core = Driven(3, replace(LAN, probe_interval_s=1e6))
    core.hear(Dead(1, "h1", "h2"))
    core.wait(1000)
    assert kinds(core.hear(replace(alive(1, 5), addr=at(77).ip))) == [Kind.MEMBER_CONFLICT]


def test_the_name_of_one_that_has_left_is_free_at_once() -> None:
    core = Driven(3)
    assert kinds(core.hear(Dead(1, "h1", "h1"))) == [Kind.MEMBER_LEAVE]
    assert kinds(core.hear(replace(alive(1, 1), addr=at(77).ip))) == [Kind.MEMBER_JOIN]


def test_one_that_was_taken_for_dead_may_still_say_that_it_left() -> None:
    core = Driven(3)
    core.hear(Dead(1, "h1", "h2"))
    assert kinds(core.hear(Dead(1, "h1", "h1"))) == [Kind.MEMBER_LEAVE]
    assert kinds(core.hear(Dead(1, "h1", "h2"))) == []
    assert core.member(1).state is State.LEFT


def test_one_that_has_left_may_have_come_back_and_failed_before_one_hears_of_it() -> None:
    core = Driven(1)
    core.hear(Dead(1, "h1", "h1"))
    assert kinds(core.hear(Dead(2, "h1", "h2"))) == [Kind.MEMBER_FAILED]
    assert (core.member(1).state, core.member(1).incarnation) == (State.DEAD, 2)


def test_new_metadata_is_an_update() -> None:
    core = Driven(1)
    assert kinds(core.hear(alive(1, 2, b"x"))) == [Kind.MEMBER_UPDATE]
    assert kinds(core.hear(alive(1, 3, b"x"))) == []


def test_who_does_not_tell_its_versions_still_has_those_that_it_had() -> None:
    core = Driven(1)
    core.hear(replace(alive(1, 2), vsn=b""))
    assert (core.member(1).incarnation, core.member(1).versions) == (2, VSN)
    core.hear(replace(alive(2), vsn=b"\1"))
    assert core.member(2).protocol_most == 0


def test_nobody_joins_before_its_first_incarnation() -> None:
    assert Driven().hear(alive(1, 0)) == []


def test_nobody_is_suspected_or_dead_whom_one_has_never_heard_of() -> None:
    core = Driven(1)
    assert core.hear(Suspect(1, "h9", "h1"), Dead(1, "h9", "h1")) == []
    assert len(core.swim.members) == 2


@pytest.mark.parametrize(
    "claim",
    [
        replace(alive(1), addr=b"\n\0\0"),
        replace(alive(1), vsn=bytes([3, 2, 2, 0, 0, 0])),
        replace(alive(1), vsn=bytes([0, 2, 2, 0, 0, 0])),
        replace(alive(1), node=""),
    ],
)
def test_an_alive_message_that_cannot_be_is_counted(claim: Alive) -> None:
    core = Driven()
    assert core.hear(claim) == []
    assert core.swim.counters["malformed"] == 1
    assert list(core.swim.members) == ["h0"]


def test_who_understands_one_version_only_can_be_a_member() -> None:
    claim = replace(alive(1), vsn=bytes([5, 5, 5, 2, 5, 4]))
    assert kinds(Driven().hear(claim)) == [Kind.MEMBER_JOIN]


def test_the_table_is_bounded() -> None:
    core = Driven(0, replace(LAN, members_most=3))
    core.hear(*map(alive, range(1, 6)))
    assert len(core.swim.members) == 3
    assert core.swim.counters["members_refused"] == 3


def test_ipv4_in_sixteen_bytes_is_the_same_address() -> None:
    core = Driven(1)
    mapped = bytes(10) + b"\xff\xff" + at(1).ip
    assert kinds(core.hear(replace(alive(1, 2), addr=mapped))) == []
    assert core.member(1).incarnation == 2


# --- push-pull ----------------------------------------------------------------------------------


def state_of(number: int, state: State, incarnation: int = 1) -> NodeState:
    claim = alive(number)
    return NodeState(claim.node, claim.addr, claim.port, b"", incarnation, state, VSN)


def test_who_is_dead_to_a_peer_is_only_a_suspect() -> None:
    core = Driven(3)
    core.swim.merge([state_of(1, State.DEAD)], core.now)
    assert core.member(1).state is State.SUSPECT


def test_who_has_left_by_a_peer_s_account_has_left() -> None:
    core = Driven(3)
    core.swim.merge([state_of(1, State.LEFT)], core.now)
    assert core.member(1).state is State.LEFT


def test_a_late_joiner_learns_everyone_and_who_is_suspected_too() -> None:
    core = Driven()
    core.swim.merge([state_of(1, State.ALIVE), state_of(2, State.SUSPECT)], core.now)
    assert core.member(1).state is State.ALIVE
    assert core.member(2).state is State.SUSPECT


def test_a_late_joiner_does_not_take_the_dead_for_members() -> None:
    core = Driven()
    core.swim.merge([state_of(1, State.DEAD), state_of(2, State.LEFT)], core.now)
    assert list(core.swim.members) == ["h0"]


# --- any order ----------------------------------------------------------------------------------

claims = st.one_of(
    st.integers(1, 4).map(lambda n: alive(1, n)),
    st.builds(Suspect, st.integers(1, 4), st.just("h1"), st.sampled_from(["h0", "h2", "h3"])),
    st.builds(Dead, st.integers(1, 4), st.just("h1"), st.sampled_from(["h1", "h2"])),
)


def rank(claim: Message) -> tuple[int, int]:
    """The incarnation, and then how strong the claim is."""
    assert isinstance(claim, Alive | Suspect | Dead)
    if isinstance(claim, Dead):
        state = State.LEFT if claim.from_ == claim.node else State.DEAD
        return claim.incarnation, state
    return claim.incarnation, State.ALIVE if isinstance(claim, Alive) else State.SUSPECT


@given(st.lists(claims, min_size=1, max_size=12))
def test_the_strongest_claim_is_believed_at_last_in_whatever_order_they_come(
    heard: list[Message],
) -> None:
    core = Driven(3)
    for claim in heard:
        core.hear(claim)
        known = core.member(1)
        assert (known.incarnation, known.state) <= max([(1, State.ALIVE), *map(rank, heard)])
    best = max([(1, int(State.ALIVE)), *map(rank, heard)])
    # What a suspect of a newer incarnation says of one that is dead waits for that incarnation's own words.
    core.hear(alive(1, best[0]), *[claim for claim in heard if rank(claim) == best])
    assert (core.member(1).incarnation, core.member(1).state) == best


@given(st.lists(claims, max_size=12))
def test_what_is_known_never_becomes_older(heard: list[Message]) -> None:
    core = Driven(3)
    for claim in heard:
        before = core.member(1)
        core.hear(claim)
        after = core.member(1)
        assert (after.incarnation, after.state) >= (before.incarnation, before.state)
