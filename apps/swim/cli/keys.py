"""`ofswim keys`: make one, and change those of a running agent."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

import click

from apps.swim.cli.asking import ask, asks

_KEY_BYTES = 32


@click.group()
def keys() -> None:
    """Change the keys of a running agent; docs/swim.md says how a cluster changes its key."""


@keys.command("generate")
def keys_generate() -> None:
    """Print a new key, of 32 bytes."""
    click.echo(b64encode(os.urandom(_KEY_BYTES)).decode())


@keys.command("list")
@asks
def keys_list(path: Path) -> None:
    """List the keys, the one that encrypts first."""
    click.echo("\n".join(ask(path, "keys_list")))


def _changes_keys(word: str, help_: str) -> None:
    @keys.command(word, help=help_)
    @asks
    @click.argument("key", metavar="BASE64")
    def change(path: Path, key: str) -> None:
        ask(path, f"keys_{word}", key=key)


_changes_keys("add", "Open with this key, too.")
_changes_keys("use", "Encrypt with this key, one that was added.")
_changes_keys("remove", "Do not open with this key any more.")
