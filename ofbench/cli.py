"""`ofbench`: the command line."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from console.group import Program
from ofbench import native
from ofbench.address import Address, parse_address
from ofbench.frame import LEAST, MOST
from openflow.versions import SUPPORTED, V1_0, Version, parse_version

MOST_SWITCHES = 65535
MOST_HOSTS = 1 << 24
MODES = ("throughput", "latency")


class _Place(click.ParamType[Address]):
    name = "address"

    def __init__(self, *, to_connect: bool = False) -> None:
        self._to_connect = to_connect

    def convert(self, value: Any, param: Any, ctx: Any) -> Address:
        try:
            address = value if isinstance(value, Address) else parse_address(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if address.listen and self._to_connect:
            self.fail(f"{value!r} is not where a controller listens: try tcp:HOST:PORT", param, ctx)
        return address


class _Seconds(click.FloatRange):
    """A time that comes to an end, and is a number."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return seconds


class _Output(click.Path):
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


def _version(context: click.Context, param: click.Parameter, value: str) -> Version:
    try:
        return parse_version(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@contextmanager
def told(where: Address) -> Iterator[None]:
    """What goes wrong is told in one line, with where."""
    if not native.AVAILABLE:
        raise click.ClickException(native.MISSING)
    try:
        yield
    except OSError as error:
        raise click.ClickException(_reason(error, where)) from None


def _reason(error: OSError, where: Address) -> str:
    text = str(error)
    if error.filename is not None or str(where) in text:
        return text
    return f"{where}: {error.strerror or text}"


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


def _pin(cpu: int | None) -> None:
    if cpu is not None:
        from ofbench.runtime.sockets import pin

        try:
            pin(cpu)
        except (OSError, OverflowError):
            raise click.BadParameter(
                f"there is no processor {cpu} here", param_hint="--cpu"
            ) from None


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
    type=_Output(),
    help="Write all that was measured to this file.",
)


@click.group(
    cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="ofswitch", message="%(prog)s %(version)s")
def main() -> None:
    """Measure any OpenFlow controller or switch.

    \b
    ofbench controller 127.0.0.1:6653            responses/s and latency, with fake switches
    ofbench switch 127.0.0.1:6654                flow-mods/s, barriers, packet-outs/s, packet-ins/s
    """


@main.command()
@click.argument("address", type=_Place(to_connect=True))
@click.option(
    "--mode",
    "modes",
    type=click.Choice(MODES),
    multiple=True,
    default=MODES,
    help="As many packet-ins as the controller takes, or one at a time from each switch. [default: both]",
)
@protocol
@click.option("--switches", type=click.IntRange(1, MOST_SWITCHES), default=16, show_default=True)
@click.option(
    "--macs",
    type=click.IntRange(2, MOST_HOSTS),
    default=1000,
    show_default=True,
    help="Addresses of hosts at each switch.",
)
@click.option(
    "--ports", type=click.IntRange(1, 1000), default=4, show_default=True, help="Of each switch."
)
@click.option(
    "--in-flight",
    type=click.IntRange(0, 32768),
    default=0,
    help="Packet-ins of a switch that wait for responses, in throughput mode. [default: up to 16384]",
)
@click.option(
    "--frame-size", type=click.IntRange(LEAST, MOST), default=64, show_default=True, help="Bytes."
)
@click.option(
    "--no-buffers",
    is_flag=True,
    help="The switches keep no frames: responses that carry the frame are counted.",
)
@click.option("--warm-up", type=_Seconds(0, 3600), default=1.0, show_default=True, help="Seconds.")
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=5, show_default=True, help="Medians are told."
)
@click.option(
    "--seconds", type=_Seconds(0.1, 3600), default=2.0, show_default=True, help="Of each round."
)
@cpu
@click.option(
    "--busy-poll",
    is_flag=True,
    help="Never sleep: the lowest latency, at the price of a processor.",
)
@as_json
@click.option("--plot", "plot_to", type=_Output(".png"), help="Draw a PNG.")
def controller(
    address: Address,
    modes: tuple[str, ...],
    cpu: int | None,
    json_to: Path | None,
    plot_to: Path | None,
    **options: Any,
) -> None:
    """Load the controller at ADDRESS (tcp:HOST:PORT) with fake switches.

    Each switch sends packet-ins of frames between its hosts. What counts is the packet-ins that are answered: a
    flow-mod or a packet-out that names the packet-in, by its buffer or by the frame; the first one counts.
    """
    with told(address):
        from ofbench.progress import progress
        from ofbench.report import controller_report, fitting
        from ofbench.runtime import controller as runtime

        _pin(cpu)
        console = _console()
        names = {"macs": "hosts", "warm_up": "warm_up_s"}
        settings = {names.get(name, name): value for name, value in options.items()}
        settings["buffers"] = not settings.pop("no_buffers")
        results = []
        for mode in modes:
            load = runtime.Settings(mode=mode, **settings)
            with progress(console, mode) as watch:
                results.append(runtime.measure(address, load, watch))
        console.print(fitting(controller_report(address, results), console))
        if json_to:
            json_to.write_text(json.dumps([result.as_dict() for result in results]) + "\n")
        if plot_to:
            from ofbench.plot import draw

            draw(results, plot_to)


@main.command()
@click.argument("address", type=_Place())
@protocol
@click.option("--flows", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--packets", type=click.IntRange(8), default=20_000, show_default=True)
@click.option(
    "--port", type=click.IntRange(1), help="Send packet-outs to this port. [default: nowhere]"
)
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=3, show_default=True, help="Medians are told."
)
@cpu
@as_json
def switch(address: Address, cpu: int | None, json_to: Path | None, **options: Any) -> None:
    """Measure the switch at ADDRESS: tcp:HOST:PORT where it listens, or ptcp:PORT[:HOST] to wait for it.

    Its flows are added below all others, match what nobody sends, and are deleted again.
    """
    with told(address):
        from ofbench.figures import abilities
        from ofbench.progress import steps
        from ofbench.report import switch_report
        from ofbench.runtime import switch as runtime

        _pin(cpu)
        console = _console()
        with steps(console) as watch:
            dpid, passages = runtime.measure(address, runtime.Settings(**options), watch)
        found = abilities(passages)
        console.print(switch_report(address, dpid, found))
        if json_to:
            report = {"datapath_id": f"{dpid:016x}", "abilities": [one.as_dict() for one in found]}
            json_to.write_text(json.dumps(report, indent=1) + "\n")


@main.command()
@click.argument("address", type=_Place())
@protocol
@cpu
def bare(address: Address, version: Version, cpu: int | None) -> None:
    """Be a controller at ADDRESS (ptcp:PORT[:HOST]) that answers every packet-in and does nothing else.

    What it reaches is the most that `ofbench controller` can drive on a machine. Runs until Ctrl-C.
    """
    with told(address):
        from ofbench.runtime.controller import serve_bare

        _pin(cpu)
        with suppress(KeyboardInterrupt):
            serve_bare(address, version)
