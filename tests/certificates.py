"""Certificates for tests, made by `openssl`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from console.tls.credentials import Credentials
from tests.needs import missing

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """A CA in a folder of its own."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        if why := missing("openssl"):
            pytest.skip(why)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificate, self._key = folder / "cacert.pem", folder / "cakey.pem"
        files = ("-keyout", self._key, "-out", self.certificate)
        _openssl("req", "-x509", *_EC, *files, "-subj", f"/O=ofswitch/CN={name}", "-days", "2")

    def issue(self, name: str, *, days: int = 2, trust: Authority | None = None) -> Credentials:
        """A key and a certificate for `name`, who trusts this CA or another; expired with `days` below 0."""
        key, certificate, request = (
            self.folder / f"{name}-{part}.pem" for part in ("key", "cert", "req")
        )
        _openssl("req", *_EC, "-keyout", key, "-out", request, "-subj", f"/O=ofswitch/CN={name}")
        by = ("-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial")
        _openssl("x509", "-req", *by, "-in", request, "-out", certificate, "-days", str(days))
        return Credentials(key, certificate, (trust or self).certificate)

    def encrypted(self, key: Path) -> str:
        """A private key, encrypted."""
        return _openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret")


def _openssl(*words: str | Path) -> str:
    command = ["openssl", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
