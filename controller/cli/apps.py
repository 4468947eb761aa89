"""`ofcontroller apps`."""

from __future__ import annotations

import sys

import click

from controller.script import apps


@click.command("apps")
def list_apps() -> None:
    """List the apps that `run` knows by name."""
    found = list(apps())
    width = max((len(name) for name, _ in found), default=0)
    try:
        click.echo("\n".join(f"{name:{width}}  {summary}" for name, summary in found))
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # click knows what that is
    except OSError as error:
        raise click.ClickException(f"cannot write the list: {error.strerror}") from None
