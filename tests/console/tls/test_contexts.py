"""What `ssl` makes of the files, and what is said of files that do not fit."""

from __future__ import annotations

import dataclasses
import logging
import os
import ssl
from pathlib import Path

import pytest

from console.tls.contexts import Contexts
from console.tls.credentials import Credentials, CredentialsError
from console.tls.reasons import TlsError
from tests.certificates import Authority


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@pytest.fixture
def one(ca: Authority) -> Credentials:
    return ca.issue("one")


def complaint(credentials: Credentials) -> str:
    """Why these cannot be used."""
    with pytest.raises(CredentialsError) as caught:
        Contexts(credentials)
    return str(caught.value)


@pytest.mark.parametrize("server_side", [True, False])
def test_a_peer_must_show_a_certificate_but_its_host_does_not_matter(one, server_side) -> None:
    context = Contexts(one).get(server_side=server_side)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert not context.check_hostname


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("private_key", "--private-key"),
        ("certificate", "--certificate"),
        ("ca_cert", "--ca-cert"),
    ],
)
def test_a_file_that_is_missing_or_of_another_kind_is_named(one, tmp_path, field, option) -> None:
    path = tmp_path / "file.pem"
    wrong = dataclasses.replace(one, **{field: path})
    assert complaint(wrong) == f"{option} {path}: No such file or directory"
    path.write_text("nothing of the kind")
    assert complaint(wrong).startswith(f"{option} {path}: it holds no ")


def test_a_key_of_another_certificate_is_refused(ca, one) -> None:
    wrong = dataclasses.replace(one, private_key=ca.issue("two").private_key)
    assert "is not the key of the certificate" in complaint(wrong)


def test_files_that_are_broken_are_refused(one) -> None:
    one.certificate.write_text(one.certificate.read_text().replace("M", "?"))
    assert "cannot be used" in complaint(one)


def test_an_encrypted_key_is_not_asked_about(ca, one) -> None:
    one.private_key.write_text(ca.encrypted(one.private_key))
    assert "it is encrypted" in complaint(one)


def test_renewed_files_are_used_from_the_next_connection_on(ca, one, caplog) -> None:
    contexts = Contexts(one)
    before = contexts.get(server_side=True)
    assert contexts.get(server_side=True) is before
    caplog.set_level(logging.INFO)
    renewed = ca.issue("two")
    os.replace(renewed.certificate, one.certificate)
    assert contexts.get(server_side=True) is before, "the key is not renewed yet"
    assert "goes on with the files as they were" in caplog.text
    os.replace(renewed.private_key, one.private_key)
    assert contexts.get(server_side=True) is not before


def test_a_ca_is_learned_once(ca, one, tmp_path) -> None:
    bootstrap = dataclasses.replace(one, ca_cert=tmp_path / "learned.pem", bootstrap=True)
    contexts = Contexts(bootstrap)
    assert contexts.lacks_ca
    leaf, root = one.certificate.read_text(), ca.certificate.read_text()
    with pytest.raises(TlsError, match="cannot be learned"):
        contexts.learn([leaf])
    contexts.learn([leaf, root])
    contexts.learn([leaf, Authority(tmp_path / "another").certificate.read_text()])
    assert bootstrap.ca_cert.read_text() == root
    assert not contexts.lacks_ca
    assert contexts.get(server_side=False).cert_store_stats()["x509_ca"] == 1
