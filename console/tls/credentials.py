"""The files by which one end of a connection shows who it is, and knows the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOW = "docs/tls.md shows how to make them"
NOT_ASKED_FOR = "TLS has its files, but no address that begins with ssl: or pssl:, so nothing would be encrypted"


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
