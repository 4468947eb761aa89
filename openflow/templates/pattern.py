"""The bytes of a message with places where arguments go: found by trying, and filled in.

`find` is given a function that renders a message, and arguments that it can be rendered with. It learns where an
argument stands from what changes when the argument does, supposes how it is written there, and then proves it: with
every edge of the argument's range, alone and with all the others, the pattern must give the very bytes that rendering
gives. Arguments that do not pass are named in `Unplaced`. Nothing here knows messages; who calls it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

__all__ = ["Domain", "Pattern", "Place", "Unplaced", "find"]

Render = Callable[[Sequence[Any]], bytes]

_MOST_BYTES = 0xFFFF
"""Of a message, whose length stands in bytes 2 and 3; its transaction id in the next four (OpenFlow 1.3.5, 7.1)."""


@dataclass(frozen=True)
class Domain:
    """Numbers that are all written alike: 0 to `last`, and from `second` to `end` if there is a second range.

    They are written as their low bytes; 1.0's ports are, with a gap between ordinary and reserved ones. With `tag`
    they are written as 1.0's VLAN ids: without the bit OFPVID_PRESENT, and 0 as 0xffff (1.0.2, 5.2.3).
    """

    last: int
    second: int = 0
    end: int = -1
    tag: bool = False

    def __contains__(self, value: int) -> bool:
        return 0 <= value <= self.last or self.second <= value <= self.end

    def wire(self, value: int, size: int) -> int:
        """What stands for a number of the domain at a place of so many bytes."""
        if self.tag:
            value = value & 0xFFF if value else 0xFFFF
        return value & (1 << 8 * size) - 1

    @cached_property
    def pair(self) -> tuple[int, int]:
        """Two numbers that differ in every byte in which any may differ."""
        if self.end >= 0:
            return self.second + 0x12 if self.tag else 0x1122, self.end - 2
        one = int.from_bytes(bytes(range(0x11, 0x21)), "big") & self.last
        return one, one ^ self.last

    @property
    def few(self) -> list[int]:
        """The edges themselves, and some numbers between."""
        return [v for v in (0, self.last, self.second, self.end, *self.pair) if v in self]

    @cached_property
    def samples(self) -> list[int]:
        """Numbers at and beside the edges that a field of some width may have, and some between."""
        edges = {0, self.last, self.second, self.end, *self.pair, 0x1000, 0xFF00, 0xFFF8}
        edges |= {1 << bits for bits in range(0, 129, 8)}
        near = {edge + step for edge in edges for step in (-1, 0, 1)}
        return sorted(value for value in near if value in self)


PORTS = Domain(0xFEFF, 0xFFFF_FF00, 0xFFFF_FFFF)
TAGS = Domain(0, 0x1000, 0x1FFF, tag=True)
_BYTES = bytes(range(256)) * 6
_TOPS = (*((1 << width) - 1 for width in (128, 64, 48, 32, 16)), PORTS.last, 0xFF, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an argument stands: its number, offset and size in bytes, and the numbers that may stand there."""

    argument: int
    offset: int
    size: int
    domain: Domain


@dataclass(frozen=True)
class Pattern:
    """A message's bytes with places; `rest` is the number of the argument that follows them, -1 for none."""

    frame: bytes
    places: tuple[Place, ...]
    rest: int = -1

    def fill(self, arguments: Sequence[Any], xid: int) -> bytes | None:
        """The message with these arguments; None when one of them is not of its domain."""
        number, size, places = self._sum
        for argument, plain, shift, place in places:
            value = arguments[argument]
            if not 0 <= value <= plain:
                if value not in place.domain:
                    return None
                value = place.domain.wire(value, place.size)
            number += value << shift
        rest = arguments[self.rest] if self.rest >= 0 else b""
        if size + len(rest) > _MOST_BYTES:
            return None
        number += (size + len(rest) << 8 * (size - 4)) + (xid << 8 * (size - 8))
        return number.to_bytes(size, "big") + rest

    @cached_property
    def _sum(self) -> tuple[int, int, list[tuple[int, int, int, Place]]]:
        """The frame, without its length, as a number to which the arguments are added in their places.

        For each place the argument, the last number that is added as it is, and how far to the left.
        """
        frame = bytearray(self.frame)
        frame[2:4] = bytes(2)
        places: list[tuple[int, int, int, Place]] = []
        for place in self.places:
            stop = place.offset + place.size
            frame[place.offset : stop] = bytes(place.size)
            plain = -1 if place.domain.tag else place.domain.last
            places.append((place.argument, plain, 8 * (len(frame) - stop), place))
        return int.from_bytes(frame, "big"), len(frame), places


class Unplaced(Exception):
    """These arguments have no place of their own: the bytes depend on them in other ways."""

    def __init__(self, arguments: set[int]) -> None:
        super().__init__(arguments)
        self.arguments = arguments


def find(
    render: Render, arguments: Sequence[Any], tops: Mapping[int, int | None], rest: int = -1
) -> Pattern:
    """The pattern of what `render` gives; it must give something for these arguments as they are.

    `tops` has the numbers of the ints that vary, each with the most that it may be if that is known; `rest` is the
    number of the bytes that vary. Raises Unplaced.
    """
    return _Search(render, arguments, rest).find(tops)


