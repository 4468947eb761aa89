"""The options of a command that may be given credentials, named as Open vSwitch names them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from console.tls.credentials import HOW, Credentials

Command = Callable[..., Any]

_FILE = click.Path(dir_okay=False, path_type=Path)

_OPTIONS = {
    "--private-key": "TLS: the file with this end's private key. Needed for addresses with TLS.",
    "--certificate": "TLS: the file with this end's certificate.",
    "--ca-cert": "TLS: the file with the certificate of the CA that must have signed the other end's.",
}
_BOOTSTRAP = {
    "--bootstrap-ca-cert": "The same, but without such a file the first controller's CA is trusted, and kept in it.",
}


def credentials_options(*, bootstrap: bool = False) -> Callable[[Command], Command]:
    """Have a command take these options, and be called with `tls`: Credentials, or None when none was given."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_credentials(
            *,
            private_key: Path | None,
            certificate: Path | None,
            ca_cert: Path | None,
            bootstrap_ca_cert: Path | None = None,
            **others: Any,
        ) -> Any:
            tls = _credentials(private_key, certificate, ca_cert, bootstrap_ca_cert)
            return command(tls=tls, **others)

        names = {**_OPTIONS, **(_BOOTSTRAP if bootstrap else {})}
        for name, text in reversed(names.items()):
            option = click.option(name, metavar="FILE", type=_FILE, help=text)
            with_credentials = option(with_credentials)
        return with_credentials

    return decorate


def as_options(tls: Credentials | None) -> list[str]:
    """The words of a command line that give these credentials."""
    if tls is None:
        return []
    ca = "--bootstrap-ca-cert" if tls.bootstrap else "--ca-cert"
    files = {"--private-key": tls.private_key, "--certificate": tls.certificate, ca: tls.ca_cert}
    return [f"{name}={path}" for name, path in files.items()]


def _credentials(
    private_key: Path | None, certificate: Path | None, ca_cert: Path | None, first: Path | None
) -> Credentials | None:
    """What the options say. Raises UsageError when some of them are missing."""
    if ca_cert and first:
        raise click.UsageError("--ca-cert and --bootstrap-ca-cert do not go together")
    ca = ca_cert or first
    if private_key and certificate and ca:
        return Credentials(private_key, certificate, ca, bootstrap=first is not None)
    given = {"--private-key": private_key, "--certificate": certificate, "--ca-cert": ca}
    if not any(given.values()):
        return None
    lacking = " and ".join(name for name, value in given.items() if value is None)
    raise click.UsageError(f"TLS needs {lacking}, too: {HOW}")
