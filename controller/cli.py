"""`ofcontroller`: run scripts and apps for switches."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, Self

import click

from console.lines import print_whole_lines
from console.logs import log_to_stderr
from controller.address import Address, parse_address
from controller.script import Script, ScriptError, apps, load
from controller.settings import Cluster, Settings
from controller.shared.words import NAME_MOST
from openflow.native import ENGINE
from openflow.versions import SUPPORTED, Version, parse_versions

LEVELS = ("debug", "info", "warning", "error")

log = logging.getLogger("ofcontroller")


def _addresses(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[Address, ...]:
    try:
        return tuple(parse_address(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _versions(ctx: click.Context, param: click.Parameter, value: str) -> frozenset[Version]:
    try:
        versions = parse_versions(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if not versions:
        raise click.BadParameter("no version is given")
    return versions


Identity = tuple[int, int]
"""A worker's number, and the descriptor by which its parent talks to it."""


def _worker(ctx: click.Context, param: click.Parameter, value: str | None) -> Identity | None:
    if value is None:
        return None
    number, _, descriptor = value.partition(":")
    if not (number.isdecimal() and descriptor.isdecimal()):
        raise click.BadParameter("workers are started by --workers")
    return int(number), int(descriptor)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ofswitch", message="%(prog)s %(version)s")
def main() -> None:
    """An OpenFlow controller that calls your Python functions.

    \b
    Try:  ofcontroller run learning_switch
          ofcontroller run ./my_script.py --listen tcp:127.0.0.1:6653
    """


