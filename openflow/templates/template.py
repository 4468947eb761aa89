"""Messages that are made again and again with other numbers in them, sent from bytes that are kept.

    @openflow.template
    def forward(in_port: int, dst: int, port: int) -> FlowMod:
        return FlowMod(Match(in_port=in_port, eth_dst=dst), [ApplyActions([Output(port)])])

`forward(1, 2, 3)` behaves in every way as the message that the function makes, but it is made only when somebody looks
at it. Sent as it is, its bytes are those of an earlier one with these arguments put in. The function must do nothing
but make a message out of its arguments: it is called when it need not be, and is not called when it need be.

How it stays true. The function is called with placeholders, which can be passed on and nothing else
(`openflow.templates.placeholder`): what it does with one that comes through untouched, it does with any number. Where
these are in a version's bytes is found and proved by encoding (`openflow.templates.pattern`). An argument that the
function looks at, or that has no place of its own in the bytes, is a key: there is a form for each of its values, up
to a bound. Whatever fits no form is made by calling the function, so errors are those that the function or the codec
raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from enum import Enum, IntEnum
from functools import update_wrapper, wraps
from typing import Any, ParamSpec, TypeVar

from openflow import native
from openflow.codec import encode
from openflow.messages.base import MESSAGES, Message
from openflow.templates.pattern import Pattern, Place, Unplaced, find
from openflow.templates.placeholder import Placeholder, Touched
from openflow.templates.untouched import has_slots, untouched_class
from openflow.versions import Version

__all__ = ["template"]

P = ParamSpec("P")
M = TypeVar("M", bound=Message)
Arguments = tuple[Any, ...]

MOST_FORMS = 256
"""Forms of one template and types of arguments; when there are more, messages are made by the function."""

MOST_SHAPES = 16
"""Combinations of argument types of one template."""

SEEK_AFTER = 2
"""So many messages of a form are encoded in a version before their pattern is looked for."""

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_KEYS = (int, bool, str, bytes, type(None))
_MOST = (1 << 128) - 1
_new: Any = object.__new__


def python_template(function: Callable[P, M]) -> Callable[P, M]:
    """What `template` is in pure Python."""
    maker = _Maker(function)
    forms = maker.forms

    @wraps(function)
    def make(*arguments: P.args, **named: P.kwargs) -> M:
        form = forms.get((*map(type, arguments),))
        if form is None or named:
            return maker.make(arguments, named)  # type: ignore[return-value]
        for index, top in form.tops:
            if not 0 <= arguments[index] <= top:  # type: ignore[operator]
                return function(*arguments, **named)
        message = _new(form.empty)
        message.kept = (form, arguments)
        return message  # type: ignore[no-any-return]

    return make


def native_template(function: Callable[P, M]) -> Callable[P, M]:
    """The same with the forms that have no keys made and filled in natively, where that was compiled."""
    if not native.AVAILABLE:
        return python_template(function)
    maker = _Maker(function)
    maker.native = native.CODEC.Template(maker.make)
    made: Callable[P, M] = update_wrapper(maker.native, function)
    return made


def template(function: Callable[P, M]) -> Callable[P, M]:
    """Make a function that makes a message one whose messages are sent from kept bytes.

    Its arguments may be given by position or by name. Raises TypeError for one that takes `*args` and the like.
    """
    return _template(function)


_template = native_template if native.wanted() else python_template


class _Form:
    """What messages have in common that differ in arguments only that nobody looks at."""

    def __init__(self, shape: _Shape, made: Message, marks: dict[int, Placeholder]) -> None:
        self.cls = type(made)
        self.empty = untouched_class(self.cls)  # type: ignore[arg-type]
        self.make = shape.maker.call
        self._shape = shape
        self._ints = {i: mark.top for i, mark in marks.items() if _is_number(mark.kind)}
        self._rest = next((i for i, mark in marks.items() if mark.kind is bytes), -1)
        self.tops = [(i, top) for i, top in self._ints.items() if top is not None]
        self.native = _native_form(self, shape.kinds, {*marks})
        self._patterns: dict[Version, Pattern | None] = {}
        self._encoded: dict[Version, int] = {}

    def encode(self, arguments: Arguments, version: Version, xid: int) -> bytes:
        """The bytes of the message with these arguments. Raises what making and encoding it raise."""
        pattern = self._patterns.get(version)
        if pattern is not None and type(xid) is int and 0 <= xid <= 0xFFFF_FFFF:
            data = pattern.fill(arguments, xid)
            if data is not None:
                return data
        data = encode(self.make(arguments), version, xid=xid)
        if version not in self._patterns:
            self._encoded[version] = self._encoded.get(version, 0) + 1
            if self._encoded[version] >= SEEK_AFTER:
                self._seek(arguments, version)
        return data

    def _seek(self, arguments: Arguments, version: Version) -> None:
        """Look for the version's pattern around arguments that can be encoded."""

        def render(values: Sequence[Any]) -> bytes:
            return encode(self.make(tuple(values)), version, xid=0)

        self._patterns[version] = None
        try:
            found = find(render, arguments, self._ints, self._rest)
        except Unplaced as error:
            self._shape.require(error.arguments)
            return
        self._patterns[version] = found
        if self.native is not None:
            self.native.add_pattern(version, found.frame, [_flat(place) for place in found.places])


