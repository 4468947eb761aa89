"""`ofcontroller run`: its options, and what they say together."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from console import options
from console.failure import Failure
from console.lines import print_whole_lines
from console.logs import log_to_stderr
from console.ready import Ready
from console.tls.credentials import Credentials, CredentialsError, complaint
from console.tls.options import as_options, credentials_options
from controller.address import Address, parse_address
from controller.cli import values
from controller.cli.cluster import cluster_options
from controller.cli.serving import serve_alone, serve_by_workers
from controller.script import Script, ScriptError, load
from controller.settings import Cluster, Settings
from openflow.versions import SUPPORTED, Version

ANYWHERE = parse_address("tcp:0.0.0.0")


@click.command()
@click.argument("scripts", nargs=-1, required=True, metavar="SCRIPT_OR_APP...")
@click.option(
    "--listen",
    "listen_at",
    callback=values.addresses,
    multiple=True,
    metavar="tcp:HOST:PORT",
    help="Accept switches here; may be repeated. ssl:HOST:PORT for TLS. [default: tcp:0.0.0.0:6653, unless "
    "--connect is given]",
)
@click.option(
    "--connect",
    "connect_to",
    callback=values.addresses,
    multiple=True,
    metavar="tcp:HOST:PORT",
    help="Connect to a switch that listens there; may be repeated. ssl:HOST:PORT for TLS.",
)
@credentials_options()
@click.option(
    "--protocols",
    callback=values.versions,
    default=",".join(version.text for version in SUPPORTED),
    show_default=f"all, {SUPPORTED[0].text} to {SUPPORTED[-1].text}",
    metavar="VERSION,...",
    help="The versions of OpenFlow to speak.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that share the switches; each runs the scripts, and knows its own switches only.",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 1 << 20),
    default=Settings().max_connections,
    show_default=True,
    help="Switches that may be connected at once, to each process; more are turned away.",
)
@click.option("--worker", callback=values.identity, hidden=True)
@cluster_options
@options.ready("Write the addresses listened at there, a line each, once switches may connect.")
@options.log_level
def run(
    scripts: tuple[str, ...],
    listen_at: tuple[Address, ...],
    connect_to: tuple[Address, ...],
    tls: Credentials | None,
    protocols: frozenset[Version],
    workers: int,
    connections: int,
    worker: values.Identity | None,
    cluster: Cluster | None,
    ready: Path | None,
    log_level: str,
) -> None:
    """Run scripts and apps until Ctrl-C.

    A script is a Python file with a function init(ctrl) that registers callbacks; an app is one that comes
    along and is called by its name (see `ofcontroller apps`). They are started in this order, but what one of
    them requires is started before it.

    \b
        import openflow as of
        from controller import Event

    \b
        def join(ctrl, dpid, event):
            send_up = of.ApplyActions([of.Output(of.PortNo.CONTROLLER)])
            ctrl.send(dpid, of.FlowMod(of.Match(), [send_up], priority=0))

    \b
        def packet_in(ctrl, dpid, event):
            print(f"{dpid:016x} port {event.in_port}: {event.packet}")

    \b
        def init(ctrl):
            ctrl.register_cb(Event.DATAPATH_JOIN, join)
            ctrl.register_cb(Event.PACKET_IN, packet_in)
    """
    listen_at = listen_at or (() if connect_to or worker else (ANYWHERE,))
    _check(workers, worker, cluster, tls, (*listen_at, *connect_to))
    _log_to_stderr(log_level, worker)
    print_whole_lines()
    settings = Settings(protocols, cluster=cluster, max_connections=connections, tls=tls)
    try:
        with Ready(ready) as file:
            if workers > 1:
                arguments = [*scripts, *_repeated(settings, log_level)]
                serve_by_workers(workers, arguments, listen_at, connect_to, file)
            else:
                loaded = _load(scripts, cluster)
                serve_alone(loaded, listen_at, connect_to, settings, file, worker)
    except (ScriptError, CredentialsError, OSError) as error:
        raise Failure(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(130)


def _check(
    workers: int,
    worker: values.Identity | None,
    cluster: Cluster | None,
    tls: Credentials | None,
    addresses: tuple[Address, ...],
) -> None:
    """Raises UsageError for options that do not go together."""
    if cluster and workers > 1:
        raise click.UsageError(
            "--cluster and --workers do not go together: a replica is one process"
        )
    secure = [address for address in addresses if address.tls]
    if worker is None and (wrong := complaint(secure, tls)):
        raise click.UsageError(wrong)


def _repeated(settings: Settings, log_level: str) -> list[str]:
    """The options that a worker is started with as well."""
    versions = ",".join(version.text for version in settings.versions)
    return [
        *("--log-level", log_level),
        *("--protocols", versions),
        *("--connections", str(settings.max_connections)),
        *as_options(settings.tls),
    ]


def _load(scripts: tuple[str, ...], cluster: Cluster | None) -> list[Script]:
    """The scripts, each once, behind what a cluster needs."""
    named = ("replicas", *scripts) if cluster else scripts
    return [load(script) for script in dict.fromkeys(named)]


def _log_to_stderr(level: str, worker: values.Identity | None) -> None:
    who = f"[{worker[0]}] " if worker else ""
    log_to_stderr(level, f"%(asctime)s %(levelname)-7s {who}%(name)s: %(message)s")
