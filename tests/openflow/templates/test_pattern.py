"""`openflow.templates.pattern`: places are found where they are, and nothing else is taken for one."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow.templates.pattern import PORTS, TAGS, Domain, Pattern, Place, Unplaced, find

Arguments = Sequence[Any]


def message(body: bytes) -> bytes:
    """A message with xid 0, as patterns are made of."""
    return b"\x04\x00" + struct.pack(">HI", 8 + len(body), 0) + body


def places(pattern: Pattern) -> list[tuple[int, int, int]]:
    return [(place.argument, place.offset, place.size) for place in pattern.places]


class TestFinding:
    @pytest.mark.parametrize("code", "BHIQ")
    def test_a_number_is_found_with_all_its_bytes(self, code: str) -> None:
        pattern = find(lambda a: message(struct.pack(f">x{code}x", *a)), [3], {0: None})
        assert places(pattern) == [(0, 9, struct.calcsize(f">{code}"))]
        assert pattern.places[0].domain == Domain((1 << 8 * struct.calcsize(f">{code}")) - 1)

    def test_neighbours_are_told_apart(self) -> None:
        pattern = find(
            lambda a: message(struct.pack(">HHI", *a)), [1, 2, 3], dict.fromkeys(range(3))
        )
        assert places(pattern) == [(0, 8, 2), (1, 10, 2), (2, 12, 4)]

    def test_a_number_may_stand_in_several_places_side_by_side_or_not(self) -> None:
        pattern = find(lambda a: message(struct.pack(">HHxH", *a, *a, *a)), [1], {0: None})
        assert places(pattern) == [(0, 8, 2), (0, 10, 2), (0, 13, 2)]

    def test_a_known_bound_is_kept(self) -> None:
        pattern = find(lambda a: message(struct.pack(">H", *a)), [1], {0: 0x1FFF})
        assert pattern.places[0].domain == Domain(0x1FFF)

    def test_a_number_of_version_1_0_s_ports_leaves_out_those_that_there_are_not(self) -> None:
        def render(arguments: Arguments) -> bytes:
            (port,) = arguments
            if 0xFF00 <= port < 0xFFFF_FF00 or port > 0xFFFF_FFFF:
                raise ValueError(port)
            return message(struct.pack(">H", port & 0xFFFF))

        assert find(render, [1], {0: None}).places == (Place(0, 8, 2, PORTS),)

    def test_a_vlan_id_of_version_1_0_is_written_without_the_bit_that_says_it_is_there(
        self,
    ) -> None:
        def render(arguments: Arguments) -> bytes:
            (vid,) = arguments
            if vid and not 0x1000 <= vid < 0x2000:
                raise ValueError(vid)
            return message(struct.pack(">H", vid & 0xFFF if vid else 0xFFFF))

        assert find(render, [0x1001], {0: 0x1FFF}).places == (Place(0, 8, 2, TAGS),)

    def test_what_is_not_used_has_no_place(self) -> None:
        assert find(lambda a: message(b"x"), [1], {0: None}).places == ()

    @pytest.mark.parametrize(
        "render",
        [
            lambda a: message(struct.pack(">H", a[0] ^ 0x8000)),
            lambda a: message(struct.pack(">H", a[0] + 1 & 0xFFFF)),
            lambda a: message(struct.pack("<H", a[0])),
            lambda a: message(struct.pack(">H", 7 if a[0] == 0xFFFF else a[0])),
            lambda a: message(bytes(a[0] % 8)),
            lambda a: message(b"") if a[0] == 0 else 1 / 0,
        ],
        ids=[
            "a bit turned",
            "one more",
            "little-endian",
            "an exception",
            "a length",
            "one number only",
        ],
    )
    def test_what_is_written_otherwise_is_unplaced(self, render: Any) -> None:
        with pytest.raises(Unplaced) as error:
            find(render, [0], {0: None})
        assert error.value.arguments == {0}

    def test_only_the_one_that_is_written_otherwise_is_unplaced(self) -> None:
        with pytest.raises(Unplaced) as error:
            find(
                lambda a: message(struct.pack(">HI", a[0], a[1] * a[1] % 97)),
                [1, 1],
                {0: None, 1: None},
            )
        assert error.value.arguments == {1}

    def test_arguments_that_change_each_other_s_places_are_unplaced(self) -> None:
        def render(arguments: Arguments) -> bytes:
            one, other = arguments
            return message(
                struct.pack(">HH", one, other) if other < 99 else struct.pack(">HH", other, one)
            )

        with pytest.raises(Unplaced):
            find(render, [1, 1], {0: None, 1: None})

    def test_bytes_at_the_end_follow(self) -> None:
        pattern = find(lambda a: message(struct.pack(">H", a[0]) + a[1]), [1, b"abc"], {0: None}, 1)
        assert (places(pattern), pattern.rest) == ([(0, 8, 2)], 1)
        assert pattern.fill((258, b"xyz"), 9) == b"\x04\x00\x00\x0d\x00\x00\x00\x09\x01\x02xyz"

    @pytest.mark.parametrize(
        "render",
        [
            lambda a: message(a[0] + b"!"),
            lambda a: message(a[0].ljust(8)),
            lambda a: message(a[0] * 2),
        ],
        ids=["before the end", "padded", "twice"],
    )
    def test_bytes_that_are_not_simply_the_end_are_unplaced(self, render: Any) -> None:
        with pytest.raises(Unplaced):
            find(render, [b""], {}, 0)


class TestFilling:
    @given(st.integers(-2, 1 << 33), st.integers(0, 0xFFFF_FFFF))
    def test_a_number_is_filled_in_when_it_is_of_its_domain(self, number: int, xid: int) -> None:
        for domain in (Domain(0xFFFF), PORTS, TAGS):
            filled = Pattern(message(b"\7\7"), (Place(0, 8, 2, domain),)).fill([number], xid)
            assert (filled is not None) == (number in domain)
            if filled is not None:
                assert filled[4:] == struct.pack(">IH", xid, domain.wire(number, 2))

    def test_a_message_has_65535_bytes_at_most(self) -> None:
        pattern = Pattern(message(b""), (), rest=0)
        assert len(pattern.fill([bytes(0xFFFF - 8)], 0) or b"") == 0xFFFF
        assert pattern.fill([bytes(0xFFFF - 7)], 0) is None
