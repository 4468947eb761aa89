"""What to write instead of what was an error: for those who are used to Ryu or POX.

Of `event.msg` Python says that there is no such thing, and no more. Who reports the mistakes of apps (the guard, the
loader of scripts) adds what is found here, by the class and the name that an error is about. So a hint costs nothing
until it is needed, and no class has to know what it is not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import EnumType
from types import ModuleType
from typing import Any, TypeVar

import openflow
from controller.callbacks.habits import ARGUMENTS, ATTRIBUTES, MODULES, NAMES, PORTING, WORDS, Hints
from openflow import EncodeError, Match, Packet
from openflow.fields import formerly
from openflow.hints import meant_by, member_meant_by

T = TypeVar("T")

_NOT_SET = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_WRONG_CALL = re.compile(
    r"(\w+)\.__init__\(\) (?:got an unexpected keyword argument '(\w+)'|takes)"
)
_NOT_IMPORTED = re.compile(r"cannot import name '(\w+)'")
_HOMES = ("openflow", "controller")
_OURS = (*_HOMES, "builtins")


def instead_of(error: BaseException) -> str:
    """What to write instead of what raised this; empty when that is not known."""
    text = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    match error:
        case AttributeError(name=str(name), obj=thing):
            return _attribute(type(thing), thing, name)
        case AttributeError() if found := _NOT_SET.match(text):
            return _attribute(_vocabulary(found[1]), None, found[2])
        case TypeError():
            return _call(text)
        case EncodeError():
            return _by_words(error.text)
        case NameError(name=str(name)):
            return _of(NAMES, name) or _home(name)
        case ImportError(name=str(module)):
            return _import(module.partition(".")[0], text)
    return ""


def _attribute(cls: type[Any], thing: Any, name: str) -> str:
    if issubclass(cls, EnumType):
        meant = member_meant_by(thing, name)
        return f"did you mean {meant}?" if meant else ""
    former = formerly(name)
    if former and issubclass(cls, Match):
        return f"a match is a mapping: match.get({former[0]!r}) reads, Match({former[0]}=...) makes"
    if former and issubclass(cls, Packet):
        return f"it is {' or '.join(f'packet.{field}' for field in former)}"
    return _known(ATTRIBUTES, cls, name)


def _call(text: str) -> str:
    found = _WRONG_CALL.search(text)
    cls = _vocabulary(found[1]) if found else object
    if found is None or not is_dataclass(cls):
        return _by_words(text)
    names = ", ".join(field.name for field in fields(cls) if not field.kw_only)
    return _known(ARGUMENTS, cls, found[2] or "") or f"it is {cls.__name__}({names})"


def _by_words(text: str) -> str:
    return next((hint for words, hint in WORDS.items() if re.search(words, text)), "")


def _import(module: str, text: str) -> str:
    if module not in MODULES:
        return _of(NAMES, module) or ""
    found = _NOT_IMPORTED.match(text)
    name = found[1] if found else ""
    if home := _home(name):
        return home
    meant = meant_by(vars(openflow), name) if module == "openflow" else ""
    return f"did you mean openflow.{meant}?" if meant else (_of(NAMES, name) or PORTING)


def _home(name: str) -> str:
    """Where a name comes from that is missing, or looked for elsewhere."""
    for home in _HOMES:
        value = vars(sys.modules[home]).get(name)
        if value is not None and not isinstance(value, ModuleType):
            return f"from {home} import {name}"
    return ""


def _vocabulary(name: str) -> type[Any]:
    found = vars(openflow).get(name)
    return found if isinstance(found, type) else object


def _known(hints: Mapping[str, Hints], cls: type[Any], name: str) -> str:
    """What a class, or the nearest of its bases, has for a name, or else for any."""
    ours = [base.__name__ for base in cls.__mro__ if base.__module__.partition(".")[0] in _OURS]
    found = (_of(table, key) for key in (name, "*") for base in ours if (table := _of(hints, base)))
    return next(filter(None, found), "")


def _of(table: Mapping[str, T], name: str) -> T | None:
    """What stands in a table for one of the names in a text."""
    return next((value for names, value in table.items() if name in names.split()), None)
