"""`ofbench controller`: what a controller is loaded with, and where the figures go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from console.failure import Failure
from ofbench.address import Address
from ofbench.cli.ending import terminal, told, whatever_ends_it, write, writing
from ofbench.cli.values import Picture, Place, Seconds, as_json, cpu, pin, protocol
from ofbench.frame import LEAST, MOST
from ofbench.settings import MODES, MOST_HOSTS, MOST_SWITCHES, LoadSettings

if TYPE_CHECKING:
    from ofbench.figures import Result
    from ofbench.origin import Origin


@click.command(short_help="Load a controller with fake switches.")
@click.argument("address", type=Place(listen=False))
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
@click.option("--warm-up", type=Seconds(0, 3600), default=1.0, show_default=True, help="Seconds.")
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=5, show_default=True, help="Medians are told."
)
@click.option(
    "--seconds", type=Seconds(0.1, 3600), default=2.0, show_default=True, help="Of each round."
)
@cpu
@click.option(
    "--busy-poll",
    is_flag=True,
    help="Never sleep: the lowest latency, at the price of a processor.",
)
@as_json
@click.option("--plot", "plot_to", type=Picture(), help="Draw a PNG.")
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
    flow-mod or a packet-out that names the packet-in, by its buffer or by the frame; the first one counts. A controller
    that answers none of them is told as such, and the exit status is 1. docs/ofbench.md tells what the figures mean.
    """
    with told(address):
        from ofbench.report import silence
        from ofbench.runtime.machine import here_and_now

        pin(cpu)
        found = Found(address, here_and_now(), json_to, plot_to)
        with whatever_ends_it(found.tell):
            _measure(found, modes, _settings(options))
        if complaint := silence(address, found.results):
            raise Failure(complaint)


def _settings(options: dict[str, Any]) -> LoadSettings:
    """Of either mode."""
    names = {"macs": "hosts", "warm_up": "warm_up_s"}
    settings = {names.get(name, name): value for name, value in options.items()}
    settings["buffers"] = not settings.pop("no_buffers")
    return LoadSettings(**settings)


def _measure(found: Found, modes: tuple[str, ...], settings: LoadSettings) -> None:
    """Load the controller in one mode after the other."""
    from ofbench.figures import Result
    from ofbench.progress import progress
    from ofbench.runtime.controller import measure

    for mode in modes:
        result = Result(replace(settings, mode=mode))
        found.begun.append(result)
        with progress(found.console, mode) as watch:
            measure(found.address, result, watch)


@dataclass(slots=True)
class Found:
    """What was measured, and where it goes: onto the terminal, and into files."""

    address: Address
    origin: Origin
    json_to: Path | None
    plot_to: Path | None
    begun: list[Result] = field(default_factory=list)
    console: Console = field(default_factory=terminal)

    @property
    def results(self) -> list[Result]:
        """Those with a round that is over."""
        return [result for result in self.begun if result.rounds]

    def tell(self, cut_short_by: str | None) -> None:
        """Show the table, and write the files."""
        from ofbench.documents import controller_document
        from ofbench.report import controller_report, fitting

        results = self.results
        if not results:
            return
        self.console.print(fitting(controller_report(self.address, results), self.console))
        write(controller_document(self.address, self.origin, results, cut_short_by), self.json_to)
        if self.plot_to:
            self._draw(self.plot_to)

    def _draw(self, path: Path) -> None:
        from ofbench.plot import draw
        from ofbench.report import loaded_with

        with writing("--plot", path):
            draw(f"{self.address}, {loaded_with(self.results[0])}", self.results, path)
