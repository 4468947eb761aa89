"""How objects are made of what a layout's steps yield, and taken apart: functions that the native engine calls.

They are written for each class when it is first needed, as `dataclasses` does: a function whose body is nothing but
stores to an object's slots, or one that gives all fields at once, costs less than as many calls from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from functools import cached_property
from types import MemberDescriptorType
from typing import Any

from openflow.layouts.language import Layout
from openflow.layouts.parts import Codec


class Shape:
    """A class by one layout, for the native engine: how an object is made of what the steps yield, and taken apart."""

    def __init__(
        self, cls: type[Any], layout: Layout, codec: Callable[[], Codec], is_message: bool
    ) -> None:
        self.cls = cls
        self._layout = layout
        self._codec = codec
        self._is_message = is_message
        self._yields = [name for name in layout.order if not name.startswith("#")]
        absent = [field for field in _arguments(cls) if field.name not in layout.names]
        self.names = [*self._yields, *(field.name for field in absent)]
        """The fields that the steps yield, in their order, then those that the version lacks."""
        self.defaults = [_default(field)() for field in absent]
        self.constants = list(layout.constants.items())

    @cached_property
    def codec(self) -> Codec:
        """The Python engine's."""
        return self._codec()

    @cached_property
    def make(self) -> Callable[..., Any]:
        """A function that makes an object of the values that the steps yield, and a message's xid behind them.

        It stores them in the object's slots, which is what the dataclass's own `__init__` does; a class that has
        something to say about how its objects are made is called.
        """
        names = [*self._yields, *(["xid"] if self._is_message else [])]
        given = {name: name for name in names}
        scope: dict[str, Any] = {"cls": self.cls, "new": object.__new__}
        for field in _arguments(self.cls):
            if field.name not in given:
                given[field.name] = _given(field, self._layout, scope)
        stores = _stores(self.cls, given) if _is_plain(self.cls, given) else _calls(self.cls, given)
        made: Callable[..., Any] = _function("make", names, [*stores, "return made"], scope)
        return made

    @cached_property
    def take(self) -> Callable[[Any], tuple[Any, ...]]:
        """A function that gives the fields `names` of an object."""
        values = "".join(f"value.{name}," for name in self.names)
        made: Callable[[Any], tuple[Any, ...]] = _function(
            "take", ["value"], [f"return ({values})"], {}
        )
        return made


def _function(name: str, arguments: list[str], body: list[str], scope: dict[str, Any]) -> Any:
    lines = "\n    ".join(body)
    exec(f"def {name}({', '.join(arguments)}):\n    {lines}", scope)
    return scope[name]


def _given(field: Field[Any], layout: Layout, scope: dict[str, Any]) -> str:
    """What a field holds that the bytes say nothing of, as an expression."""
    held = f"held_{field.name}"
    if field.name in layout.constants:
        scope[held] = layout.constants[field.name][0]
    elif field.default_factory is MISSING:
        scope[held] = field.default
    else:
        scope[held] = field.default_factory
        return f"{held}()"
    return held


def _is_plain(cls: type[Any], given: dict[str, str]) -> bool:
    """Whether an object is nothing but its fields, each in a slot of its own."""
    slots = {
        name
        for base in cls.__mro__
        for name, found in vars(base).items()
        if isinstance(found, MemberDescriptorType)
    }
    own = {"__post_init__", "__new__", "__setattr__"} & {
        name for base in cls.__mro__[:-1] for name in vars(base)
    }
    return not own and set(given) == slots == {field.name for field in fields(cls)}


def _stores(cls: type[Any], given: dict[str, str]) -> Iterator[str]:
    yield "made = new(cls)"
    for name, value in given.items():
        yield f"made.{name} = {value}"


def _calls(cls: type[Any], given: dict[str, str]) -> Iterator[str]:
    yield f"made = cls({', '.join(f'{name}={value}' for name, value in given.items())})"


def _arguments(cls: type[Any]) -> list[Field[Any]]:
    return [field for field in fields(cls) if field.init and field.name != "xid"]


def _default(field: Field[Any]) -> Callable[[], Any]:
    if field.default_factory is MISSING:
        return lambda: field.default
    return field.default_factory
