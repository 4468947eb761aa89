"""The language in which classes say what their bytes look like.

A class of the vocabulary carries `layout`, a table from version to text; for a class that is one of several kinds of a
thing (a message, an action, ...) the version's entry is a table from type code to text. The text lists the bytes in
order, separated by white space:

    name:u16          an unsigned integer of 8, 16, 24, 32, 48, 64 or 128 bits, big-endian
    name:port16       an integer under a translation to neutral values (`openflow.layouts.kinds`)
    name:text32       text in 32 bytes, padded with zeros
    name:bytes20      20 bytes as they are
    name:rest         all bytes up to the end
    name:Port         another structure, in place
    name:Action*      structures up to the end (or up to the length that `len16` gave)
    name:u32*         integers up to the end
    name:oxm          a form that needs code of its own (`openflow.forms.special`): a match, an OXM field, an error
    name+other:oxm    the same for a form that fills two fields
    pad4              4 bytes of zeros
    size16            the length of this structure, 16 bits; it ends there
    len16(name)       the length in bytes of the list (or the form) `name` that comes later
    align8(name)      zeros behind it that make its length a multiple of 8
    fill              up to 7 zeros at the end of an element whose family pads it
    #00002320         these bytes, in hex; any are read (who dispatches has looked at them)
    name=value|other  no bytes: this text is for objects whose field is `value` (or, when encoding, `other`)
    -name             not carried by this version, and nothing is lost by that

A field of the class that a version's text does not mention is one that this version cannot say: encoding another value
than its default raises `Unsupported`. This module turns text into steps, plain data that any engine can run; it
knows nothing of bytes. `openflow.layouts.engine` runs them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

_TOKEN = re.compile(
    r"""(?P<pad>pad(?P<pad_size>\d+))$
      | (?P<size>size16)$
      | len16\((?P<counted>\w+)\)$
      | align(?P<alignment>\d+)\((?P<aligned>\w+)\)$
      | \#(?P<literal>([0-9a-f]{2})+)$
      | (?P<fill>fill)$
      | -(?P<dropped>\w+)$
      | (?P<constant>\w+)=(?P<values>[\w|]+)$
      | (?P<name>[\w+]+):(?P<kind>[A-Za-z_]+)(?P<width>\d*)(?P<many>\*?)$
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Int:
    """An unsigned integer of `size` bytes, through the translation `mapping` ("" for none)."""

    name: str
    size: int
    mapping: str = ""


@dataclass(frozen=True, slots=True)
class Pad:
    """Zeros to write; anything is read."""

    size: int


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes to write; anything is read."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """Text in a fixed number of bytes, cut at the first zero."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Bytes:
    """A fixed number of bytes as they are."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Rest:
    """Every byte up to the end."""

    name: str


@dataclass(frozen=True, slots=True)
class Nested:
    """A structure in place."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Many:
    """Structures, one behind the other, up to the end or to the length given before."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class ManyInts:
    """Integers of `size` bytes up to the end or to the length given before."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Special:
    """A form that the language has no words for, by name; it may fill several fields."""

    names: tuple[str, ...]
    form: str


@dataclass(frozen=True, slots=True)
class Size:
    """The length of the structure itself, 16 bits."""


@dataclass(frozen=True, slots=True)
class Count:
    """The length in bytes of a list or form that comes later, 16 bits."""

    name: str


@dataclass(frozen=True, slots=True)
class Align:
    """Zeros that fill up the list or form `name`, whose length was given, to a multiple of `size` bytes."""

    name: str
    size: int


