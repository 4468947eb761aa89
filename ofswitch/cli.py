"""The command `ofswitch`: run a switch, look into a running one, change its ports.

What the user got wrong is said in one line on stderr, with what to do: exit status 2 for a command line that could
never work, 1 for one that did not work here. Modules that only `run` needs are imported there.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from console.logs import log_to_stderr
from ofswitch.control import ControlError, decode_reply, encode_request

if TYPE_CHECKING:
    from ofswitch.configuration import Configuration

T = TypeVar("T")

ANSWER_TIMEOUT_S = 60.0

_RUN_EXAMPLES = """
\b
Examples, as root:
  A learning switch between two hosts that live in network namespaces:
    ip netns add h1; ip netns add h2
    ofswitch run s1 --port tap:s1-h1,netns=h1,name=eth0,ip=10.0.0.1/24 \\
                    --port tap:s1-h2,netns=h2,name=eth0,ip=10.0.0.2/24
    ip netns exec h1 ping 10.0.0.2
  The same between existing interfaces, programmed by a controller:
    ofswitch run s1 --port dev:eth1 --port dev:eth2 --controller tcp:127.0.0.1:6653
  Programmed by hand:
    ofswitch run s1 --port dev:eth1 --port dev:eth2 --listen ptcp:6654:127.0.0.1 --fail-mode secure
    ovs-ofctl -O OpenFlow13 add-flow tcp:127.0.0.1:6654 in_port=1,actions=output:2

\b
Ports:
  tap:NAME            a new tap; options netns=, name=, mac=, ip=, mtu=, up=
  dev:NAME            an existing interface, such as a veth's end
  pcap:read=FILE,write=FILE     replay and record captures
  memory:NAME         a port for tests
  Every port takes no=N, its number; without, numbers count from 1.