class _Search:
    """Looks for places by rendering with other arguments than `base`, one at a time."""

    def __init__(self, render: Render, base: Sequence[Any], rest: int) -> None:
        self._render = render
        self._base = list(base)
        self._rest = rest
        if rest >= 0:
            self._base[rest] = b""
        self._frame = render(self._base)

    def find(self, tops: Mapping[int, int | None]) -> Pattern:
        found = {argument: self._places(argument, top) for argument, top in tops.items()}
        unplaced = {argument for argument, places in found.items() if places is None}
        if self._rest >= 0 and not self._rest_follows():
            unplaced.add(self._rest)
        if unplaced:
            raise Unplaced(unplaced)
        places = tuple(place for some in found.values() for place in some or ())
        pattern = Pattern(self._frame, places, self._rest)
        if not self._proves(pattern, [domain.samples for domain in _domains(pattern).values()]):
            raise Unplaced({*tops})
        return pattern

    def _rendered(self, changes: Mapping[int, Any]) -> bytes | None:
        """What comes of these arguments in place of the base's; None when it is an error."""
        arguments = [changes.get(i, value) for i, value in enumerate(self._base)]
        try:
            return self._render(arguments)
        except Exception:  # noqa: BLE001 - whatever a template raises for a number that does not suit it
            return None

    def _places(self, argument: int, top: int | None) -> list[Place] | None:
        """Where an argument stands, by the first domain for which that is the same for its edges."""
        for domain in (Domain(self._top(argument, top)), PORTS, TAGS):
            places = self._located(argument, domain)
            if places is None:
                continue
            pattern = Pattern(self._frame, tuple(places))
            if self._proves(pattern, [domain.few for domain in _domains(pattern).values()]):
                return places
        return None

    def _top(self, argument: int, top: int | None) -> int:
        """The most that the argument may be, of some widths and what is known already."""
        tops = _TOPS if top is None else (top, *(t for t in _TOPS if t < top))
        return next((t for t in tops if self._rendered({argument: t}) is not None), 0)

    def _located(self, argument: int, domain: Domain) -> list[Place] | None:
        """The places that change with an argument, unless some do not as this domain would have it."""
        renderings = [self._rendered({argument: value}) for value in domain.pair]
        one, two = renderings
        if one is None or two is None or not len(one) == len(two) == len(self._frame):
            return None
        places: list[Place] = []
        for start, stop in _runs(one, two):
            size = _size(domain, one[start:stop], two[start:stop])
            if size is None:
                return None
            places += [Place(argument, at, size, domain) for at in range(start, stop, size)]
        if not places and domain.last < _TOPS[0]:
            return None  # it stands nowhere, and yet not all numbers will do
        return places

    def _proves(self, pattern: Pattern, samples: list[list[int]]) -> bool:
        """Whether a pattern gives what rendering gives, for samples of all its arguments at once."""
        varied = list(_domains(pattern))
        for turn in range(max(map(len, samples), default=1)):
            changes: dict[int, Any] = {
                argument: numbers[(turn + 5 * place) % len(numbers)]
                for place, (argument, numbers) in enumerate(zip(varied, samples))
            }
            if pattern.rest >= 0:
                changes[pattern.rest] = bytes(turn)
            if not self._agrees(pattern, changes):
                return False
        return True

    def _rest_follows(self) -> bool:
        """Whether the bytes of the last argument stand at the end, as they are, and nothing else changes."""
        pattern = Pattern(self._frame, (), self._rest)
        lengths = (0, 1, 2, 3, 4, 7, 8, 9, 60, 1514)
        return all(self._agrees(pattern, {self._rest: _BYTES[:length]}) for length in lengths)

    def _agrees(self, pattern: Pattern, changes: Mapping[int, Any]) -> bool:
        arguments = [changes.get(i, value) for i, value in enumerate(self._base)]
        return self._rendered(changes) == pattern.fill(arguments, 0)


def _domains(pattern: Pattern) -> dict[int, Domain]:
    """The domain of each argument that has a place."""
    return {place.argument: place.domain for place in pattern.places}


def _runs(one: bytes, two: bytes) -> Iterator[tuple[int, int]]:
    """Where two texts of the same length differ: first offset and the one behind the last, of each run."""
    differing = [offset for offset, (a, b) in enumerate(zip(one, two)) if a != b]
    for _, run in groupby(enumerate(differing), lambda pair: pair[1] - pair[0]):
        offsets = [offset for _, offset in run]
        yield offsets[0], offsets[-1] + 1


def _size(domain: Domain, one: bytes, two: bytes) -> int | None:
    """How many bytes the places take that fill a run, one behind the other; None when it is otherwise."""
    for size in range(1, len(one) + 1):
        times, left = divmod(len(one), size)
        written = [domain.wire(value, size).to_bytes(size, "big") * times for value in domain.pair]
        if not left and written == [one, two]:
            return size
    return None
