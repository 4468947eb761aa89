"""What a flow entry matches: an immutable mapping from field names to values.

A value is an int, or `(value, mask)` when only some bits count; a field that is absent is wildcarded. Text is accepted
and becomes ints: `Match(eth_type=0x0800, ipv4_src="10.0.0.0/8", eth_dst="00:00:00:00:00:01")`. An OXM field that the
catalogue does not know is kept byte for byte under a key such as `0x0002.31` (class, number; `/m` behind it when it
has a mask; an experimenter's is `0xffff:4f4e4600.43`), so that nothing a peer says is lost.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, Unpack

from openflow.addresses import prefix_mask
from openflow.errors import ErrorCode, OpenFlowError
from openflow.fields import FIELDS, KNOWN, Field, Form, Masked, formerly, hint
from openflow.templates.placeholder import Placeholder

if TYPE_CHECKING:
    from openflow.match_fields import MatchFields
    from openflow.packet import Packet
    from openflow.versions import Version

Value = int | Masked | bytes
"""A field's exact value, its value under a mask, or the raw payload of an unknown field."""

_NETWORK = (Form.IPV4, Form.IPV6)


class Match(Mapping[str, Value]):
    """Fields that must have certain values; `Match()` matches every packet.

    Equal matches are equal whatever the order their fields were given in; they are sent with prerequisites first,
    as the specification asks (OpenFlow 1.3.5, 7.2.3.6). Raises ValueError for a field that does not exist or a value
    that does not fit it.
    """

    __slots__ = ("_fields", "_hash", "fixed")
    _fields: dict[str, Value]
    _hash: int | None
    fixed: bytes | None

    def __init__(
        self, fields: Mapping[str, Any] | None = None, /, **more: Unpack[MatchFields]
    ) -> None:
        self._hash = None
        self.fixed = None
        given: Mapping[str, Any] = _together(fields, more) if fields else more
        self._fields = checked = {}
        for name, ones in _order(tuple(given)) if given else ():
            value = given[name]
            if type(value) is not int or not 0 <= value <= ones:
                self._fields = _canonical_fields(given)
                break
            checked[name] = value

    @classmethod
    def of(cls, fields: dict[str, Value], fixed: bytes | None = None) -> Self:
        """Wrap fields that are canonical already (the codec's way in); the dict is not copied.

        `fixed` is the OpenFlow 1.0 match that they were read from.
        """
        match = cls.__new__(cls)
        match._hash = None
        match.fixed = fixed
        match._fields = fields
        return match

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `eth_type=0x0800,ipv4_src=10.0.0.0/8`; raise ValueError saying what is wrong."""
        fields: dict[str, str] = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, equals, value = item.partition("=")
            if not equals:
                raise ValueError(f"expected FIELD=VALUE, got {item!r}")
            if name in fields:
                raise ValueError(f"{name} is given twice")
            fields[name] = value
        return cls(fields)

    @classmethod
    def from_packet(cls, packet: Packet, version: Version, **more: Unpack[MatchFields]) -> Self:
        """Match frames that are like this one in all that the version can match, as POX's function of this name does.

        `more` are fields that stand in no header:
        `Match.from_packet(event.packet, switch.version, in_port=event.in_port)`.
        """
        from openflow.forms.exact import matchable

        return cls(matchable(packet.fields(), version), **more)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed; None removes one."""
        fields = {**self._fields, **changes}
        return type(self)({name: value for name, value in fields.items() if value is not None})

    def masked(self, name: str) -> Masked:
        """A known field as value and mask; a field that is absent has the mask 0."""
        value = self._fields.get(name)
        if value is None:
            return (0, 0)
        if isinstance(value, int):
            return (value, KNOWN[name].ones)
        if isinstance(value, bytes):
            raise KeyError(f"{name} is no field of the catalogue")
        return value

    def check(self) -> None:
        """Refuse what a switch must refuse (OpenFlow 1.3.5, 7.2.3.6 and 7.2.3.7).

        Raises OpenFlowError with BAD_FIELD, BAD_VALUE, BAD_MASK, BAD_WILDCARDS or BAD_PREREQ.
        """
        for name, value in self._fields.items():
            _check_field(name, value, self._fields)

    def items(self) -> ItemsView[str, Value]:
        """Names and values, in the order given; Mapping's own would look each of them up."""
        return self._fields.items()

    def get(self, name: str, default: Any = None, /) -> Any:
        """The value of a field, or the default when it is a wildcard."""
        return self._fields.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __getitem__(self, name: str) -> Value:
        try:
            return self._fields[name]
        except KeyError:
            text = f"{self!r} has no {name}"
            if name == "in_port":
                text += "; that of a packet-in is event.in_port, on every version"
            elif former := [field for field in formerly(name) if field != name]:
                text += f": did you mean {' or '.join(former)}?"
            raise KeyError(text) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return self._fields == other._fields if isinstance(other, Match) else NotImplemented

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._fields.items()))
        return self._hash

    def __str__(self) -> str:
        """The fields as `Match.parse` reads them."""
        return ",".join(f"{name}={format_value(name, value)}" for name, value in self.items())

    def __repr__(self) -> str:
        return f"Match({self})"


