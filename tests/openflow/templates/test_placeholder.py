"""`openflow.templates.placeholder`: it can be passed on, and nothing else."""

from __future__ import annotations

import copy
import pickle
import struct
import sys
from collections.abc import Callable
from typing import Any

import pytest

import openflow as of
from openflow.templates.placeholder import Placeholder, Touched

USES: dict[str, Callable[[Any], Any]] = {
    "compared": lambda value: value == 1,
    "ordered": lambda value: value < 1,
    "in a condition": lambda value: 1 if value else 2,
    "added": lambda value: value + 1,
    "added to": lambda value: 1 + value,
    "shifted": lambda value: 1 << value,
    "negated": lambda value: -value,
    "an index": lambda value: [1, 2][value],
    "a key": {1: 2}.get,
    "in a set": lambda value: {value},
    "looked for": lambda value: value in (1, 2),
    "looked into": lambda value: 1 in value,
    "measured": len,
    "cut": lambda value: value[:2],
    "iterated": list,
    "counted to": range,
    "an int": int,
    "a float": float,
    "bytes": bytes,
    "text": str,
    "shown": repr,
    "in a text": lambda value: f"{value}",
    "in hexadecimal": hex,
    "rounded": round,
    "packed": lambda value: struct.pack(">I", value),
    "a method": lambda value: value.bit_length(),
    "a port": of.PortNo,
    "copied": copy.copy,
    "copied in depth": copy.deepcopy,
    "pickled": pickle.dumps,
    "weighed": sys.getsizeof,
}


@pytest.mark.parametrize("kind", [int, bytes])
@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_whoever_wants_its_value_is_refused_and_it_remembers(
    kind: type, use: Callable[[Any], Any]
) -> None:
    placeholder = Placeholder(kind)
    with pytest.raises(Touched):
        use(placeholder)
    assert placeholder.touched


@pytest.mark.parametrize("kind", [int, bytes])
def test_it_has_every_operation_of_what_it_stands_for(kind: type) -> None:
    harmless = {"__getattribute__", "__new__", "__getnewargs__", "__getstate__", "__buffer__"}
    operations = {name for name in set(dir(kind)) - set(dir(object)) if name.startswith("__")}
    assert operations - harmless <= set(vars(Placeholder))


@pytest.mark.parametrize("kind", [int, bytes, of.PortNo])
def test_it_is_an_instance_of_what_it_stands_for(kind: type) -> None:
    placeholder = Placeholder(kind)
    assert isinstance(placeholder, kind)
    assert not isinstance(placeholder, str | list)
    assert placeholder is not None
    assert not placeholder.touched


def test_it_can_be_passed_on_to_messages() -> None:
    port, data = Placeholder(int), Placeholder(bytes)
    out = of.PacketOut(in_port=port, actions=[of.Output(port)], data=data)  # type: ignore[arg-type]
    assert out.actions[0].port is port  # type: ignore[attr-defined]
    assert not port.touched
    assert not data.touched


def test_a_match_bounds_it_by_its_narrowest_field() -> None:
    placeholder = Placeholder(int)
    match = of.Match(in_port=placeholder, vlan_vid=placeholder, eth_dst=placeholder)
    assert match["vlan_vid"] is placeholder
    assert (placeholder.top, placeholder.touched) == (0x1FFF, False)


def test_bytes_are_no_value_of_a_match() -> None:
    data = Placeholder(bytes)
    of.Match({"0x0002.31": data})
    assert not data.touched
