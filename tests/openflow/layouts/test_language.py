"""The layout language, and that every layout in it fits its class."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from openflow.layouts.language import (
    Bytes,
    Count,
    Int,
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
from openflow.structs import FAMILIES, STRUCTS, Struct
from openflow.versions import SUPPORTED, Version

WORDS: list[tuple[str, Step]] = [
    ("a:u8", Int("a", 1)),
    ("a:u24", Int("a", 3)),
    ("a:u128", Int("a", 16)),
    ("a:port16", Int("a", 2, "port")),
    ("a:text32", Text("a", 32)),
    ("a:bytes20", Bytes("a", 20)),
    ("a:rest", Rest("a")),
    ("a:Port", Nested("a", "Port")),
    ("a:Action*", Many("a", "Action")),
    ("a:u32*", ManyInts("a", 4)),
    ("a:oxm", Special(("a",), "oxm")),
    ("a+b:oxm", Special(("a", "b"), "oxm")),
    ("pad4", Pad(4)),
    ("size16", Size()),
    ("len16(a)", Count("a")),
]


@pytest.mark.parametrize(("word", "step"), WORDS)
def test_a_word_is_a_step(word: str, step: Step) -> None:
    assert compile_layout(word).steps == (step,)


def test_constants_and_dropped_fields_take_no_bytes() -> None:
    layout = compile_layout("type=entry|miss a:u8 -b")
    assert layout.steps == (Int("a", 1),)
    assert layout.constants == {"type": ("entry", "miss")}
    assert layout.names == {"type", "a", "b"}


@pytest.mark.parametrize("word", ["a", "a:", ":u8", "pad", "a:u8*x", "len16()", "-", "a=b c d"])
def test_a_word_that_is_none_is_named(word: str) -> None:
    with pytest.raises(ValueError, match="bad word"):
        compile_layout(f"x:u8 {word}")


def test_a_layout_knows_where_its_lengths_stand() -> None:
    layout = compile_layout("a:u32 size16 len16(items) pad6 items:Action* b:rest")
    assert layout.size_offset == 4
    assert layout.count_offset("items") == 6
    assert layout.count_distance("items") == 8
    assert layout.order == ("a", "#items", "items", "b")
    assert layout.count_place("items") == 1
    assert layout.count_place("b") is None


def test_a_length_may_stand_any_distance_before_its_list() -> None:
    layout = compile_layout("len16(items) pad2 match:oxm items:Action*")
    assert layout.count_offset("items") == 0
    assert layout.count_distance("items") == 0


def test_a_length_stands_behind_fields_of_fixed_width_only() -> None:
    with pytest.raises(ValueError, match="fixed width only"):
        _ = compile_layout("a:rest size16").size_offset


def test_a_layout_of_fixed_width_knows_its_size() -> None:
    assert compile_layout("a:u48 pad2 name:text16 b:port16").size == 26
    assert compile_layout("").size == 0
    assert compile_layout("a:u8 b:rest").size is None


def layouts() -> list[tuple[type[Struct], Version, str]]:
    """Every layout of the vocabulary."""
    return [
        (cls, version, text)
        for cls in STRUCTS.values()
        for version in SUPPORTED
        for text in texts(cls.layout.get(version, ""))
    ]


def texts(entry: Any) -> list[str]:
    return list(entry.values()) if isinstance(entry, dict) else [entry] if entry else []


every_layout = pytest.mark.parametrize(
    ("text", "cls", "version"),
    [
        pytest.param(text, cls, version, id=f"{version}-{cls.__name__}")
        for cls, version, text in layouts()
    ],
)


@every_layout
def test_every_layout_names_fields_of_its_class_and_no_field_twice(
    text: str, cls: type[Struct], version: Version
) -> None:
    layout = compile_layout(text)
    own = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    order = [item for item in layout.order if not item.startswith("#")]
    assert len(order) == len(set(order))
    assert layout.names - {item for item in layout.order if item.startswith("#")} <= own
    assert not set(order) & (layout.dropped | set(layout.constants))


@every_layout
def test_every_structure_that_a_layout_names_has_that_version(
    text: str, cls: type[Struct], version: Version
) -> None:
    for step in compile_layout(text).steps:
        if isinstance(step, Nested | Many):
            assert step.type in FAMILIES or version in STRUCTS[step.type].layout
