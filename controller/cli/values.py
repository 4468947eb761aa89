"""What the words of options stand for: addresses, versions, which worker one is."""

from __future__ import annotations

import click

from controller.address import Address, parse_address
from openflow.versions import Version, parse_versions

Identity = tuple[int, int]
"""A worker's number, and the descriptor by which its parent talks to it."""


def addresses(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[Address, ...]:
    """Where to listen, or whom to connect to."""
    try:
        return tuple(parse_address(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def versions(ctx: click.Context, param: click.Parameter, value: str) -> frozenset[Version]:
    """The versions to speak, at least one."""
    try:
        found = parse_versions(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if not found:
        raise click.BadParameter("no version is given")
    return found


def identity(ctx: click.Context, param: click.Parameter, value: str | None) -> Identity | None:
    """Which worker this process is, if it is one."""
    if value is None:
        return None
    number, _, descriptor = value.partition(":")
    if not (number.isdecimal() and descriptor.isdecimal()):
        raise click.BadParameter("workers are started by --workers")
    return int(number), int(descriptor)
