"""The table of members, and the order in which they are probed."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from apps.swim.address import Address
from apps.swim.members import Member, Members, Roster, Round, State

AT = Address(bytes(4), 1)


def member(number: int, state: State = State.ALIVE, since: float = 0.0) -> Member:
    return Member(f"h{number}", AT, state=state, since=since)


changes = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(State), st.booleans()), max_size=40)


@given(st.sets(st.integers(0, 9)), changes)
def test_a_table_on_a_shared_roster_is_as_one_of_its_own(
    shared: set[int], puts: list[tuple[int, State, bool]]
) -> None:
    roster = Roster([member(n) for n in sorted(shared)])
    table = Members(roster)
    plain = {f"h{n}": member(n) for n in sorted(shared)}
    for number, state, forget in puts:
        changed = member(number, state)
        table.put(changed)
        plain[changed.name] = changed
        if forget:
            lost = table.forget(1.0, "h0")
            assert lost == {m.name for m in plain.values() if m.gone and m.name != "h0"}
            plain = {name: m for name, m in plain.items() if name not in lost}
    assert dict(table) == plain
    assert [table.at_place(place) for place in range(len(table))] == list(table.values())
    assert table.here == sum(not m.gone for m in plain.values())
    assert table.failed == {m.name for m in plain.values() if m.state is State.DEAD}
    assert dict(roster.members) == {f"h{n}": member(n) for n in sorted(shared)}


def test_only_who_has_been_gone_for_long_is_forgotten() -> None:
    table = Members()
    for gone in (member(1, State.DEAD, 5), member(2, State.LEFT, 1), member(3)):
        table.put(gone)
    assert table.forget(3.0, "h9") == {"h2"}
    assert list(table) == ["h1", "h3"]


def test_what_has_changed_last_stays_the_latest_when_others_are_forgotten() -> None:
    table = Members()
    for changed in (*map(member, range(1, 5)), member(1), member(2, State.DEAD)):
        table.put(changed)
    assert table.forget(1.0, "h9") == {"h2"}
    assert [one.name for one in table.latest(2)] == ["h1", "h4"]


@given(st.integers(0, 300), st.integers(1, 4), st.integers())
def test_who_is_chosen_fits_and_is_chosen_once(size: int, count: int, seed: int) -> None:
    table = Members()
    for number in range(size):
        table.put(member(number, State.ALIVE if number % 3 else State.DEAD))
    chosen = table.choose(Random(seed), count, lambda m: not m.gone)
    assert len({m.name for m in chosen}) == len(chosen) <= count
    assert not any(m.gone for m in chosen)
    if size <= 32:
        assert len(chosen) == min(count, table.here)


def test_the_choice_is_fair() -> None:
    table, rng = Members(), Random(3)
    for number in range(20):
        table.put(member(number))
    counts = dict.fromkeys(table, 0)
    for _ in range(4000):
        for chosen in table.choose(rng, 3, lambda m: True):
            counts[chosen.name] += 1
    assert 450 < min(counts.values()) <= max(counts.values()) < 750


@given(st.integers(1, 40), st.integers())
def test_a_round_goes_through_every_place_once(total: int, seed: int) -> None:
    order, rng = Round(), Random(seed)
    for _ in range(3):
        places = [order.step(total, rng) for _ in range(total)]
        assert sorted(p for p in places if p is not None) == list(range(total))
        assert order.step(total, rng) is None


@given(st.lists(st.integers(0, 3), max_size=30), st.integers())
def test_who_comes_during_a_round_has_a_turn_in_it(growth: list[int], seed: int) -> None:
    order, rng, total, seen = Round(), Random(seed), 1, []
    steps = iter(growth)
    while (place := order.step(total, rng)) is not None:
        seen.append(place)
        total += next(steps, 0)
    assert sorted(seen) == list(range(total))


def test_every_order_of_a_round_is_as_likely() -> None:
    counts: dict[tuple[int | None, ...], int] = {}
    rng = Random(5)
    for _ in range(6000):
        order = Round()
        places = tuple(order.step(3, rng) for _ in range(3))
        counts[places] = counts.get(places, 0) + 1
    assert len(counts) == 6
    assert min(counts.values()) > 850
