"""The protocol versions, by the number that stands in a message's header."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TypeVar

T = TypeVar("T")


class Version(IntEnum):
    """A version of OpenFlow; its value is the header's `version` byte."""

    V1_0 = 1
    V1_1 = 2
    V1_2 = 3
    V1_3 = 4
    V1_4 = 5
    V1_5 = 6

    @property
    def text(self) -> str:
        """The name that command lines use, as in Open vSwitch: `OpenFlow13`."""
        return f"OpenFlow1{self.value - 1}"

    def __str__(self) -> str:
        return f"1.{self.value - 1}"


V1_0 = Version.V1_0
V1_1 = Version.V1_1
V1_2 = Version.V1_2
V1_3 = Version.V1_3
V1_4 = Version.V1_4
V1_5 = Version.V1_5

SUPPORTED: tuple[Version, ...] = tuple(Version)
"""The versions that the codec has layouts for, oldest first."""

USUAL: tuple[Version, ...] = (V1_0, V1_3)
"""The versions that programs speak unless they are told otherwise."""


def since(first: Version, entry: T, *, until: Version = V1_5) -> dict[Version, T]:
    """The same entry for each version from `first` to `until`, as a part of a table by version.

    `{V1_0: "...", **since(V1_1, "...", until=V1_3), **since(V1_4, "...")}`
    """
    return {version: entry for version in Version if first <= version <= until}


def parse_version(text: str, known: Iterable[Version] = SUPPORTED) -> Version:
    """Read `OpenFlow13`, `1.3` or `13`; raise ValueError for a version that is none of those known."""
    digits = text.strip().lower().removeprefix("openflow").replace(".", "")
    for version in known:
        if digits == f"1{version.value - 1}":
            return version
    names = ", ".join(version.text for version in known)
    raise ValueError(f"unknown OpenFlow version {text!r}; known: {names}")


def parse_versions(text: str, known: Iterable[Version] = SUPPORTED) -> frozenset[Version]:
    """Read a comma-separated list of versions, such as `OpenFlow10,OpenFlow13`."""
    return frozenset(parse_version(item, known) for item in text.split(",") if item.strip())
