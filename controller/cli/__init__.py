"""`ofcontroller`: run scripts and apps for switches."""

from __future__ import annotations

import click

from console.group import Program
from controller.cli.apps import list_apps
from controller.cli.run import run


@click.group(cls=Program)
def main() -> None:
    """An OpenFlow controller that calls your Python functions.

    \b
    Try:  ofcontroller run learning_switch
          ofcontroller run ./my_script.py --listen tcp:127.0.0.1:6653
    """


main.add_command(run)
main.add_command(list_apps)
