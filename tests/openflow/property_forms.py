"""Values for the forms of layouts that are lists of properties, or messages within messages."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from openflow import BarrierRequest, EchoRequest, Version
from openflow.fields import FIELDS
from openflow.forms.folds import FOLDS, Held
from openflow.layouts.language import Int, compile_layout
from openflow.structs import FAMILIES, Element


def folded_kind(family: str, held: Held, version: Version) -> tuple[type[Element], list[Int]]:
    """The class whose elements fill fields of the structure around them, and these fields."""
    kinds = FAMILIES[family].values()
    cls = next(cls for cls in kinds if held.code in cls.layout.get(version, {}))
    steps = compile_layout(cls.layout[version][held.code]).steps
    return cls, [step for step in steps if isinstance(step, Int)]


def folded_fields(
    form: str, names: tuple[str, ...], version: Version
) -> list[tuple[Held, list[Int]]]:
    """What fills the first of `names`, in their order."""
    spec = FOLDS[form]
    found: list[tuple[Held, list[Int]]] = []
    left = len(names) - 1
    for held in spec.helds:
        if left:
            found.append((held, folded_kind(spec.family, held, version)[1]))
            left -= len(held.absent)
    return found


def unfolded_kinds(form: str, version: Version) -> list[tuple[type[Element], int]]:
    """The kinds of elements, with their codes, that are always in the list."""
    spec = FOLDS[form]
    held = {held.code for held in spec.helds}
    return [
        (kind, code)
        for kind in FAMILIES[spec.family].values()
        for code in kind.layout.get(version, {})
        if isinstance(code, int) and code not in held
    ]


def _numbers(size: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << 8 * size) - 1)


def folds(
    form: str, names: tuple[str, ...], version: Version, rest: st.SearchStrategy[list[Any]]
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Values of the fields, present or absent, and a list of the other elements."""
    groups = [
        st.just(held.absent) | st.tuples(*(_numbers(step.size) for step in steps))
        for held, steps in folded_fields(form, names, version)
    ]
    values = st.tuples(*groups).map(lambda found: tuple(n for group in found for n in group))
    return st.tuples(values, rest).map(lambda pair: (*pair[0], pair[1]))


def enclosed_messages() -> st.SearchStrategy[Any]:
    """Messages that may be within another."""
    xids = _numbers(4)
    return st.builds(EchoRequest, st.binary(max_size=20), xid=xids) | st.builds(
        BarrierRequest, xid=xids
    )


def oxm_values(version: Version) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """Fields with values, as many as one likes of each."""
    pairs = [
        st.tuples(st.just(name), st.integers(0, FIELDS[name].ones))
        for name in ("in_port", "vlan_pcp")
    ]
    return st.lists(st.one_of(pairs), max_size=4)
