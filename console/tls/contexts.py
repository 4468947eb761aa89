"""Contexts of `ssl`, made of the files of credentials.

The files are looked at whenever a connection begins. When one has changed, contexts are made again, so that renewed
certificates serve without a new start; while they do not fit one another, the old ones stay.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from console.tls.credentials import Credentials, CredentialsError
from console.tls.reasons import TlsError

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"

log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int, int], ...]
"""What tells one state of the files from another."""


class Contexts:
    """The contexts of one end, for connections that it accepts and for those that it dials."""

    def __init__(self, credentials: Credentials) -> None:
        """Make them. Raises CredentialsError."""
        self.credentials = credentials
        self._stamp = self._look()
        self._made = self._make()

    @property
    def lacks_ca(self) -> bool:
        """Whether the certificate of the CA is still to be learned, so that nobody can be trusted yet."""
        return self.credentials.bootstrap and not self.credentials.ca_cert.exists()

    def get(self, *, server_side: bool) -> ssl.SSLContext:
        """The context for a connection that begins."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            self._renew()
        return self._made[server_side]

    def unchecked(self) -> ssl.SSLContext:
        """A context that trusts anybody whom it dials, to see what they show."""
        context = self._context(server_side=False)
        context.verify_mode = ssl.CERT_NONE
        return context

    def learn(self, chain: list[str]) -> None:
        """Trust the CA at the end of a peer's chain (in PEM) from now on. Raises TlsError."""
        subject = _checked_ca(chain)
        path = self.credentials.ca_cert
        try:
            with path.open("x", encoding="ascii") as file:
                file.write(chain[-1])
        except FileExistsError:
            return  # somebody else has learned it meanwhile
        except OSError as error:
            raise TlsError(f"--bootstrap-ca-cert {path}: {error.strerror}") from None
        log.warning("%s is trusted from now on: it was learned from a peer into %s", subject, path)

    def _look(self) -> Stamp:
        files = self.credentials
        return tuple(map(_state, (files.private_key, files.certificate, files.ca_cert)))

    def _renew(self) -> None:
        try:
            self._made = self._make()
        except CredentialsError as error:
            log.warning("TLS goes on with the files as they were: %s", error)
        else:
            log.info("TLS uses the files as they are now")

    def _make(self) -> dict[bool, ssl.SSLContext]:
        return {side: self._trusting(server_side=side) for side in (False, True)}

    def _trusting(self, *, server_side: bool) -> ssl.SSLContext:
        context = self._context(server_side=server_side)
        context.verify_mode = ssl.CERT_REQUIRED
        if not self.lacks_ca:
            _load_ca(context, self.credentials.ca_cert)
        return context

    def _context(self, *, server_side: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(
            ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT
        )
        context.check_hostname = False
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        _load_pair(context, self.credentials)
        return context


def _state(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


def _load_pair(context: ssl.SSLContext, files: Credentials) -> None:
    _expect("--private-key", files.private_key, b"PRIVATE KEY-----", "private key")
    _expect("--certificate", files.certificate, _CERTIFICATE, "certificate")

    def password() -> NoReturn:
        raise CredentialsError(
            f"--private-key {files.private_key}: it is encrypted; openssl pkey -in it -out another decrypts it"
        )

    try:
        context.load_cert_chain(files.certificate, files.private_key, password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            text = f"the key in {files.private_key} is not the key of the certificate in {files.certificate}"
        else:
            text = f"{files.certificate} and {files.private_key} cannot be used: {_said(error)}"
        raise CredentialsError(text) from None


def _load_ca(context: ssl.SSLContext, path: Path) -> None:
    _expect("--ca-cert", path, _CERTIFICATE, "certificate")
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise CredentialsError(f"--ca-cert {path}: {_said(error)}") from None


def _expect(option: str, path: Path, mark: bytes, what: str) -> None:
    """See that a file can be read and is of the kind; `ssl` does not say which file it means."""
    try:
        found = path.read_bytes()
    except OSError as error:
        raise CredentialsError(f"{option} {path}: {error.strerror}") from None
    if mark not in found:
        raise CredentialsError(f"{option} {path}: it holds no {what} in PEM")


def _said(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).lower().replace("_", " ")


def _checked_ca(chain: list[str]) -> str:
    """Who the CA at the end of a chain is. Raises TlsError if it is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=chain[-1])
        cas = context.get_ca_certs()
    except (IndexError, ValueError, ssl.SSLError):
        raise TlsError("the CA cannot be learned: the peer showed no certificate") from None
    for found in cas:
        if found["subject"] == found["issuer"]:
            return named(found)
    raise TlsError(
        "the CA cannot be learned: the peer does not show its CA's certificate behind its own"
    )


def named(certificate: Mapping[str, object]) -> str:
    """Whom a certificate is for, as `ssl` has taken it apart: `CN=s1, O=Example`."""
    short = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU"}
    parts = certificate.get("subject")
    pairs = [pair for part in parts for pair in part] if isinstance(parts, tuple) else []
    shown = ", ".join(f"{short[name]}={value}" for name, value in reversed(pairs) if name in short)
    return (shown if shown.isprintable() else repr(shown)) or "nobody in particular"
