"""`ofswim join`, `leave` and `update`: what a running agent is told to do."""

from __future__ import annotations

import click

from apps.swim.cli.asking import asks
from console.asking import Running
from console.failure import Failure


@click.command()
@asks
@click.argument("addresses", metavar="HOST[:PORT]...", nargs=-1, required=True)
def join(agent: Running, addresses: tuple[str, ...]) -> None:
    """Become one cluster with others."""
    count = agent.ask("join", addresses=list(addresses))
    if not count:
        raise Failure("none of them has answered")
    click.echo(f"{count} of {len(addresses)} have answered")


@click.command()
@asks
def leave(agent: Running) -> None:
    """Have the agent leave the cluster, and end."""
    agent.ask("leave")


@click.command()
@asks
@click.option(
    "--meta",
    metavar="KEY=VALUE",
    multiple=True,
    required=True,
    help="Set this; KEY= removes it. What is not named stays.",
)
def update(agent: Running, meta: tuple[str, ...]) -> None:
    """Change the agent's metadata."""
    agent.ask("update", tags=list(meta))
