"""`ofswim keys`: make one, and change those of a running agent."""

from __future__ import annotations

import os
from base64 import b64encode

import click

from apps.swim.cli.asking import asks
from console.asking import Running
from console.failure import Failure

_KEY_BYTES = 32


@click.group()
def keys() -> None:
    """Change the keys of a running agent, or of all; docs/swim.md says how a cluster changes its key."""


@keys.command("generate")
def keys_generate() -> None:
    """Print a new key, of 32 bytes."""
    click.echo(b64encode(os.urandom(_KEY_BYTES)).decode())


_everywhere = click.option(
    "--everywhere", is_flag=True, help="Not here only: all members of the cluster, Serf's too."
)


@keys.command("list")
@asks
@_everywhere
def keys_list(agent: Running, everywhere: bool) -> None:
    """List the keys, the one that encrypts first."""
    if not everywhere:
        click.echo("\n".join(agent.ask("keys_list")))
        return
    from apps.swim import report

    found = agent.ask("keys_list_everywhere")
    click.echo(report.keys(found))
    if found["amiss"]:
        raise Failure(found["amiss"])


def _changes_keys(word: str, help_: str) -> None:
    @keys.command(word, help=help_)
    @asks
    @_everywhere
    @click.argument("key", metavar="BASE64")
    def change(agent: Running, key: str, everywhere: bool) -> None:
        if everywhere:
            count = agent.ask("keys_change_everywhere", word=word, key=key)
            click.echo(f"all {count} members have done it")
        else:
            agent.ask("keys_change", word=word, key=key)


_changes_keys("add", "Open with this key, too.")
_changes_keys("use", "Encrypt with this key, one that was added.")
_changes_keys("remove", "Do not open with this key any more.")
