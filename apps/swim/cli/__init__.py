"""The command `ofswim`: run an agent (`agent`), and ask a running one (`looking`, `changing`, `keys`).

What the user got wrong is said in one line on stderr, with what to do: exit status 2 for a command line that could
never work, 1 for one that did not work here. Modules that only `agent` needs are imported there.
"""

from __future__ import annotations

import click

from apps.swim.cli.agent import agent
from apps.swim.cli.changing import join, leave, update
from apps.swim.cli.keys import keys
from apps.swim.cli.looking import events, info, members
from console.group import Program


@click.group(cls=Program)
def main() -> None:
    """Membership of a cluster, in the protocol of memberlist and Serf.

    \b
    ofswim agent --join HOST      be a member, until Ctrl-C or SIGTERM
    ofswim members                who is there, and in what state
    ofswim events                 what happens, as it happens
    ofswim leave                  have the agent leave and end
    """


for _command in (agent, members, events, info, join, leave, update, keys):
    main.add_command(_command)
