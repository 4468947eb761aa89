"""`ofswim members`, `events` and `info`: what a running agent knows."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import click

from apps.swim.cli.asking import asks
from console.asking import Running
from console.lines import on_a_terminal
from console.options import as_json

_WATCH_EVERY_S = 1.0
_CLEAR = "\x1b[H\x1b[2J"


@click.command()
@asks
@as_json
@click.option("--watch", is_flag=True, help="Show it again every second, until Ctrl-C.")
def members(agent: Running, as_json: bool, watch: bool) -> None:
    """List the members: name, address, state and for how long, round-trip time, metadata."""
    from apps.swim import report

    with suppress(KeyboardInterrupt):
        while True:
            found = agent.ask("members")
            text = json.dumps(found) if as_json else report.members(found)
            click.echo(_CLEAR + text if watch and on_a_terminal() else text)
            if not watch:
                return
            time.sleep(_WATCH_EVERY_S)


@click.command()
@asks
@as_json
def events(agent: Running, as_json: bool) -> None:
    """Show what happens to members, a line each, until Ctrl-C or the agent's end."""
    from apps.swim import report

    with suppress(KeyboardInterrupt):
        for found in agent.follow("events"):
            when = time.strftime("%H:%M:%S", time.localtime(found["time"]))
            click.echo(json.dumps(found) if as_json else f"{when} {report.event(found)}")


@click.command()
@asks
@as_json
def info(agent: Running, as_json: bool) -> None:
    """Show how the agent is: its members by state, its health, its counters."""
    from apps.swim import report

    found = agent.ask("info")
    click.echo(json.dumps(found) if as_json else report.info(found))
