"""What the native engine is told: every layout of a version as one text, and how Python's objects are made of it.

The text is `codec::Plan`'s (`native/codec/src/parse.rs` describes its lines); it holds what `openflow.layouts.language`
compiled, the match fields and translations of the version, as data. Beside it stand, by the same numbers, the classes.
A class whose layout has a form or a translation that only Python knows is `foreign`: the native engine calls this one
for its objects, so nothing is missing there, only slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from openflow.errors import ErrorCode, error_code
from openflow.fields import FIELDS, oxm_fields
from openflow.forms import fixed_match
from openflow.layouts.engine import codec_of
from openflow.layouts.family_codec import members
from openflow.layouts.heads import message_text, numbers_offset
from openflow.layouts.kinds import TRANSLATIONS, Inexpressible
from openflow.layouts.language import (
    Align,
    Bytes,
    Count,
    Int,
    Layout,
    Literal,
    Many,
    ManyInts,
    Nested,
    Pad,
    Rest,
    Size,
    Special,
    Step,
    Text,
    compile_layout,
)
from openflow.layouts.parts import Codec
from openflow.layouts.shapes import Shape
from openflow.layouts.struct_codec import StructCodec
from openflow.messages import MESSAGES
from openflow.structs import STRUCTS, Code, Element
from openflow.versions import V1_0, Version

_FORMS = {"fixedmatch", "oxm", "oxmport", "oxmfield", "error", "fill"}
"""The forms that are native as they are."""

_NAMED = {"port": "port", "anyport": "anyport", "dscp": "shift,2"}
"""Translations that are native, by the name that they have there."""


class Foreign(ValueError):
    """Something that only Python can read and write."""


class Plan:
    """All that one version has, for the native engine."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._names: set[str] = set()
        self._lines = [f"version {version.value}", *_field_lines(version)]
        self.shapes: list[Shape] = []
        self.families: list[tuple[type[Any], type[Any]]] = []
        """The class that names each family, and the one of its unknown elements."""
        self._add_messages()

    @property
    def text(self) -> str:
        """The lines."""
        return "\n".join(self._lines)

    def error(self, type_: int, code: int) -> ErrorCode | tuple[int, int]:
        """What an error's numbers mean."""
        return error_code(type_, code, self._version) or (type_, code)

    def wire(self, error: ErrorCode | tuple[int, int]) -> tuple[int, int]:
        """An error's numbers."""
        return error.wire(self._version) if isinstance(error, ErrorCode) else error

    def _add_messages(self) -> None:
        if self._version == V1_0:
            self._add_alone("ApplyActions", compile_layout("actions:Action*"))
            self._lines.append("applied ApplyActions")
        for name, cls in MESSAGES.items():
            for code, text in cls.layout.get(self._version, {}).items():
                layout = compile_layout(message_text(code, text, self._version))
                codec = partial(StructCodec, cls, layout, self._version, codec_of)
                self._add(name, cls, layout, codec, is_message=True)
                self._lines.append(self._message_line(code, name))

    def _message_line(self, code: Code, name: str) -> str:
        if isinstance(code, int):
            return f"message {code} - {name}"
        if len(code) == 2:
            return f"message {code[0]} {code[1]} {name}"
        type_, *part, experimenter, number = code
        numbers = (
            f"{experimenter} {number} {numbers_offset(self._version, is_multipart=bool(part))}"
        )
        return f"message {type_} {part[0] if part else '-'} {name} {numbers}"

    def _add(
        self,
        name: str,
        cls: type[Any],
        layout: Layout,
        codec: Callable[[], Codec],
        *,
        is_message: bool = False,
    ) -> None:
        self._names.add(name)
        shape = Shape(cls, layout, codec, is_message)
        try:
            words = list(_words(layout))
        except Foreign:
            words = ["foreign"]
        self.shapes.append(shape)
        self._lines.append(f"class {name} {len(shape.defaults)} {' '.join(words)}")
        if words != ["foreign"]:
            for step in layout.steps:
                self._follow(step)

    def _follow(self, step: Step) -> None:
        """Add what a step names, unless it is there."""
        match step:
            case Nested(type=name) | Many(type=name):
                pass
            case Special(form="applied"):
                name = "Action"
            case _:
                return
        if name in self._names:
            return
        cls = STRUCTS[name]
        if issubclass(cls, Element):
            self._add_family(name, cls)
        else:
            self._add_alone(name, compile_layout(cls.layout[self._version]))

    def _add_alone(self, name: str, layout: Layout) -> None:
        self._add(name, STRUCTS[name], layout, partial(codec_of, name, self._version))

    def _add_family(self, name: str, cls: type[Element]) -> None:
        self._names.add(name)
        self.families.append((cls, STRUCTS[cls.raw]))
        flags = f"{cls.padded_length:d} {cls.length_first:d} {cls.subtype_size}"
        self._lines.append(f"family {name} {cls.alignment} {flags}")
        for member, code, layout in members(name, self._version):
            codes = [code] if isinstance(code, int) else [*code]
            called = "/".join([member.__name__, *map(str, codes)])
            self._add(called, member, layout, partial(self._member, name, code))
            numbers = " ".join(map(str, codes[1:]))
            self._lines.append(f"member {name} {codes[0]} {called} {numbers}")

    def _member(self, family: str, code: Code) -> Codec:
        codec: Any = codec_of(family, self._version)
        found: Codec = codec.member(code)
        return found