"""


class _Failure(click.ClickException):
    """Something did not work; one line says what."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Write the line."""
        click.echo(f"ofswitch: {self.format_message()}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="ofswitch", message="%(prog)s %(version)s")
def main() -> None:
    """An OpenFlow switch between tap devices and other Linux interfaces.

    \b
    ofswitch run NAME --port SPEC...     run a switch until Ctrl-C or SIGTERM
    ofswitch show NAME                   look into a running switch
    ofswitch flows NAME                  its flow table
    ofswitch drops NAME                  what it dropped, and why
    ofswitch port add NAME SPEC          change its ports while it runs
    """


@main.command(epilog=_RUN_EXAMPLES)
@click.argument("name")
@click.option("--dpid", metavar="HEX16", help="Datapath id. Default: made from NAME's SHA-256.")
@click.option("--port", "ports", metavar="SPEC", multiple=True, help="A port, as described below.")
@click.option(
    "--controller",
    "controllers",
    metavar="tcp:HOST:PORT",
    multiple=True,
    help="A controller to connect to, and again whenever it is gone; several may be named.",
)
@click.option(
    "--listen",
    metavar="ptcp:PORT[:HOST]",
    multiple=True,
    help="Accept controllers and tools such as ovs-ofctl. They may do anything: mind HOST.",
)
@click.option(
    "--protocols",
    metavar="LIST",
    default="OpenFlow10,OpenFlow13",
    show_default=True,
    help="Versions to speak.",
)
@click.option(
    "--fail-mode",
    type=click.Choice(["standalone", "secure"]),
    default="standalone",
    show_default=True,
    help="Without a controller: forward like any learning switch, or by the flow tables only.",
)
@click.option(
    "--datapath",
    type=click.Choice(["native", "reference"]),
    help="The engine that forwards frames: compiled, or the one in Python that is its specification. "
    "Default: native where it was compiled.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Native threads that forward; taps get as many queues.",
)
@click.option(
    "--busy-poll",
    is_flag=True,
    help="Never sleep: lower latency, for a whole processor per thread.",
)
@click.option(
    "--packet-in-rate",
    metavar="PPS",
    type=click.IntRange(0),
    default=0,
    help="Packet-ins per second for each controller, the rest is dropped. Default: 0, no limit.",
)
@click.option(
    "--probe-interval",
    metavar="SECONDS",
    default="15",
    show_default=True,
    help="Ask a controller that is silent for so long whether it is there; after four times as long, give it up.",
)
@click.option("--tables", type=click.IntRange(1, 254), default=254, show_default=True)
@click.option(
    "--control", metavar="PATH", type=click.Path(path_type=Path), help="Where to listen for `show`."
)
@click.option(
    "--ready",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the process id there once all ports are open.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
def run(**options: Any) -> None:
    """Run a switch until Ctrl-C or SIGTERM; then its taps are gone.

    It says `ready` on stdout once its ports are open.
    """
    from ofswitch.configuration import ConfigurationError

    try:
        configuration = _configuration(**options)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    layout = f"%(asctime)s {configuration.name} %(levelname)s %(message)s"
    log_to_stderr(options["log_level"], layout)
    from ofswitch.runtime.main import StartFailed, run_switch

    try:
        run_switch(configuration)
    except StartFailed as error:
        raise _Failure(str(error)) from None


def _configuration(
    name: str,
    dpid: str | None,
    ports: Sequence[str],
    controllers: Sequence[str],
    listen: Sequence[str],
    protocols: str,
    fail_mode: str,
    probe_interval: str,
    datapath: str | None,
    control: Path | None,
    log_level: str,
    **as_they_are: Any,
) -> Configuration:
    """Check and convert what the command line says. Raises ConfigurationError."""
    from ofswitch import configuration as c
    from ofswitch.ports.spec import PortError, parse_spec
    from openflow.versions import USUAL, parse_versions

    try:
        versions = parse_versions(protocols, USUAL)
        specs = tuple(map(parse_spec, ports))
    except (ValueError, PortError) as error:
        raise c.ConfigurationError(str(error)) from None
    if not versions:
        raise c.ConfigurationError("--protocols: name a version, such as OpenFlow13")
    c.check_name(name)
    return c.Configuration(
        name=name,
        dpid=c.parse_dpid(dpid) if dpid else c.derive_dpid(name),
        ports=specs,
        controllers=c.parse_controllers(controllers),
        listen=tuple(map(c.parse_listen, listen)),
        versions=versions,
        fail_mode=c.FailMode(fail_mode),
        probe_interval_s=c.parse_probe_interval(probe_interval),
        datapath=datapath or "",
        control=control or c.control_path(name),
        **as_they_are,
    )


# --- a running switch -----------------------------------------------------------------------------------------

_Command = Callable[..., None]


def _asks(command: _Command) -> _Command:
    """A command with the argument NAME and the option --control, which say which switch to ask."""
    command = click.option(
        "--control", metavar="PATH", type=click.Path(path_type=Path), help="As given to `run`."
    )(command)
    return click.argument("name")(command)


@main.command()
@_asks
def show(name: str, control: Path | None) -> None:
    """Show a running switch: identity, controllers, ports."""
    from ofswitch import report

    click.echo(report.switch(_ask(name, control, "show")))


@main.command()
@_asks
@click.option("--table", metavar="N", default="", help="Only this table.")
def flows(name: str, control: Path | None, table: str) -> None:
    """List the flow entries, a line each, as ovs-ofctl dump-flows does."""
    for line in _ask(name, control, "flows", table=table):
        click.echo(line)


@main.command()
@_asks
def drops(name: str, control: Path | None) -> None:
    """List what was dropped: how many packets, where, under which name, and what that means."""
    from ofswitch import report

    click.echo(report.drops(_ask(name, control, "drops")))


@main.group()
def port() -> None:
    """Add, delete or list the ports of a running switch."""


@port.command("add", epilog=_RUN_EXAMPLES[_RUN_EXAMPLES.index("\b\nPorts:") :])
@_asks
@click.argument("spec")
def port_add(name: str, spec: str, control: Path | None) -> None:
    """Open the port SPEC and add it to the switch NAME."""
    added = _ask(name, control, "add_port", spec=spec)
    click.echo(f"port {added['port_no']}: {added['name']}")


@port.command("delete")
@_asks
@click.argument("port")
def port_delete(name: str, port: str, control: Path | None) -> None:
    """Delete PORT, a name or a number, from the switch NAME."""
    _ask(name, control, "delete_port", port=port)


@port.command("list")
@_asks
def port_list(name: str, control: Path | None) -> None:
    """List the ports of the switch NAME with their counters."""
    from ofswitch import report

    click.echo(report.ports(_ask(name, control, "ports")))


def _ask(name: str, control: Path | None, command: str, **arguments: str) -> Any:
    """Ask the switch `name` and return what it answers; _Failure says why that is impossible."""
    from ofswitch.configuration import ConfigurationError, check_name, control_path

    try:
        path = control or control_path(check_name(name))
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            connection.connect(os.fspath(path))
            connection.sendall(encode_request(command, arguments))
            with connection.makefile("rb") as replies:
                return decode_reply(replies.readline())
    except (FileNotFoundError, ConnectionRefusedError):
        _fail(f"no switch {name} is running (nobody listens on {path}): start it, or see --control")
    except TimeoutError:
        _fail(f"the switch {name} does not answer")
    except OSError as error:
        _fail(f"cannot ask the switch {name} at {path}: {error.strerror or error}")
    except ControlError as error:
        _fail(str(error))


def _fail(text: str) -> NoReturn:
    raise _Failure(text) from None


if __name__ == "__main__":
    sys.exit(main())
