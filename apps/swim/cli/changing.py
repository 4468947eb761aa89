"""`ofswim join`, `leave` and `update`: what a running agent is told to do."""

from __future__ import annotations

from pathlib import Path

import click

from apps.swim.cli.asking import ask, asks, fail


@click.command()
@asks
@click.argument("addresses", metavar="HOST[:PORT]...", nargs=-1, required=True)
def join(path: Path, addresses: tuple[str, ...]) -> None:
    """Become one cluster with others."""
    count = ask(path, "join", addresses=list(addresses))
    if not count:
        fail("none of them has answered")
    click.echo(f"{count} of {len(addresses)} have answered")


@click.command()
@asks
def leave(path: Path) -> None:
    """Have the agent leave the cluster, and end."""
    ask(path, "leave")


@click.command()
@asks
@click.option(
    "--meta",
    metavar="KEY=VALUE",
    multiple=True,
    required=True,
    help="Set this; KEY= removes it. What is not named stays.",
)
def update(path: Path, meta: tuple[str, ...]) -> None:
    """Change the agent's metadata."""
    ask(path, "update", tags=list(meta))
