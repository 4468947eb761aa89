"""Members that speak Serf, with each other."""

from __future__ import annotations

from apps.swim.config import FAST, Config
from apps.swim.effects import Kind
from apps.swim.members import State
from apps.swim.serf_messages import unpack
from apps.swim.transport.serf import SerfSwim
from tests.apps.swim.transport.members import ANY_PORT, CALM, Diary, member, sees
from tests.loops import on_a_loop, until


def serf_member(name: str, *others: SerfSwim, config: Config = CALM) -> SerfSwim:
    """A member that joins others."""
    return SerfSwim(name, config, bind=ANY_PORT, join=[str(other.address) for other in others])


def leavers(swim: SerfSwim) -> list[bytes]:
    """Who has left or is about to, as it tells its peers."""
    found: list[bytes] = unpack(swim.shared[1:])[b"LeftMembers"]
    return found


@on_a_loop
async def test_who_leaves_says_so_first() -> None:
    async with serf_member("a") as a, serf_member("b", a) as b:
        diary = Diary(a)
        await until(lambda: sees(a, b=State.ALIVE))
        await b.leave()
        await until(lambda: sees(a, b=State.LEFT))
        assert leavers(a) == [b"b"]
        await b.leave()
        assert diary.kinds("b") == [Kind.MEMBER_LEAVE]
        assert await b.join([str(a.address)]) == 1
        await until(lambda: sees(a, b=State.ALIVE))
        await until(lambda: leavers(a) == [])


@on_a_loop
async def test_who_dies_while_it_leaves_has_left() -> None:
    async with (
        serf_member("a", config=FAST) as a,
        serf_member("b", a, config=FAST) as b,
        serf_member("c", a, b, config=FAST),
    ):
        diary = Diary(a)
        await until(lambda: len(a.members) == len(b.members) == 3)
        b._driver.do(b._side.leave(b._driver.now))
        await until(lambda: leavers(a) == [b"b"])
        await b.close()
        await until(lambda: a.members["b"].state is State.LEFT)
        # Whether it failed first, to a, depends on who finds out first.
        assert diary.kinds("b")[-1] is Kind.MEMBER_LEAVE


@on_a_loop
async def test_what_others_say_that_is_not_serfs_is_counted() -> None:
    async with member("plain") as plain:
        plain.shared = b"something else"
        async with SerfSwim("a", CALM, bind=ANY_PORT, join=[str(plain.address)]) as a:
            plain.send("a", b"\x63") if "a" in plain.members else None
            await until(lambda: a.counters["not_serf"] >= 1)
            assert sees(a, plain=State.ALIVE)