@cache
def plan(number: int) -> Plan:
    """The plan of a version, by its number."""
    return Plan(Version(number))


def _words(layout: Layout) -> Iterator[str]:
    """The steps as the native engine reads them. Raises Foreign."""
    slots: dict[str, int] = {}
    for step in layout.steps:
        match step:
            case Count(name=name):
                slots[name] = len(slots)
                yield f"count@{slots[name]}"
            case Align(name=name, size=size):
                yield f"align{size}@{slots[name]}"
            case Many(name=name, type=type_):
                yield f"many:{type_}{_at(name, slots)}"
            case ManyInts(name=name, size=size):
                yield f"ints{size}{_at(name, slots)}"
            case Special(names=names) if slots.keys() & set(names):
                raise Foreign
            case _:
                yield _word(step)


def _at(name: str, slots: dict[str, int]) -> str:
    return f"@{slots[name]}" if name in slots else ""


def _word(step: Step) -> str:
    match step:
        case Int(size=size, mapping=mapping):
            return f"u{size}:{_translation(mapping)}" if mapping else f"u{size}"
        case Pad(size=size):
            return f"pad{size}"
        case Literal(data=data):
            return f"lit:{data.hex()}"
        case Text(size=size):
            return f"text{size}"
        case Bytes(size=size):
            return f"bytes{size}"
        case Rest():
            return "rest"
        case Size():
            return "size"
        case Nested(type=type_):
            return f"one:{type_}"
        case Special(form="applied"):
            return "applied:Action"
        case Special(form=form) if form in _FORMS:
            return form
        case _:
            raise Foreign


@cache
def _translation(name: str) -> str:
    """A translation as the native engine knows it. Raises Foreign."""
    if name in _NAMED:
        return _NAMED[name]
    decode, encode = TRANSLATIONS[name].decode, TRANSLATIONS[name].encode
    try:
        moved = {wire: decode(1 << wire) for wire in range(32)}
        pairs = {wire: value.bit_length() - 1 for wire, value in moved.items() if value}
        others = [1 << bit for bit in range(32) if bit not in pairs.values()]
        is_strict = bool(others) and all(_refuses(encode, value) for value in others)
        are_bits = all(value == 1 << pairs[wire] for wire, value in moved.items() if value)
        back = all(encode(1 << neutral) == 1 << wire for wire, neutral in pairs.items())
        rest = is_strict or not any(encode(value) for value in others)
    except (ValueError, TypeError, AttributeError):
        raise Foreign from None
    if not (are_bits and back and rest and not decode(0)):
        raise Foreign
    listed = ",".join(f"{wire}>{neutral}" for wire, neutral in pairs.items())
    return f"{'strict' if is_strict else 'bits'},{listed}"


def _refuses(encode: Callable[[int], int], value: int) -> bool:
    try:
        encode(value)
    except Inexpressible:
        return True
    return False


def _field_lines(version: Version) -> Iterator[str]:
    """The match fields of a version, its own encodings first, and for 1.0 what its slots mean."""
    own = oxm_fields(version)
    for field in own:
        heads = f"{field.oxm_head().hex()} {field.oxm_head(masked=True).hex()}"
        yield f"field {field.name} {field.size} {field.bits} {heads}"
    if version == V1_0:
        for field in FIELDS.values():
            if field.slot:
                yield f"slot {field.name} {field.slot}"
        yield from _slot_lines()


def _slot_lines() -> Iterator[str]:
    """What 1.0's slots mean for each Ethernet type and protocol that something depends on."""
    needed = [
        prerequisite
        for field in FIELDS.values()
        if field.slot
        for prerequisite in field.prerequisites
    ]
    for eth_type in _asked_for("eth_type", needed):
        for proto in _asked_for("ip_proto", needed):
            names = fixed_match.SLOTS.names(eth_type, proto)
            pair = f"{_or_dash(eth_type)} {_or_dash(proto)}"
            yield f"slots {pair} {' '.join(names.values())}"


def _asked_for(field: str, needed: list[Any]) -> list[int | None]:
    values = {
        value
        for prerequisite in needed
        if prerequisite.field == field
        for value in prerequisite.values or ()
    }
    return [None, *sorted(values)]


def _or_dash(value: int | None) -> str:
    return "-" if value is None else str(value)
