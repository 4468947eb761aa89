"""The commands of docs/tls.md make keys that fit, for both ends and for both sorts of CAs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from console.tls.contexts import Contexts
from console.tls.credentials import Credentials
from tests.needs import needs

DOCUMENT = Path(__file__).parent.parent / "docs" / "tls.md"


def block(beginning: str) -> str:
    """The block of commands that begins so."""
    blocks = re.findall(r"^```\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = [text for text in blocks if text.startswith(beginning)]
    return found


def run(commands: str, folder: Path) -> None:
    """Carry them out in a folder."""
    subprocess.run(["bash", "-ec", commands], cwd=folder, check=True, capture_output=True)


def fits(key: Path, certificate: Path, signed_by: Path) -> None:
    """See that a key and its certificate can be used, and that a CA has signed it."""
    Contexts(Credentials(key, certificate, signed_by))
    subprocess.run(["openssl", "verify", "-CAfile", signed_by, certificate], check=True)


@needs("openssl")
def test_openssl_makes_a_ca_and_certificates(tmp_path: Path) -> None:
    run(block("openssl req -x509"), tmp_path)
    for name in ("c1", "s1", "s2"):
        fits(
            tmp_path / f"{name}-key.pem",
            tmp_path / f"{name}-cert.pem",
            tmp_path / "cacert.pem",
        )


@needs("ovs-pki")
def test_ovs_pki_makes_two_cas_and_certificates(tmp_path: Path) -> None:
    run(block("ovs-pki"), tmp_path)
    for name, ca in (("c1", "controllerca"), ("s1", "switchca")):
        fits(
            tmp_path / f"{name}-privkey.pem",
            tmp_path / f"{name}-cert.pem",
            tmp_path / "pki" / ca / "cacert.pem",
        )
