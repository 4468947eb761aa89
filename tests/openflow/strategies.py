"""Hypothesis strategies for everything the codec knows, derived from the layouts: one rule for each kind of step.

`messages(cls, version)` yields messages that this version can say, in their canonical form (what decoding gives).
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from hypothesis import strategies as st

from openflow import (
    SUPPORTED,
    ApplyActions,
    Message,
    MultipartReply,
    MultipartRequest,
    Version,
)
from openflow.forms.folds import FOLDS
from openflow.layouts.kinds import TRANSLATIONS
from openflow.layouts.language import (
    Bytes,
    Int,
    Layout,
    Literal,
    Many,
    ManyInts,
    Nested,
    Rest,
    Special,
    Step,
    Text,
    compile_layout,
)
from openflow.messages import MESSAGES
from openflow.structs import FAMILIES, STRUCTS, Code, Element, Struct
from tests.openflow.experimenters.strategies import extension_forms
from tests.openflow.match_strategies import (
    catalogued_errors,
    fixed_matches,
    headers,
    oxm_matches,
    packet_in_matches,
    packet_in_ports,
    set_fields,
    standard_matches,
    stats,
)
from tests.openflow.property_forms import (
    enclosed_messages,
    folds,
    oxm_values,
    unfolded_kinds,
)


def of_experimenter(cls: type) -> bool:
    """Whether a class is an extension, by the package that it is in."""
    return cls.__module__.startswith("openflow.experimenters")


def is_extension(cls: type[Message], version: Version) -> bool:
    """Whether a message is an experimenter's in this version; it may be the specification's in another."""
    code = cls.code(version)
    return isinstance(code, tuple) and len(code) > 2


_ALL_SPOKEN = [
    (version, cls) for version in SUPPORTED for cls in MESSAGES.values() if cls.layout.get(version)
]
SPOKEN: list[tuple[Version, type[Message]]] = [
    (version, cls) for version, cls in _ALL_SPOKEN if not is_extension(cls, version)
]
"""Every version with every message that it has."""
EXTENSIONS = [(version, cls) for version, cls in _ALL_SPOKEN if is_extension(cls, version)]
"""The same of experimenters' messages."""


def spoken_id(value: object) -> str:
    """How pytest calls a version or a class."""
    return value.__name__ if isinstance(value, type) else str(value)


def integers(size: int) -> st.SearchStrategy[int]:
    """Unsigned integers of `size` bytes, the ends of the range more often than chance would have them."""
    top = (1 << 8 * size) - 1
    return st.sampled_from([0, 1, top - 1, top]) | st.integers(0, top)


@cache
def messages(cls: type[Message], version: Version) -> st.SearchStrategy[Message]:
    """Messages of a class that `version` has."""
    (text,) = cls.layout[version].values()
    more = {"xid": integers(4)}
    if issubclass(cls, MultipartRequest | MultipartReply):
        more["flags"] = integers(2)
    return _objects(cls, version, compile_layout(text), alignment=1, more=more)


@cache
def any_message(version: Version) -> st.SearchStrategy[Message]:
    """Messages of every class that `version` has."""
    return st.one_of([messages(cls, spoken) for spoken, cls in SPOKEN if spoken == version])


@cache
def structures(name: str, version: Version) -> st.SearchStrategy[Any]:
    """Objects of a structure, or the elements of a family, by its name in layouts."""
    cls = STRUCTS[name]
    if not issubclass(cls, Element):
        return _objects(cls, version, compile_layout(cls.layout[version]), alignment=1)
    kinds = [element(kind, version) for kind in FAMILIES[name].values() if kind.layout.get(version)]
    return st.one_of([*kinds, _unknown_elements(cls, version)])


@cache
def element(kind: type[Element], version: Version) -> st.SearchStrategy[Any]:
    """Elements of one class."""
    family: Any = STRUCTS[kind.family]
    return st.one_of(
        [
            _objects(
                kind, version, compile_layout(_numbers(code, family) + text), _alignment(family)
            )
            for code, text in kind.layout[version].items()
        ]
    )


def _numbers(code: Code, family: type[Element]) -> str:
    """What stands before an element's text: an experimenter's numbers, or nothing."""
    return "" if isinstance(code, int) else f"#{bytes(4 + family.subtype_size).hex()} "


def _unknown_elements(family: type[Element], version: Version) -> st.SearchStrategy[Any]:
    raw: Any = STRUCTS[family.raw]
    known = {
        code for kind in FAMILIES[family.__name__].values() for code in kind.layout.get(version, {})
    }
    types = integers(2).filter(lambda code: code not in known)
    return st.builds(raw, type=types, data=_padded(4, _alignment(family)))


def _alignment(family: type[Element]) -> int:
    return family.alignment if family.padded_length else 1


