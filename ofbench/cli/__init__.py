"""The command `ofbench`: load a controller, ask a switch, or be a controller without thoughts.

Exit status: 0 when there are figures, 1 when there is nobody to measure or nothing was answered, 2 for a command line
that could never work, 130 after Ctrl-C.
"""

from __future__ import annotations

import click

from console.group import Program
from ofbench.cli.bare import bare
from ofbench.cli.controller import controller
from ofbench.cli.switch import switch


@click.group(cls=Program)
def main() -> None:
    """Measure any OpenFlow controller or switch.

    \b
    ofbench controller 127.0.0.1:6653            responses/s and latency, with fake switches
    ofbench switch 127.0.0.1:6654                flow-mods/s, barriers, packet-outs/s, packet-ins/s
    ofbench bare ptcp:6653                       a controller that only answers: the most that can be measured

    All of it goes over plain TCP, never TLS. Ctrl-C ends a measurement early: what there is by then is shown and
    written all the same.
    """


for _command in (controller, switch, bare):
    main.add_command(_command)
