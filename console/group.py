"""The group of commands that a program is."""

from __future__ import annotations

from typing import Any

import click

from console.interrupts import INTERRUPTED, raised_by_interrupts


class Program(click.Group):
    """Commands that hear of Ctrl-C by a KeyboardInterrupt; one that lets it pass ends quietly, with status 130."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            with raised_by_interrupts():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
