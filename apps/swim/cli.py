"""The command `ofswim`: run an agent, and ask a running one.

What the user got wrong is said in one line on stderr, with what to do: exit status 2 for a command line that could
never work, 1 for one that did not work here. Modules that only `agent` needs are imported there.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from apps.swim.control import ControlError, decode_reply, encode_request
from console.logs import log_to_stderr

if TYPE_CHECKING:
    from apps.swim.settings import Settings

ANSWER_TIMEOUT_S = 30.0

_WATCH_EVERY_S = 1.0
_KEY_BYTES = 32
_CLEAR = "\x1b[H\x1b[2J"

_AGENT_EXAMPLES = """
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


class _Failure(click.ClickException):
    """Something did not work; one line says what."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Write the line."""
        click.echo(f"ofswim: {self.format_message()}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="ofswitch", message="%(prog)s %(version)s")
def main() -> None:
    """Membership of a cluster, in the protocol of memberlist and Serf.

    \b
    ofswim agent --join HOST      be a member, until Ctrl-C or SIGTERM
    ofswim members                who is there, and in what state
    ofswim events                 what happens, as it happens
    ofswim leave                  have the agent leave and end
    """


@main.command(epilog=_AGENT_EXAMPLES)
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
@click.option(
    "--control",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where to listen for `members`.",
)
@click.option(
    "--ready",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the process id there once we listen.",
)
@click.option(
    "--metrics",
    metavar="HOST[:PORT]",
    help="Answer Prometheus there: GET /metrics. Without a port one is chosen, and logged.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
def agent(log_level: str, **options: Any) -> None:
    """Be a member of a cluster until Ctrl-C or SIGTERM; then leave. A second Ctrl-C does not wait.

    It says `ready` on stdout once it listens.
    """
    from apps.swim.runtime.main import make_swim, run_agent
    from apps.swim.settings import SettingsError
    from apps.swim.transport.addresses import StartFailed

    try:
        settings = _settings(**options)
        swim = make_swim(settings)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    log_to_stderr(log_level, f"%(asctime)s {settings.name} %(levelname)s %(message)s")
    try:
        in_peace = run_agent(settings, swim)
    except StartFailed as error:
        raise _Failure(str(error)) from None
    if not in_peace:
        sys.exit(1)


def _settings(
    name: str | None,
    control: Path | None,
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

    name = s.check_name(name or socket.gethostname())
    try:
        tags = dict(map(parse_tag, meta))
    except ValueError as error:
        raise s.SettingsError(f"--meta {error}") from None
    try:
        place = None if metrics is None else split_address(metrics, port=0, least=0)
    except ValueError as error:
        raise s.SettingsError(f"--metrics {error}") from None
    return s.Settings(
        name=name,
        control=control or s.control_path(name),
        config=s.with_envelope(PRESETS[preset], label, keys),
        tags=tags,
        join=tuple(join),
        metrics=place,
        **as_they_are,
    )


# --- a running agent --------------------------------------------------------------------------------

_Command = Callable[..., None]


def _asks(command: _Command) -> _Command:
    """A command with the options that say which agent to ask."""
    command = click.option(
        "--control", metavar="PATH", type=click.Path(path_type=Path), help="As given to `agent`."
    )(command)
    return click.option(
        "--name", metavar="NAME", help="Of the agent. Default: the only one that runs here."
    )(command)


_as_json = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")


@main.command()
@_asks
@_as_json
@click.option("--watch", is_flag=True, help="Show it again every second, until Ctrl-C.")
def members(name: str | None, control: Path | None, as_json: bool, watch: bool) -> None:
    """List the members: name, address, state and for how long, round-trip time, metadata."""
    from apps.swim import report

    path = _find(name, control)
    with suppress(KeyboardInterrupt):
        while True:
            found = _ask(path, "members")
            text = json.dumps(found) if as_json else report.members(found)
            click.echo(_CLEAR + text if watch and sys.stdout.isatty() else text)
            if not watch:
                return
            time.sleep(_WATCH_EVERY_S)


@main.command()
@_asks
@_as_json
def events(name: str | None, control: Path | None, as_json: bool) -> None:
    """Show what happens to members, a line each, until Ctrl-C or the agent's end."""
    from apps.swim import report

    with suppress(KeyboardInterrupt):
        for found in _follow(_find(name, control), "events"):
            when = time.strftime("%H:%M:%S", time.localtime(found["time"]))
            click.echo(json.dumps(found) if as_json else f"{when} {report.event(found)}")


@main.command()
@_asks
@_as_json
def info(name: str | None, control: Path | None, as_json: bool) -> None:
    """Show how the agent is: its members by state, its health, its counters."""
    from apps.swim import report

    found = _ask(_find(name, control), "info")
    click.echo(json.dumps(found) if as_json else report.info(found))


@main.command()
@_asks
@click.argument("addresses", metavar="HOST[:PORT]...", nargs=-1, required=True)
def join(name: str | None, control: Path | None, addresses: tuple[str, ...]) -> None:
    """Become one cluster with others."""
    count = _ask(_find(name, control), "join", addresses=list(addresses))
    if not count:
        _fail("none of them has answered")
    click.echo(f"{count} of {len(addresses)} have answered")


@main.command()
@_asks
def leave(name: str | None, control: Path | None) -> None:
    """Have the agent leave the cluster, and end."""
    _ask(_find(name, control), "leave")


@main.command()
@_asks
@click.option(
    "--meta",
    metavar="KEY=VALUE",
    multiple=True,
    required=True,
    help="Set this; KEY= removes it. What is not named stays.",
)
def update(name: str | None, control: Path | None, meta: tuple[str, ...]) -> None:
    """Change the agent's metadata."""
    _ask(_find(name, control), "update", tags=list(meta))


@main.group()
def keys() -> None:
    """Change the keys of a running agent; docs/swim.md says how a cluster changes its key."""


@keys.command("generate")
def keys_generate() -> None:
    """Print a new key, of 32 bytes."""
    click.echo(b64encode(os.urandom(_KEY_BYTES)).decode())


@keys.command("list")
@_asks
def keys_list(name: str | None, control: Path | None) -> None:
    """List the keys, the one that encrypts first."""
    click.echo("\n".join(_ask(_find(name, control), "keys_list")))


def _changes_keys(word: str, help_: str) -> None:
    @keys.command(word, help=help_)
    @_asks
    @click.argument("key", metavar="BASE64")
    def change(name: str | None, control: Path | None, key: str) -> None:
        _ask(_find(name, control), f"keys_{word}", key=key)


_changes_keys("add", "Open with this key, too.")
_changes_keys("use", "Encrypt with this key, one that was added.")
_changes_keys("remove", "Do not open with this key any more.")


def _find(name: str | None, control: Path | None) -> Path:
    """The control socket of the agent that is meant."""
    from apps.swim.settings import SettingsError, check_name, control_path, run_dir

    if control is not None:
        return control
    if name is not None:
        try:
            return control_path(check_name(name))
        except SettingsError as error:
            raise click.UsageError(str(error)) from None
    found = [path for path in sorted(run_dir().glob("*.sock")) if _listens(path)]
    if len(found) > 1:
        names = ", ".join(path.stem for path in found)
        raise click.UsageError(f"several agents are running here: say which with --name ({names})")
    return found[0] if found else _fail("no agent is running here: start one, or see --control")


def _listens(path: Path) -> bool:
    """Whether somebody listens there: an agent that was killed leaves its socket behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(OSError):
        probe.settimeout(ANSWER_TIMEOUT_S)
        probe.connect(os.fspath(path))
        return True
    return False


@contextmanager
def _connected(path: Path) -> Iterator[socket.socket]:
    """A connection to an agent; _Failure says why that is impossible, or has ended."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            connection.connect(os.fspath(path))
            yield connection
    except (FileNotFoundError, ConnectionRefusedError):
        _fail(f"no agent is running (nobody listens on {path}): start it, or see --control")
    except TimeoutError:
        _fail(f"the agent at {path} does not answer")
    except OSError as error:
        _fail(f"cannot ask the agent at {path}: {error.strerror or error}")
    except ControlError as error:
        _fail(str(error))


def _ask(path: Path, command: str, **arguments: Any) -> Any:
    """Ask an agent, and return what it answers."""
    with _connected(path) as connection:
        connection.sendall(encode_request(command, arguments))
        with connection.makefile("rb") as replies:
            return decode_reply(replies.readline())


def _follow(path: Path, command: str) -> Iterator[Any]:
    """Ask an agent for what it answers with line by line, until it ends."""
    with _connected(path) as connection:
        connection.sendall(encode_request(command, {}))
        with connection.makefile("rb") as replies:
            decode_reply(replies.readline())
            connection.settimeout(None)
            for line in replies:
                yield decode_reply(line)


def _fail(text: str) -> NoReturn:
    raise _Failure(text) from None


if __name__ == "__main__":
    sys.exit(main())
