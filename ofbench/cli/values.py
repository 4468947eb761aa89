"""What is written on the command line: addresses, times, files, and the options that several commands share."""

from __future__ import annotations

import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from ofbench.address import Address, parse_address
from openflow.versions import SUPPORTED, V1_0, Version, parse_version

_WHERE = {
    False: "where a controller listens: try tcp:HOST:PORT",
    True: "where switches could connect: try ptcp:PORT[:HOST]",
}
"""What an address has to be, by whether we are the one who listens there."""


class Place(click.ParamType[Address]):
    """An address, of either kind unless `listen` says which."""

    name = "address"

    def __init__(self, *, listen: bool | None = None) -> None:
        self._listen = listen

    def convert(self, value: Any, param: Any, ctx: Any) -> Address:
        try:
            address = value if isinstance(value, Address) else parse_address(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if self._listen not in (None, address.listen):
            self.fail(f"{value!r} is not {_WHERE[not address.listen]}", param, ctx)
        return address


class Seconds(click.FloatRange):
    """A time that comes to an end, and is a number."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return seconds


class Output(click.Path):
    """A file to write, refused before anything is measured when that cannot be done."""

    def __init__(self, *suffixes: str) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)
        self._suffixes = suffixes

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        if not path.exists() and not os.access(path.parent, os.W_OK):
            self.fail(f"{path.parent} cannot be written to", param, ctx)
        if self._suffixes and path.suffix not in self._suffixes:
            self.fail(f"{path.name} must end in {' or '.join(self._suffixes)}", param, ctx)
        return path


class Picture(Output):
    """A PNG to draw, refused as well where there is nothing to draw it with."""

    def __init__(self) -> None:
        super().__init__(".png")

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if find_spec("matplotlib") is None:
            self.fail("drawing needs matplotlib: pip install matplotlib", param, ctx)
        return super().convert(value, param, ctx)


def _version(context: click.Context, param: click.Parameter, value: str) -> Version:
    try:
        return parse_version(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


protocol = click.option(
    "--protocol",
    "version",
    callback=_version,
    default=V1_0.text,
    show_default=True,
    metavar="VERSION",
    help=f"The version of OpenFlow to speak, {SUPPORTED[0].text} to {SUPPORTED[-1].text}.",
)
cpu = click.option("--cpu", type=click.IntRange(0), help="Run on this processor only.")
as_json = click.option(
    "--json",
    "json_to",
    type=Output(),
    help="Write all that was measured to this file, as docs/ofbench.md says.",
)


def pin(cpu: int | None) -> None:
    """Run on this processor only."""
    if cpu is not None:
        from ofbench.runtime.sockets import pin

        try:
            pin(cpu)
        except (OSError, OverflowError):
            raise click.BadParameter(
                f"there is no processor {cpu} here", param_hint="--cpu"
            ) from None
