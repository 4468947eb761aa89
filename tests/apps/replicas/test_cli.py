"""What a user mistypes is told in words."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from controller.cli import main

CLUSTER = ("--cluster", "x", "--cluster-bind", "127.0.0.1:0")

WRONG = {
    "--join needs --cluster": ("--join", "10.0.0.1"),
    "--cluster-bind needs --cluster": ("--cluster-bind", "10.0.0.1"),
    "--preset needs --cluster": ("--preset", "fast"),
    "do not go together": (*CLUSTER, "--workers", "2"),
    "in base64: Incorrect padding": (*CLUSTER, "--key", "abc"),
    "a key has 16, 24 or 32 bytes, not 3": (*CLUSTER, "--key", "YWJj"),
    "write etcd://HOST:PORT": (*CLUSTER, "--coordinator", "http://x"),
    "a port is a number": (*CLUSTER[:3], "foo:bar"),
    "does not have this address": (*CLUSTER[:3], "192.0.2.1"),
    "a name has 1 to 64 bytes": (*CLUSTER, "--replica-name", "x" * 65),
    "a cluster's name has 1 to 64 bytes": ("--cluster", "x" * 65),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong_with_the_options_is_said(words: str) -> None:
    result = CliRunner().invoke(main, ["run", "hub", "--listen", "tcp:127.0.0.1:0", *WRONG[words]])
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output


def test_the_app_alone_says_which_options_it_is_told_by() -> None:
    result = CliRunner().invoke(main, ["run", "replicas"])
    assert result.exit_code == 1
    assert "--cluster NAME --join HOST" in result.output
