"""Components: apps that require each other, started in the order which that takes.

A component is a script or another module with a function `init(ctrl)`, or a class that is called with the controller.
Either may have `requires`: names of apps and scripts, and classes. What is required is started first, once, however
many require it, and is loaded when nobody has named it.

    requires = ("discovery",)

    def init(ctrl):
        links = ctrl.component("discovery").links

A module is found by its name, as what its `init` returns, or as the module itself when that is None; a class is found
by the class or its name, as its instance. All that can be wrong with the requirements is said before anything starts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from controller.callbacks.guard import callback_name
from controller.script import Script, ScriptError, explained, is_path, load, stem

if TYPE_CHECKING:
    from controller.controller import Controller

Wanted = Script | ModuleType | Callable[["Controller"], Any]
"""What may be started: a script, a module, a class, or a function that is called with the controller."""


class ComponentError(ScriptError):
    """Components cannot be started as they require each other; the text says which and why."""


class NoComponent(LookupError):
    """No such component has been started."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component that is to be started. `key` tells it from others: a class, or its name."""

    key: type[Any] | str
    name: str
    init: Callable[[Any], Any]
    requires: tuple[Any, ...] = ()
    folder: str = ""
    itself: Any = None
    """What stands for the component when `init` returns None."""


class Components:
    """What has been started, in that order."""

    def __init__(self) -> None:
        self._running: dict[type[Any] | str, Any] = {}
        self._parts: list[Part] = []

    @property
    def names(self) -> list[str]:
        """The names of those that have been started, in order."""
        return [part.name for part in self._parts]

    def find(self, which: str | type[Any]) -> Any:
        """A component by name or class. Raises NoComponent."""
        for part in self._parts:
            if which in (part.key, part.name):
                return self._running[part.key]
        name = which if isinstance(which, str) else which.__name__
        known = ", ".join(self.names) or "none"
        text = f"there is no component {name!r}; started are: {known}"
        raise NoComponent(f"{text}. Is it missing among what you require?")

    def plan(self, wanted: Iterable[Wanted]) -> list[Part]:
        """What has to be started for these, in order. Raises ComponentError."""
        return _Plan([part_of(one) for one in wanted], self._parts).order

    async def start(self, controller: Any, wanted: Iterable[Wanted]) -> None:
        """Start these, and first what they require. Raises ComponentError, and what they raise."""
        for part in self.plan(wanted):
            result = part.init(controller)
            if isawaitable(result):
                result = await result
            self._running[part.key] = part.itself if result is None else result
            self._parts.append(part)


class _Plan:
    """An order in which everything comes behind what it requires, and otherwise as it was given."""

    def __init__(self, given: list[Part], running: list[Part]) -> None:
        self.order: list[Part] = []
        self._done = {part.key for part in running}
        self._known = {part.name: part for part in running}
        self._trail: list[Part] = []
        for part in given:
            self._know(part)
        for part in given:
            self._visit(part)

    def _know(self, part: Part) -> None:
        known = self._known.setdefault(part.name, part)
        runs = known.key == part.key and known.key in self._done
        if known is not part and not runs:
            raise ComponentError(f"there are two components {part.name!r}, or one twice")

    def _visit(self, part: Part) -> None:
        if part.key in self._done:
            return
        if part.key in [above.key for above in self._trail]:
            raise ComponentError(_circle([*self._trail, part]))
        self._trail.append(part)
        for requirement in part.requires:
            self._visit(self._required(part, requirement))
        self._trail.pop()
        self._done.add(part.key)
        self.order.append(part)

    def _required(self, by: Part, requirement: Any) -> Part:
        known = self._known.get(requirement) if isinstance(requirement, str) else None
        if known is None:
            known = _load(by, requirement)
            for other in self._known.values():
                if other.key == known.key:
                    return other
            self._know(known)
        return known


def part_of(wanted: Wanted) -> Part:
    """The component that something is. Raises ComponentError when it is none."""
    if isinstance(wanted, Script):
        return _module_part(wanted.module, wanted.init, wanted.path)
    if isinstance(wanted, ModuleType):
        return _module_part(wanted, _init_of(wanted), _file_of(wanted))
    if isinstance(wanted, type):
        name = str(getattr(wanted, "name", wanted.__name__))
        return Part(wanted, name, explained(wanted, _path_of(wanted)), _requires(wanted, name))
    if not callable(wanted):
        raise ComponentError(f"{wanted!r} is no component: neither a module nor a class")
    home = sys.modules.get(getattr(wanted, "__module__", None) or "")
    if home is not None and getattr(home, "init", None) is wanted:
        return _module_part(home, wanted, _file_of(home))
    name = f"{callback_name(wanted)}-{id(wanted):x}"
    return Part(name, name, wanted, itself=wanted)


def _init_of(module: ModuleType) -> Callable[[Any], Any]:
    init: Any = getattr(module, "init", None)
    if not callable(init):
        raise ComponentError(f"{module.__name__} is no component: it has no function init(ctrl)")
    return explained(init, _file_of(module))


def _module_part(module: ModuleType, init: Callable[[Any], Any], path: str) -> Part:
    name = stem(path)
    requires = _requires(module, name)
    return Part(name, name, init, requires, str(Path(path).parent), module)


def _requires(component: Any, name: str) -> tuple[Any, ...]:
    requires = getattr(component, "requires", ())
    if not isinstance(requires, tuple | list):
        text = f"requires = {requires!r} must be a tuple of names and classes"
        raise ComponentError(f"{name}: {text}, as in requires = ({requires!r},)")
    return tuple(requires)


def _load(by: Part, requirement: Any) -> Part:
    try:
        if not isinstance(requirement, str):
            return part_of(requirement)
        local = is_path(requirement)
        return part_of(load(str(Path(by.folder, requirement)) if local else requirement))
    except ScriptError as error:
        raise ComponentError(f"{by.name} requires {requirement!r}: {error}") from None


def _circle(trail: list[Part]) -> str:
    first = [part.key for part in trail].index(trail[-1].key)
    names = " -> ".join(part.name for part in trail[first:])
    return f"components require each other in a circle: {names}"


def _path_of(cls: type[Any]) -> str:
    module = sys.modules.get(cls.__module__)
    return _file_of(module) if module is not None else cls.__module__


def _file_of(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or module.__name__