class _Shape:
    """Types of arguments: which of them are keys, and the forms by the values of these."""

    def __init__(self, maker: _Maker, kinds: tuple[type, ...]) -> None:
        self.maker = maker
        self.kinds = kinds
        self._keys = {i for i, kind in enumerate(kinds) if not (_is_number(kind) or kind is bytes)}
        self._keys |= set([i for i, kind in enumerate(kinds) if kind is bytes][1:])
        self._forms: dict[Arguments, _Form | None] = {}
        self._natives: dict[Arguments, Any] = {}
        self._possible = all(kind in _KEYS or issubclass(kind, Enum) for kind in kinds)

    def form(self, arguments: Arguments) -> _Form | None:
        """The form of the message with these arguments; None when it has none."""
        if not self._possible:
            return None
        key = self._key(arguments)
        if key not in self._forms:
            if len(self._forms) >= MOST_FORMS:
                return None
            form = self._trace(arguments)
            key = self._key(arguments)
            self._forms[key] = form
            if form is not None:
                self._know(key, form)
        return self._forms[key]

    def require(self, arguments: set[int]) -> None:
        """Have these as keys, too; what was known before is void."""
        self.maker.forms.pop(self.kinds, None)
        if self.maker.native is not None:
            self.maker.native.discard(self._natives)
        self._keys |= arguments
        self._forms, self._natives = {}, {}

    def _key(self, arguments: Arguments) -> Arguments:
        return tuple(arguments[i] for i in sorted(self._keys))

    def _know(self, key: Arguments, form: _Form) -> None:
        """Have the maker find a form without asking."""
        if not self._keys:
            self.maker.forms[self.kinds] = form
        if self.maker.native is not None:
            self._natives[key] = form.native
            if len(self._natives) == 1:
                self.maker.native.add(list(self.kinds), sorted(self._keys), self._natives)

    def _trace(self, arguments: Arguments) -> _Form | None:
        """Call the function with placeholders for all that are no keys; those that it touches become keys."""
        while True:
            marks = {i: Placeholder(k) for i, k in enumerate(self.kinds) if i not in self._keys}
            made = self._made(arguments, marks)
            looked_at = {i for i, mark in marks.items() if mark.touched}
            if made is None and not looked_at:
                looked_at = self._culprits(arguments, marks)
            if not looked_at:
                break
            self.require(looked_at)
        if made is None or MESSAGES.get(type(made).__name__) is not type(made):
            return None
        if type(made.xid) is not int or made.xid or not has_slots(type(made)):
            return None
        return _Form(self, made, marks)

    def _made(self, arguments: Arguments, marks: dict[int, Placeholder]) -> Any:
        """What the function makes with placeholders; None when it cannot."""
        try:
            return self.maker.call([marks.get(i, value) for i, value in enumerate(arguments)])
        except (Touched, Exception):  # noqa: BLE001 - whatever comes of a placeholder
            return None

    def _culprits(self, arguments: Arguments, marks: dict[int, Placeholder]) -> set[int]:
        """The placeholders that the function cannot do with; all of them, when it can with each alone."""
        alone = {i for i in marks if self._made(arguments, {i: Placeholder(self.kinds[i])}) is None}
        return alone or set(marks)


class _Maker:
    """What a template knows of its function."""

    def __init__(self, function: Callable[..., Message]) -> None:
        self._function = function
        self._signature = inspect.signature(function)
        if any(p.kind not in _POSITIONAL for p in self._signature.parameters.values()):
            raise TypeError(f"{function.__name__}: a template takes arguments by position")
        self.forms: dict[tuple[type, ...], _Form] = {}
        """The forms that have no keys, by the types of the arguments: all that most templates need."""
        self._shapes: dict[tuple[type, ...], _Shape] = {}
        self.native: Any = None

    def make(self, arguments: Arguments, named: dict[str, Any]) -> Message:
        """The message, untouched if it can be."""
        if named:
            try:
                bound = self._signature.bind(*arguments, **named)
            except TypeError:
                return self._function(*arguments, **named)
            bound.apply_defaults()
            arguments = bound.args
        shape = self._shape((*map(type, arguments),))
        form = shape.form(arguments) if shape is not None else None
        if form is None or not all(0 <= arguments[index] <= top for index, top in form.tops):
            return self._function(*arguments)
        message = _new(form.empty)
        message.kept = (form, arguments)
        return message  # type: ignore[no-any-return]

    def call(self, arguments: Sequence[Any]) -> Message:
        """Call the function."""
        return self._function(*arguments)

    def _shape(self, kinds: tuple[type, ...]) -> _Shape | None:
        if kinds not in self._shapes and len(self._shapes) < MOST_SHAPES:
            self._shapes[kinds] = _Shape(self, kinds)
        return self._shapes.get(kinds)


def _native_form(form: _Form, kinds: tuple[type, ...], varying: set[int]) -> Any:
    """The native counterpart of a form, where that was compiled."""
    if not native.AVAILABLE:
        return None
    tops = dict(form.tops)
    ranges = [tops.get(i, _MOST) if _is_number(kind) else None for i, kind in enumerate(kinds)]
    return native.CODEC.Form(
        form, form.empty, [(kinds[i], ranges[i], i in varying) for i in range(len(kinds))]
    )


def _is_number(kind: type) -> bool:
    """Whether arguments of a type are numbers and nothing else; a bool is more, and so are flags."""
    return kind is int or issubclass(kind, IntEnum)


def _flat(place: Place) -> tuple[int, int, int, int, int, int, bool]:
    domain = place.domain
    numbers = (place.argument, place.offset, place.size)
    return (*numbers, domain.last, domain.second, domain.end, domain.tag)