def _padded(before: int, alignment: int) -> st.SearchStrategy[bytes]:
    """Bytes that, with those before them, need no padding."""
    least = -before % alignment
    return st.integers(0, 3).flatmap(
        lambda n: st.binary(min_size=least + n * alignment, max_size=least + n * alignment)
    )


def _objects(
    cls: type[Struct], version: Version, layout: Layout, alignment: int, **options: Any
) -> st.SearchStrategy[Any]:
    arguments: dict[str, st.SearchStrategy[Any]] = dict(options.get("more", {}))
    for name, values in layout.constants.items():
        arguments[name] = st.just(values[0])  # what decoding gives; the others are for encoding
    pairs: list[tuple[tuple[str, ...], st.SearchStrategy[Any]]] = []
    before = 4
    for step in layout.steps:
        match step:
            case Literal(data=literal):
                before += len(literal)
            case Special(names=()):
                pass
            case Special(names=names, form=form):
                pairs.append((names, _special(form, names, version)))
            case Rest(name=name):
                arguments[name] = _padded(before, alignment)
            case _:
                before += getattr(step, "size", 0)
                if hasattr(step, "name") and (strategy := _values(step, version)) is not None:
                    arguments[step.name] = strategy
    known = {field.name: field for field in fields(cls) if field.init}
    assert set(arguments) <= set(known)
    return st.builds(_build, st.just(cls), st.fixed_dictionaries(arguments), _joint(pairs))


def _build(cls: Any, arguments: dict[str, Any], more: dict[str, Any]) -> Any:
    return cls(**arguments, **more)


def _joint(
    pairs: list[tuple[tuple[str, ...], st.SearchStrategy[Any]]],
) -> st.SearchStrategy[dict[str, Any]]:
    """Values of forms that may fill several fields, as arguments."""
    return st.tuples(*(strategy for _, strategy in pairs)).map(
        lambda found: {
            name: value
            for (names, _), values in zip(pairs, found, strict=True)
            for name, value in zip(names, values if len(names) > 1 else (values,), strict=True)
        }
    )


def _values(step: Step, version: Version) -> st.SearchStrategy[Any] | None:
    """What the field of one step may hold."""
    match step:
        case Int(size=size, mapping=""):
            return integers(size)
        case Int(size=size, mapping=mapping):
            return integers(size).map(TRANSLATIONS[mapping].decode)
        case Text(size=size):
            return st.text(
                st.characters(exclude_characters="\0", codec="utf-8"), max_size=size // 4
            )
        case Bytes(size=size):
            return st.binary(min_size=size, max_size=size)
        case Nested(type=name):
            return structures(name, version)
        case Many(type=name):
            return st.lists(st.deferred(lambda: structures(name, version)), max_size=3)
        case ManyInts(size=size):
            return st.lists(integers(size), max_size=5)
        case _:
            return None


def _unfolded(form: str, version: Version) -> st.SearchStrategy[list[Any]]:
    """Elements of the kinds that do not fill fields of the structure itself."""
    family: Any = STRUCTS[FOLDS[form].family]
    kinds = [
        _objects(kind, version, compile_layout(kind.layout[version][code]), _alignment(family))
        for kind, code in unfolded_kinds(form, version)
    ]
    return st.lists(st.one_of([*kinds, _unknown_elements(family, version)]), max_size=3)


def _special(form: str, names: tuple[str, ...], version: Version) -> st.SearchStrategy[Any]:
    match form:
        case "fixedmatch":
            return fixed_matches()
        case "oxm":
            return oxm_matches(version)
        case "standardmatch":
            return standard_matches()
        case "phyport":
            return packet_in_ports()
        case "late":
            return st.none() | integers(4)
        case "oxs":
            return stats(names[:-1]) if len(names) > 1 else stats(()).map(lambda held: held[0])
        case "oxmheaders":
            return st.tuples(*(headers(version) for _ in names))
        case "oxmport":
            return packet_in_matches(version)
        case "oxmfield":
            return set_fields(version)
        case "error":
            return catalogued_errors(version)
        case "applied":
            actions = st.lists(structures("Action", version), max_size=3)
            return actions.map(lambda found: [ApplyActions(found)] if found else [])
    return _listed(form, names, version)


def _listed(form: str, names: tuple[str, ...], version: Version) -> st.SearchStrategy[Any]:
    match form:
        case "buckets":
            return st.lists(structures("Bucket", version), max_size=3)
        case "oxms":
            return oxm_values(version)
        case "message":
            return enclosed_messages()
        case "bundled":
            properties = st.lists(structures("BundleProperty", version), max_size=3)
            return st.tuples(enclosed_messages(), properties)
        case _ if form in FOLDS:
            return folds(form, names, version, _unfolded(form, version))
    return extension_forms(form, names, version)
