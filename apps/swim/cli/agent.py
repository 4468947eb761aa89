"""`ofswim agent`: what its options say, checked, and the process that it becomes."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from console import options as common
from console.logs import log_to_stderr

if TYPE_CHECKING:
    from apps.swim.settings import Settings

T = TypeVar("T")

_EXAMPLES = """
\b
Examples:
  The first host of a cluster, and a second one:
    ofswim agent --name h1 --bind 10.0.0.1
    ofswim agent --name h2 --bind 10.0.0.2 --join 10.0.0.1 --meta role=web
  Encrypted, with a key from a file that `ofswim keys generate > cluster.key` has written:
    ofswim agent --bind 10.0.0.1 --key @cluster.key
  Who is there, and what happens:
    ofswim members --watch
    ofswim events
"""


@click.command(epilog=_EXAMPLES)
@click.option("--name", help="What the others call us. Default: the name of this host.")
@click.option(
    "--bind",
    metavar="HOST[:PORT]",
    default="0.0.0.0",
    show_default=True,
    help="Where to listen, for UDP and TCP. The port is 7946 unless given; 0 chooses one.",
)
@click.option(
    "--advertise",
    metavar="HOST[:PORT]",
    help="What to tell the others to reach us by, where it is not the address of --bind.",
)
@click.option(
    "--join", metavar="HOST[:PORT]", multiple=True, help="A member of the cluster; may be repeated."
)
@click.option(
    "--meta", metavar="KEY=VALUE", multiple=True, help="Metadata that all see: tags, as Serf's."
)
@click.option(
    "--key",
    "keys",
    metavar="BASE64|@FILE",
    multiple=True,
    help="Encrypt with this key of 16, 24 or 32 bytes; further ones only open what comes.",
)
@click.option("--label", metavar="TEXT", default="", help="Of the cluster: others are refused.")
@click.option(
    "--preset",
    type=click.Choice(["lan", "wan", "local", "fast"]),
    default="lan",
    show_default=True,
    help="How often to probe and to gossip. The same for the whole cluster.",
)
@click.option(
    "--serf/--no-serf",
    default=True,
    show_default=True,
    help="Be one among Serf agents, or among programs that use memberlist with nothing above it.",
)
@common.control("Where to listen for `members`.")
@common.ready("Write the process id there once we listen.")
@click.option(
    "--metrics",
    metavar="HOST[:PORT]",
    help="Answer Prometheus there: GET /metrics. Without a port one is chosen, and logged.",
)
@common.log_level
def agent(log_level: str, **options: Any) -> None:
    """Be a member of a cluster until Ctrl-C or SIGTERM; then leave. A second Ctrl-C does not wait.

    It says `ready` on stdout once it listens.
    """
    from apps.swim.runtime.main import make_swim, run_agent
    from apps.swim.settings import SettingsError

    try:
        settings = _settings(**options)
        swim = make_swim(settings)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    log_to_stderr(log_level, f"%(asctime)s {settings.name} %(levelname)s %(message)s")
    if not run_agent(settings, swim):
        sys.exit(1)


def _settings(
    name: str | None,
    control: Path | None,
    bind: str,
    advertise: str | None,
    meta: Sequence[str],
    keys: Sequence[str],
    label: str,
    preset: str,
    join: Sequence[str],
    metrics: str | None,
    **as_they_are: Any,
) -> Settings:
    """Check and convert what the command line says. Raises SettingsError."""
    from apps.swim import settings as s
    from apps.swim.config import PRESETS
    from apps.swim.tags import parse_tag
    from apps.swim.transport.addresses import split_address

    def parsed(option: str, parse: Callable[[str], T], *texts: str | None) -> list[T]:
        try:
            return [parse(text) for text in texts if text is not None]
        except ValueError as error:
            raise s.SettingsError(f"--{option} {error}") from None

    any_port = partial(split_address, port=0, least=0)
    parsed("bind", any_port, bind)
    parsed("advertise", split_address, advertise)
    parsed("join", split_address, *join)
    name = s.check_name(name or socket.gethostname())
    return s.Settings(
        name=name,
        control=control or s.control_path(name),
        config=s.with_envelope(PRESETS[preset], label, keys),
        bind=bind,
        advertise=advertise,
        tags=dict(parsed("meta", parse_tag, *meta)),
        join=tuple(join),
        metrics=next(iter(parsed("metrics", any_port, metrics)), None),
        **as_they_are,
    )