Step = (
    Int
    | Pad
    | Literal
    | Text
    | Bytes
    | Rest
    | Nested
    | Many
    | ManyInts
    | Special
    | Size
    | Count
    | Align
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A text compiled: the steps in order, constants by field, fields that this version drops."""

    steps: tuple[Step, ...]
    constants: dict[str, tuple[str, ...]]
    dropped: frozenset[str]

    @property
    def order(self) -> tuple[str, ...]:
        """What reading the steps yields, in order: fields, and `#name` for the length of the list `name`."""
        return tuple(name for step in self.steps for name in _yields(step))

    @property
    def names(self) -> frozenset[str]:
        """The fields that this layout accounts for."""
        return frozenset(self.order) | self.dropped | frozenset(self.constants)

    @property
    def size_offset(self) -> int | None:
        """Where in the structure its own length stands, if it says it."""
        return self._offset(Size())

    def count_offset(self, name: str) -> int | None:
        """Where in the structure the length of the list `name` stands, if it is given."""
        return self._offset(Count(name))

    def count_place(self, name: str) -> int | None:
        """Which of the values in `order` is the length of the list `name`, if it is given."""
        return self.order.index(f"#{name}") if Count(name) in self.steps else None

    def count_distance(self, name: str) -> int:
        """How many bytes before the list or form `name` its length stands; 0 where that is not the same for all."""
        between = takewhile(lambda step: name not in _yields(step), self._behind(Count(name)))
        try:
            return sum(map(_width, between))
        except ValueError:
            return 0

    @property
    def size(self) -> int | None:
        """How many bytes the structure takes, if that is the same for all."""
        try:
            return sum(map(_width, self.steps))
        except ValueError:
            return None

    def _behind(self, first: Step) -> tuple[Step, ...]:
        return self.steps[self.steps.index(first) :]

    def _offset(self, wanted: Step) -> int | None:
        if wanted not in self.steps:
            return None
        return sum(_width(step) for step in self.steps[: self.steps.index(wanted)])


@cache
def compile_layout(text: str) -> Layout:
    """Compile a layout; raise ValueError naming the word that is wrong."""
    steps: list[Step] = []
    constants: dict[str, tuple[str, ...]] = {}
    dropped: set[str] = set()
    for word in text.split():
        token = _TOKEN.match(word)
        if token is None:
            raise ValueError(f"bad word {word!r} in the layout {text!r}")
        if token["constant"]:
            constants[token["constant"]] = tuple(token["values"].split("|"))
        elif token["dropped"]:
            dropped.add(token["dropped"])
        elif token["counted"]:
            steps.append(Count(token["counted"]))
        elif token["aligned"]:
            steps.append(Align(token["aligned"], int(token["alignment"])))
        elif token["literal"]:
            steps.append(Literal(bytes.fromhex(token["literal"])))
        elif token["fill"]:
            steps.append(Special((), "fill"))
        else:
            steps.append(_step(token))
    return Layout(tuple(steps), constants, frozenset(dropped))


def _step(token: re.Match[str]) -> Step:
    if token["pad"]:
        return Pad(int(token["pad_size"]))
    if token["size"]:
        return Size()
    name, kind, width = token["name"], token["kind"], int(token["width"] or 0)
    if token["many"]:
        return ManyInts(name, width // 8) if kind == "u" else Many(name, kind)
    if kind[0].isupper():
        return Nested(name, kind)
    match kind:
        case "u":
            return Int(name, width // 8)
        case "text":
            return Text(name, width)
        case "bytes":
            return Bytes(name, width)
        case "rest":
            return Rest(name)
        case _ if width:
            return Int(name, width // 8, kind)
        case _:
            return Special(tuple(name.split("+")), kind)


def _yields(step: Step) -> tuple[str, ...]:
    match step:
        case Pad() | Literal() | Size() | Align():
            return ()
        case Count(name=name):
            return (f"#{name}",)
        case Special(names=names):
            return names
        case _:
            return (step.name,)


def _width(step: Step) -> int:
    match step:
        case Int(size=size) | Pad(size=size) | Text(size=size) | Bytes(size=size):
            return size
        case Literal(data=data):
            return len(data)
        case Size() | Count():
            return 2
        case _:
            raise ValueError("a length must stand behind fields of fixed width only")