def format_value(name: str, value: Value) -> str:
    """Write a field's value as text: addresses as addresses, a mask as a prefix length where it is one."""
    if isinstance(value, bytes):
        return value.hex()
    field = KNOWN[name]
    if isinstance(value, int):
        return field.format(value)
    bits, mask = value
    length = mask.bit_count()
    if field.form in _NETWORK and mask == prefix_mask(length, field.bits):
        return f"{field.format(bits)}/{length}"
    return f"{field.format(bits)}/{field.format(mask)}"


_PLACES = {name: place for place, name in enumerate(FIELDS)}


def _place(name: str) -> int:
    """Where a field stands in a match: by its number, so that prerequisites come first; unknown ones last."""
    return _PLACES.get(name, len(_PLACES))


@lru_cache(maxsize=1024)
def _order(names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Names in the order of a match, each with the field's largest value; -1 for fields that are not known."""
    ones = {name: KNOWN[name].ones if name in KNOWN else -1 for name in names}
    return tuple((name, ones[name]) for name in sorted(names, key=_place))


def _canonical_fields(given: Mapping[str, Any]) -> dict[str, Value]:
    """Fields with values of any kind in their one form, in the order of a match, without wildcards."""
    fields = ((name, _canonical(name, given[name])) for name in sorted(given, key=_place))
    return {name: value for name, value in fields if value is not None}


def _canonical(name: str, value: Any) -> Value | None:
    """The one form of a value: None for a wildcard, an int for an exact one, else value and mask."""
    field = KNOWN.get(name)
    if type(value) is int and field is not None and 0 <= value <= field.ones:
        return value
    if isinstance(value, bytes):
        return value
    if field is None:
        raise ValueError(f"there is no match field {name!r}{hint(name)}")
    if type(value) is Placeholder:
        return value.within(field.ones)  # type: ignore[return-value]
    bits, mask = _split(field, value)
    if not 0 <= bits <= field.ones or not 0 <= mask <= field.ones:
        raise ValueError(f"{value!r} does not fit {name}, which has {field.bits} bits")
    if mask == field.ones:
        return int(bits)
    return (bits & mask, mask) if mask else None


def _split(field: Field, value: Any) -> Masked:
    if isinstance(value, int):
        return value, field.ones
    if isinstance(value, str):
        text, _, mask = value.partition("/")
        if not mask:
            return field.parse(text), field.ones
        if field.form in _NETWORK and mask.isdecimal():
            return field.parse(text), _network_mask(field, int(mask))
        return field.parse(text), field.parse(mask)
    try:
        bits, mask = value
    except (TypeError, ValueError):
        raise _no_value(field, value) from None
    return _whole(field, bits), _whole(field, mask)


def _network_mask(field: Field, length: int) -> int:
    try:
        return prefix_mask(length, field.bits)
    except ValueError as error:
        raise ValueError(f"{field.name}: {error}") from None


def _whole(field: Field, value: Any) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return field.parse(value)
    raise _no_value(field, value)


def _no_value(field: Field, value: Any) -> ValueError:
    return ValueError(f"{field.name} takes an int, a text or (value, mask), not {value!r}")


def _together(fields: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {**fields, **more}
    except TypeError:
        text = f"Match takes name=value, or a mapping of names to values, not {fields!r}"
        raise TypeError(f"{text}; Match.parse reads text") from None


def _check_field(name: str, value: Value, fields: Mapping[str, Value]) -> None:
    field = FIELDS.get(name)
    if field is None or isinstance(value, bytes):
        raise OpenFlowError(ErrorCode.BAD_MATCH__BAD_FIELD, f"unknown match field {name}")
    bits, mask = (value, field.ones) if isinstance(value, int) else value
    if mask != field.ones and not field.maskable:
        raise OpenFlowError(ErrorCode.BAD_MATCH__BAD_MASK, f"{name} takes no mask")
    if mask > field.ones:
        raise OpenFlowError(ErrorCode.BAD_MATCH__BAD_MASK, f"the mask is too wide for {name}")
    if bits > field.ones:
        raise OpenFlowError(ErrorCode.BAD_MATCH__BAD_VALUE, f"{bits:#x} is too wide for {name}")
    if bits & ~mask:
        raise OpenFlowError(ErrorCode.BAD_MATCH__BAD_WILDCARDS, f"{name} has bits outside its mask")
    if not all(prerequisite.met_by(fields) for prerequisite in field.prerequisites):
        raise OpenFlowError(ErrorCode.BAD_MATCH__BAD_PREREQ, f"{name} needs {field.needed}")


ANY_PACKET = Match()
"""The match that every packet meets."""
