"""What every class of the vocabulary is: fields, and a layout for each version that has it.

`Struct` is one fixed structure (a port, a bucket). An `Element` is one kind of a thing that comes in kinds told apart
by a type code (an action, an instruction): its base class names the family, whose header precedes every element.
Classes only carry data; `openflow.layouts.engine` reads and writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from openflow.errors import ErrorCode
from openflow.show import show
from openflow.versions import Version

Code = int | tuple[int, ...]
"""A type code; for a multipart message its type and the multipart's; an experimenter's number and subtype behind it.

So `(4, 0x2320, 10)` is a message of type 4 by the experimenter 0x2320, who numbers it 10.
"""


STRUCTS: dict[str, type[Struct]] = {}
"""Every class of the vocabulary by name, as layouts refer to them."""

FAMILIES: dict[str, dict[str, type[Element]]] = {}
"""The elements of each family, by name."""


class Struct:
    """A structure with fields of its own; subclasses are slotted dataclasses."""

    __slots__ = ()

    layout: ClassVar[Mapping[Version, Any]] = {}
    """The bytes in each version that has it: text in the language of `openflow.layouts`; in an element by type code."""

    bad_length: ClassVar[ErrorCode] = ErrorCode.BAD_REQUEST__BAD_LEN
    """The error for bytes that end too early or too late."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # dataclass(slots=True) makes the class a second time; the later one replaces the first.
        STRUCTS[cls.__name__] = cls
        if "__repr__" not in cls.__dict__:  # else dataclass would put its own there
            cls.__repr__ = show  # type: ignore[method-assign]


class Element(Struct):
    """One kind of a thing. A family is a direct subclass and says how its elements are told apart.

    Every element begins with its type and its length, 16 bits each, and is padded to a multiple of `alignment`;
    `padded_length` tells whether that length counts the padding. A type code may be that of an experimenter:
    `(0xffff, experimenter, subtype)`, whose numbers follow the length, 32 bits and `subtype_size` bytes.
    """

    __slots__ = ()

    family: ClassVar[str] = ""
    padded_length: ClassVar[bool] = True
    alignment: ClassVar[int] = 8
    length_first: ClassVar[bool] = False
    """Whether the length stands before the type."""
    subtype_size: ClassVar[int] = 4
    raw: ClassVar[str] = ""
    """The class that keeps an element of unknown type, with fields `type` and `data`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if Element in cls.__bases__:
            cls.family = cls.__name__
        else:
            FAMILIES.setdefault(cls.family, {})[cls.__name__] = cls
