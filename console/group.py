"""The group of commands that a program is, and how it ends."""

from __future__ import annotations

import sys
from errno import ENOSPC
from typing import Any, NoReturn

import click

from console.failure import Failure, reason_of
from console.interrupts import INTERRUPTED, raised_by_interrupts

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class Program(click.Group):
    """Commands that hear of Ctrl-C by a KeyboardInterrupt; one that lets it pass ends quietly, with status 130.

    One that raises Failure ends with its line behind the name of the program, and with status 1; and so does one whose
    output finds no room.
    """

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        """As any group, with -h beside --help, and with --version."""
        super().__init__(*arguments, **{"context_settings": _SETTINGS, **attributes})
        click.version_option(package_name="ofswitch", message="%(prog)s %(version)s")(self)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            with raised_by_interrupts():
                return super().invoke(ctx)
        except Failure as failure:
            _fail(ctx.info_name, str(failure))
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the program: its help, too, may find no room."""
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if error.errno != ENOSPC:
                raise
            _fail(options.get("prog_name"), reason_of(error))


def _fail(program: str | None, text: str) -> NoReturn:
    click.echo(f"{program}: {text}", err=True)
    sys.exit(1)
