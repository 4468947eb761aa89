"""The command ``oflab``: a lab of namespaces with our switches, or its simulation without root.

A mistake or a failure is told in one line on stderr. Exit status: 2 for a command line that could
never work, 1 for a network that does not start or a test that fails, 128 + N after signal N.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from console.failure import reason_of
from console.group import Program
from console.interrupts import ended_by_interrupts
from console.lines import print_whole_lines
from console.tls.options import credentials_options

if TYPE_CHECKING:
    from topologies.plan import LabOptions

TESTS = ("pingall", "iperf")
NO_ROOT = "not root: simulating the network in one process (for a real one: sudo oflab ...)"

EXAMPLES = """\b
Examples, as root:
  oflab --topo tree,2,3 --test pingall
  oflab --topo linear,4 --cli
  oflab --topo single,3 --controller my_script.py
  oflab --topo single,3 --controller learning_switch,monitor
  oflab --topo single,3 --controller tcp:192.0.2.1:6653 --protocols OpenFlow10
  oflab demo
Without root, the same network is simulated in one process.
"""

_simulate = click.option("--simulate", is_flag=True, help="Simulate in one process, even as root.")


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXAMPLES,
)
@click.option(
    "--topo", default="single,2", show_default=True, help="single,N linear,N[,N] tree,D,F"
)
@click.option(
    "--controller",
    default="learning_switch",
    show_default=True,
    metavar="WHICH",
    help="Apps or scripts for ofcontroller, joined by commas; "
    "tcp:HOST:PORT or ssl:HOST:PORT of a controller that runs; or none.",
)
@credentials_options()
@click.option("--protocols", metavar="LIST", help="OpenFlow versions: OpenFlow10,OpenFlow13.")
@click.option(
    "--datapath", type=click.Choice(["reference", "native"]), help="The switches' engine."
)
@click.option(
    "--fail-mode",
    type=click.Choice(["secure", "standalone"]),
    help="Without its controller a switch waits for it, or forwards by itself.",
)
@click.option(
    "--test", "tests", type=click.Choice(TESTS), multiple=True, help="Run a test and end."
)
@click.option("--cli", "prompt", is_flag=True, help="Give a prompt: h1 ping h2, flows, help.")
@_simulate
@click.pass_context
def main(context: click.Context, /, **options: Any) -> None:
    """Run a network of switches and hosts on this machine.

    Each host is a network namespace, each switch an ofswitch; ofcontroller runs the controller.
    Without --test or --cli it runs until Ctrl-C. However it ends, it leaves nothing behind.
    """
    print_whole_lines()
    if context.invoked_subcommand is None:
        with ended_by_interrupts():  # until the network heeds signals
            sys.exit(_run(**options))


@main.command()
@_simulate
def demo(simulate: bool) -> None:
    """Show it all at work: pings, TCP, learned flows; takes some seconds."""
    with ended_by_interrupts():
        from topologies.demo import TOPOLOGY, show

        sys.exit(_start(TOPOLOGY, show, simulate=simulate))


def _run(topo: str, tests: tuple[str, ...], prompt: bool, simulate: bool, **options: Any) -> int:
    from topologies.work import Wish

    return _start(topo, Wish(tests, prompt).fulfil, simulate, **options)


def _start(topo: str, use: Any, simulate: bool, **options: Any) -> int:
    """Start a network and use it; return the exit status."""
    from topologies.network import LabError
    from topologies.plan import LabOptions
    from topologies.topology import TopologyError, parse_topology
    from topologies.work import open_network, run

    try:
        topology = parse_topology(topo)
    except TopologyError as error:
        raise click.UsageError(str(error)) from None
    lab = LabOptions(**options)
    _check(lab)
    if os.geteuid() != 0 and not simulate:
        _say(NO_ROOT)
        simulate = True
    try:
        return run(open_network(topology, lab, simulate, _say), use)
    except BrokenPipeError:  # nobody reads what is printed: it ends as any command does
        raise
    except OSError as error:
        _say(str(error) if error.filename else reason_of(error))
    except LabError as error:
        _say(str(error))
    return 1


def _check(lab: LabOptions) -> None:
    """Raise UsageError for what could never work."""
    from controller.script import ScriptError, check
    from ofswitch.configuration import ConfigurationError

    option = "--controller"
    try:
        if lab.remote is None and lab.has_controller:
            for script in lab.scripts:
                check(script)
        option = "--protocols"
        if not lab.versions:
            raise ConfigurationError("name a version, such as OpenFlow13")
    except (ScriptError, ValueError) as error:
        raise click.UsageError(f"{option}: {error}") from None


def _say(text: str) -> None:
    """Tell progress, or what went wrong, beside the results."""
    click.echo(f"oflab: {text}", err=True)
