"""`ofswitch run`: what a switch is started with, checked before anything is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console import options as common
from console.logs import log_to_stderr
from console.tls.options import credentials_options

if TYPE_CHECKING:
    from ofswitch.configuration import Configuration

_EXAMPLES = """
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
"""

PORTS_HELP = """
\b
Ports:
  tap:NAME            a new tap; options netns=, name=, mac=, ip=, mtu=, up=
  dev:NAME            an existing interface, such as a veth's end; options up=, io=
  pcap:read=FILE,write=FILE     replay and record captures; fast=yes replays without pauses
  memory:NAME         a port for tests
  Every port takes no=N, its number; without, numbers count from 1.
"""


@click.command(epilog=_EXAMPLES + PORTS_HELP)
@click.argument("name")
@click.option("--dpid", metavar="HEX16", help="Datapath id. Default: made from NAME's SHA-256.")
@click.option("--port", "ports", metavar="SPEC", multiple=True, help="A port, as described below.")
@click.option(
    "--controller",
    "controllers",
    metavar="tcp:HOST:PORT",
    multiple=True,
    help="A controller to connect to, and again whenever it is gone; several may be named. ssl: for TLS.",
)
@click.option(
    "--listen",
    metavar="ptcp:PORT[:HOST]",
    multiple=True,
    help="Accept controllers and tools such as ovs-ofctl. They may do anything: mind HOST. pssl: for TLS.",
)
@credentials_options(bootstrap=True)
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
@common.control("Where to listen for `show`.")
@common.ready("Write the process id there once all ports are open.")
@common.log_level
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
    from ofswitch.runtime.main import run_switch

    run_switch(configuration)


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
    threads: int,
    busy_poll: bool,
    control: Path | None,
    log_level: str,
    **as_they_are: Any,
) -> Configuration:
    """Check and convert what the command line says. Raises ConfigurationError."""
    from ofswitch import configuration as c
    from ofswitch.ports.spec import PortError, parse_specs
    from openflow.versions import USUAL, parse_versions

    try:
        versions = parse_versions(protocols, USUAL)
        specs = parse_specs(ports)
    except (ValueError, PortError) as error:
        raise c.ConfigurationError(str(error)) from None
    if not versions:
        raise c.ConfigurationError("--protocols: name a version, such as OpenFlow13")
    if unused := _unused(datapath, threads, busy_poll):
        raise c.ConfigurationError(unused)
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
        threads=threads,
        busy_poll=busy_poll,
        control=control or c.control_path(name),
        **as_they_are,
    )


def _unused(datapath: str | None, threads: int, busy_poll: bool) -> str:
    """Say which option the datapath would ignore, if any."""
    option = "--threads" if threads > 1 else "--busy-poll" if busy_poll else ""
    if datapath != "reference" or not option:
        return ""
    return f"{option}: the reference datapath has no native threads; take --datapath native for it"
