"""Hypothesis strategies for the forms of the layout language that experimenters' classes bring along."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from openflow import Match, Version
from openflow.experimenters.flow_specs import NxFlowSpecLoad, NxFlowSpecMatch, NxFlowSpecOutput
from openflow.experimenters.learn import LearnFlags
from openflow.fields import OXM_CLASS_EXPERIMENTER, Field, oxm_fields

U8, U16, U32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32))
OFFSETS = st.integers(0, 0x3FF)
NUMBERS_OF_BITS = st.integers(1, 64)


def names_of(version: Version, *, short: bool = False) -> st.SearchStrategy[str]:
    """Names of fields, and headers of none; with a header of four bytes only, if `short`."""
    fields = [
        field.name
        for field in oxm_fields(version)
        if not (short and field.oxm_class == OXM_CLASS_EXPERIMENTER)
    ]
    unknown = st.integers(0, 0xFFFF).map(lambda low: f"0x0002{low:04x}")
    return st.sampled_from(sorted(set(fields))) | unknown


def _values(field: Field) -> st.SearchStrategy[Any]:
    exact = st.integers(0, field.ones)
    if not field.maskable:
        return exact
    masked = st.tuples(exact, st.integers(1, field.ones - 1)) if field.bits > 1 else exact
    return exact | masked.map(
        lambda pair: pair if isinstance(pair, int) else (pair[0] & pair[1], pair[1])
    )


@st.composite
def entries(draw: st.DrawFn, version: Version) -> tuple[str, Any]:
    """A field, and its value or (value, mask)."""
    field = draw(st.sampled_from(_one_each(version)))
    return field.name, draw(_values(field))


def _one_each(version: Version) -> list[Field]:
    return list({field.name: field for field in reversed(oxm_fields(version))}.values())


def matches(version: Version) -> st.SearchStrategy[Match]:
    """Matches of any fields, sensible or not: whoever reads them asks for no prerequisites."""
    return st.lists(entries(version), max_size=4).map(lambda found: Match(dict(found)))


@st.composite
def flow_specs(draw: st.DrawFn, version: Version) -> Any:
    """One part of a learned flow entry."""
    cls: Any = draw(st.sampled_from([NxFlowSpecMatch, NxFlowSpecLoad, NxFlowSpecOutput]))
    n_bits = draw(st.integers(1, 0x3FF) | st.integers(1, 64))
    constant = st.integers(0, (1 << n_bits) - 1)
    spec: dict[str, Any] = {"n_bits": n_bits, "src": draw(names_of(version) | constant)}
    if isinstance(spec["src"], str):
        spec["src_ofs"] = draw(U16)
    if cls is not NxFlowSpecOutput:
        spec |= {"dst": draw(names_of(version)), "dst_ofs": draw(U16)}
    return cls(**spec)


@st.composite
def learn_results(draw: st.DrawFn, version: Version) -> tuple[Any, ...]:
    """What NxLearn2 says from its flags on."""
    flags = draw(U16)
    dst = draw(names_of(version)) if flags & LearnFlags.WRITE_RESULT else ""
    numbers = [draw(strategy) for strategy in (U8, U16, U16, U32, U16)]
    return flags, *numbers, dst, draw(st.lists(flow_specs(version), max_size=3))


def nat_ranges() -> st.SearchStrategy[tuple[Any, ...]]:
    """Bounds of addresses and ports, or none."""
    return st.tuples(
        *(st.none() | st.integers(0, (1 << bits) - 1) for bits in (32, 32, 128, 128, 16, 16))
    )


def extension_forms(form: str, names: tuple[str, ...], version: Version) -> st.SearchStrategy[Any]:
    """Values of a form: for one name the value, for several a tuple."""
    match form:
        case "oxmid" | "wideoxmid":
            return names_of(version)
        case "nxm" | "onfmatch":
            return matches(version)
        case "oxmentry":
            return entries(version)
        case "ofsnbits":
            return st.tuples(OFFSETS, NUMBERS_OF_BITS)
        case "cntids" | "members":
            return st.lists(U16, max_size=5)
        case "loadmembers":
            members = st.lists(U16, max_size=5)
            return st.tuples(OFFSETS, NUMBERS_OF_BITS, names_of(version, short=True), members)
        case "natrange":
            return nat_ranges()
        case "flowspecs":
            return st.lists(flow_specs(version), max_size=3)
        case "learnresult":
            return learn_results(version)
    raise AssertionError(f"no strategy for the form {form}")
