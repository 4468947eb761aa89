"""`ofcontroller apps`."""

from __future__ import annotations

import click

from controller.script import apps


@click.command("apps")
def list_apps() -> None:
    """List the apps that `run` knows by name."""
    found = list(apps())
    width = max((len(name) for name, _ in found), default=0)
    click.echo("\n".join(f"{name:{width}}  {summary}" for name, summary in found))