@main.command()
@click.argument("scripts", nargs=-1, required=True, metavar="SCRIPT_OR_APP...")
@click.option(
    "--listen",
    "listen_at",
    callback=_addresses,
    multiple=True,
    metavar="tcp:HOST:PORT",
    help="Accept switches here; may be repeated. [default: tcp:0.0.0.0:6653, unless --connect is given]",
)
@click.option(
    "--connect",
    "connect_to",
    callback=_addresses,
    multiple=True,
    metavar="tcp:HOST:PORT",
    help="Connect to a switch that listens there; may be repeated.",
)
@click.option(
    "--protocols",
    callback=_versions,
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
@click.option("--worker", callback=_worker, hidden=True)
@click.option("--cluster", metavar="NAME", help="Be one of the replicas of this cluster.")
@click.option(
    "--join",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Where another replica is; may be repeated.",
)
@click.option(
    "--cluster-bind",
    default="0.0.0.0:7946",
    show_default=True,
    metavar="HOST[:PORT]",
    help="Where the other replicas reach this one, by UDP and TCP.",
)
@click.option(
    "--replica-name", metavar="NAME", help="What this replica is called. [default: the host's name]"
)
@click.option(
    "--preset",
    type=click.Choice(("fast", "local", "lan", "wan")),
    default="fast",
    show_default=True,
    help="How soon a replica's crash is noticed: in a second with fast, on a quiet network.",
)
@click.option(
    "--key",
    default="",
    envvar="OFSWITCH_CLUSTER_KEY",
    metavar="BASE64",
    help="Encrypt what the replicas tell each other. [env: OFSWITCH_CLUSTER_KEY]",
)
@click.option(
    "--coordinator",
    default="",
    metavar="etcd://HOST:PORT,...",
    help="Keep in etcd which replica is the master of which switch; else the replicas see to it.",
)
@click.option(
    "--ready",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the addresses listened at to this file, a line each, once switches may connect.",
)
@click.option(
    "--log-level",
    type=click.Choice(LEVELS),
    default="info",
    show_default=True,
    help="How much to log.",
)
def run(
    scripts: tuple[str, ...],
    listen_at: tuple[Address, ...],
    connect_to: tuple[Address, ...],
    protocols: frozenset[Version],
    workers: int,
    connections: int,
    worker: Identity | None,
    ready: Path | None,
    log_level: str,
    **of_cluster: Any,
) -> None:
    """Run scripts and apps until Ctrl-C.

    A script is a Python file with a function init(ctrl) that registers callbacks; an app is one that comes
    along and is called by its name (see `ofcontroller apps`). They are started in this order, but what one of
    them requires is started before it.

    \b
        from controller import Event
    \b
        def packet_in(ctrl, dpid, event):
            print(f"{dpid:016x} port {event.in_port}: {event.packet}")
    \b
        def init(ctrl):
            ctrl.register_cb(Event.PACKET_IN, packet_in)
    """
    cluster = _cluster(workers, **of_cluster)
    _log_to_stderr(log_level, worker)
    print_whole_lines()
    listen_at = listen_at or (() if connect_to or worker else (parse_address("tcp:0.0.0.0"),))
    scripts = ("replicas", *scripts) if cluster and workers == 1 else scripts
    try:
        with _Ready(ready) as file:
            if workers > 1:
                options = ["--log-level", log_level]
                options += ["--protocols", ",".join(v.text for v in protocols)]
                options += ["--connections", str(connections)]
                _serve_with_workers(workers, [*scripts, *options], listen_at, connect_to, file)
            else:
                loaded = [load(script) for script in dict.fromkeys(scripts)]
                settings = Settings(
                    versions=protocols, cluster=cluster, max_connections=connections
                )
                _serve(loaded, list(listen_at), list(connect_to), settings, file, worker)
    except (ScriptError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(130)


def _cluster(
    workers: int,
    *,
    cluster: str | None,
    join: tuple[str, ...],
    cluster_bind: str,
    replica_name: str | None,
    preset: str,
    key: str,
    coordinator: str,
) -> Cluster | None:
    """What the options say of the cluster. Raises UsageError for those that do not go together."""
    given = {"--join": join, "--replica-name": replica_name, "--coordinator": coordinator}
    if cluster is None:
        for name, value in given.items():
            if value:
                raise click.UsageError(f"{name} needs --cluster, the name of the cluster")
        return None
    if not 0 < len(cluster.encode()) <= NAME_MOST:
        raise click.UsageError(f"a cluster's name has 1 to {NAME_MOST} bytes")
    if workers > 1:
        raise click.UsageError(
            "--cluster and --workers do not go together: a replica is one process"
        )
    name = replica_name or socket.gethostname()
    return Cluster(cluster, name, cluster_bind, join, preset, key, coordinator)


@main.command("apps")
def list_apps() -> None:
    """List the apps that `run` knows by name."""
    found = list(apps())
    width = max((len(name) for name, _ in found), default=0)
    try:
        click.echo("\n".join(f"{name:{width}}  {summary}" for name, summary in found))
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # click knows what that is
    except OSError as error:
        raise click.ClickException(f"cannot write the list: {error.strerror}") from None


def _serve(
    scripts: list[Script],
    listen_at: list[Address],
    connect_to: list[Address],
    settings: Settings,
    ready: _Ready,
    worker: Identity | None,
) -> None:
    from controller.runtime import serve

    def started(bound: list[Address]) -> None:
        log.info("running %s; message framing is %s", ", ".join(s.name for s in scripts), ENGINE)
        ready.write(bound)

    running = serve(
        scripts,
        listen=listen_at,
        connect=connect_to,
        settings=settings,
        started=started,
        worker=worker[1] if worker else None,
    )
    try:
        asyncio.run(running)
    except SystemExit as error:
        log.error("ended by sys.exit(%s) %s", error, _place_of(error))
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it would show the task's end, too
        raise


def _place_of(error: BaseException) -> str:
    """Where an app raised this: the first line behind the last one of the controller's."""
    place = "in an app"
    frames = traceback.walk_tb(error.__traceback__)
    for frame, line in reversed(list(frames)):
        if (frame.f_globals.get("__package__") or "").partition(".")[0] == "controller":
            break
        place = f"at {frame.f_code.co_filename}, line {line}, in {frame.f_code.co_name}"
    return place


def _serve_with_workers(
    count: int,
    arguments: list[str],
    listen_at: tuple[Address, ...],
    connect_to: tuple[Address, ...],
    ready: _Ready,
) -> None:
    """Start this program as many times as there are workers; who is connected to is shared out."""
    from controller.workers.runtime import WorkerError, serve_with_workers

    command = [sys.executable, "-P", "-m", "controller.cli", "run", *arguments]
    commands = [
        [*command, *(f"--connect={address}" for address in connect_to[number::count])]
        for number in range(count)
    ]
    try:
        asyncio.run(serve_with_workers(commands, listen_at, ready.write))
    except WorkerError as error:
        raise click.ClickException(str(error)) from None


class _Ready:
    """The file of `--ready`, which is there while switches may connect."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._written = False

    def write(self, bound: list[Address]) -> None:
        """Write the addresses that are listened at."""
        if self._path is not None:
            self._written = True
            lines = "".join(f"{address}\n" for address in bound)
            self._path.write_text(lines, encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        path = self._path
        if path is not None and self._written and path.is_file() and not path.is_symlink():
            path.unlink()


def _log_to_stderr(level: str, worker: Identity | None) -> None:
    who = f"[{worker[0]}] " if worker else ""
    log_to_stderr(level, f"%(asctime)s %(levelname)-7s {who}%(name)s: %(message)s")


if __name__ == "__main__":
    main()
