"""The command `ofswitch`: run a switch, look into a running one, change its ports.

What the user got wrong is said in one line on stderr, with what to do: exit status 2 for a command line that could
never work, 1 for one that did not work here. Modules that only one command needs are imported there.
"""

from __future__ import annotations

import click

from console.group import Program
from ofswitch.cli.looking import drops, flows, show
from ofswitch.cli.port import port
from ofswitch.cli.run import run
from ofswitch.cli.trace import trace


@click.group(cls=Program)
def main() -> None:
    """An OpenFlow switch between tap devices and other Linux interfaces.

    \b
    ofswitch run NAME --port SPEC...     run a switch until Ctrl-C or SIGTERM
    ofswitch show NAME                   look into a running switch
    ofswitch flows NAME                  its flow table
    ofswitch drops NAME                  what it dropped, and why
    ofswitch trace NAME in_port=1,...    what would become of a packet, and why
    ofswitch port add NAME SPEC          change its ports while it runs
    """


for _command in (run, show, flows, drops, trace, port):
    main.add_command(_command)
