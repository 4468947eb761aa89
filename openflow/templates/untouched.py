"""Messages that have not been made yet: who makes them knows how, and does it when somebody looks.

An untouched message is an instance of a subclass of its class that has no fields of its own, only properties in their
place. Whatever is read from it or written to it, it first becomes the real thing: the message that its function
makes, in place, and of its very class. What nobody looks at before it is sent is never made: its bytes are filled into
a pattern. Until then what it holds stands where its `xid` will be; an untouched message's xid is 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from types import MemberDescriptorType
from typing import Any, Protocol, TypeVar

from openflow.messages.base import Message
from openflow.native import CODEC
from openflow.versions import Version

__all__ = ["Form", "Untouched", "has_slots", "touch", "untouched_class"]

M = TypeVar("M", bound=Message)


class Form(Protocol):
    """What makes messages that differ in some arguments only."""

    cls: type[Message]

    def make(self, arguments: tuple[Any, ...]) -> Message:
        """The message itself."""

    def encode(self, arguments: tuple[Any, ...], version: Version, xid: int) -> bytes:
        """The bytes of the message."""


_set_class = vars(object)["__class__"].__set__


def touch(message: Any) -> None:
    """Make an untouched message what it stands for."""
    form, arguments = message.kept
    made = form.make(arguments)
    for slot in _slots(form.cls):
        try:
            value = slot.__get__(made)
        except AttributeError:
            continue
        slot.__set__(message, value)
    _set_class(message, form.cls)


class _Field:
    """A field of an untouched message."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, message: Message | None, owner: type) -> Any:
        if message is None:
            return getattr(owner.__base__, self.name)
        touch(message)
        return getattr(message, self.name)

    def __set__(self, message: Message, value: Any) -> None:
        touch(message)
        setattr(message, self.name, value)

    def __delete__(self, message: Message) -> None:
        touch(message)
        delattr(message, self.name)


class _Xid(_Field):
    """The transaction id, which can be read without making the message."""

    __slots__ = ()

    def __get__(self, message: Message | None, owner: type) -> Any:
        return 0 if message is not None else super().__get__(message, owner)


class Untouched:
    """What untouched messages do otherwise than their class; `kept` are their form, and its arguments."""

    __slots__ = ()

    kept: tuple[Form, tuple[Any, ...]]

    def __init_subclass__(cls) -> None:
        """No class of the vocabulary: `Message` shall not hear of it."""

    def encode_untouched(self, version: Version, xid: int | None) -> bytes:
        """The bytes, as `openflow.encode` gives them."""
        kept: Any = self.kept
        xid = 0 if xid is None else xid
        if type(kept) is not tuple and type(xid) is int and 0 <= xid <= 0xFFFF_FFFF:
            data: bytes | None = CODEC.encode_untouched(self, version, xid)
            if data is not None:
                return data
        form, arguments = kept
        return form.encode(arguments, version, xid)  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> Any:
        touch(self)
        return self.__reduce_ex__(protocol)


def has_slots(cls: type[Message]) -> bool:
    """Whether a class keeps its fields in slots, as it must for messages that are not made yet."""
    return {field.name for field in fields(cls)} <= {slot.__name__ for slot in _slots(cls)}


@cache
def untouched_class(cls: type[M]) -> type[M]:
    """A subclass of a message class for messages that are not made yet."""
    slots = {slot.__name__: slot for slot in _slots(cls)}
    namespace: dict[str, Any] = {name: _Field(name) for name in slots}
    namespace |= {
        "xid": _Xid("xid"),
        "kept": slots["xid"],
        "__class__": property(lambda message: cls),
        "__slots__": (),
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        "__init__": object.__init__,
    }
    made: type[M] = type(cls.__name__, (Untouched, cls), namespace)
    return made


def _slots(cls: type) -> Iterator[Any]:
    """The slots of a class, as descriptors."""
    for base in cls.__mro__:
        for name in getattr(base, "__slots__", ()) if "__slots__" in vars(base) else ():
            if isinstance(vars(base).get(name), MemberDescriptorType):
                yield vars(base)[name]
