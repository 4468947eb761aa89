"""The files by which one end of a connection shows who it is, and knows the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOW = "docs/tls.md shows how to make them"
NOT_ASKED_FOR = (
    "nothing would be encrypted: there are files for TLS, but no address begins with ssl: or pssl:"
)


class CredentialsError(ValueError):
    """A file is missing or does not fit; the text says which, and why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """PEM files. Certificates of CAs in between, and of the CA itself, may follow the one in `certificate`."""

    private_key: Path
    certificate: Path
    ca_cert: Path
    """Who has a certificate that this CA has signed is trusted."""
    bootstrap: bool = False
    """Take the CA's certificate from the first peer that is dialled, when the file is not there."""


def missing(address: object) -> str:
    """What to say of an address that needs credentials when there are none."""
    return f"{address} needs --private-key, --certificate and --ca-cert: {HOW}"


def complaint(secure: Sequence[object], tls: Credentials | None) -> str:
    """What is wrong when these addresses with TLS and these credentials are given; empty if nothing is."""
    if secure and tls is None:
        return missing(secure[0])
    return NOT_ASKED_FOR if tls and not secure else ""
