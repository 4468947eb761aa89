"""`ofcontroller`: run scripts and apps for switches."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import click

from controller.address import Address, parse_address
from controller.script import Script, ScriptError, apps, load
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    show_default=True,
    metavar="VERSIONS",
    help="The versions of OpenFlow to speak.",
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
    ready: Path | None,
    log_level: str,
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
    _log_to_stderr(log_level)
    try:
        loaded = [load(script) for script in scripts]
        listen_at = listen_at or (() if connect_to else (parse_address("tcp:0.0.0.0"),))
        _serve(loaded, list(listen_at), list(connect_to), protocols, ready)
    except (ScriptError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(130)


@main.command("apps")
def list_apps() -> None:
    """List the apps that `run` knows by name."""
    found = list(apps())
    width = max((len(name) for name, _ in found), default=0)
    for name, summary in found:
        click.echo(f"{name:{width}}  {summary}")


def _serve(
    scripts: list[Script],
    listen_at: list[Address],
    connect_to: list[Address],
    protocols: frozenset[Version],
    ready: Path | None,
) -> None:
    from controller.runtime import serve
    from controller.settings import Settings

    def started(bound: list[Address]) -> None:
        log.info("running %s; message framing is %s", ", ".join(s.name for s in scripts), ENGINE)
        if ready is not None:
            ready.write_text("".join(f"{address}\n" for address in bound), encoding="utf-8")

    settings = Settings(versions=protocols)
    running = serve(
        scripts, listen=listen_at, connect=connect_to, settings=settings, started=started
    )
    asyncio.run(running)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )


if __name__ == "__main__":
    main()
