"""The catalogue of errors against Open vSwitch's, in every version and both ways."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from openflow import SUPPORTED, ErrorMsg, Version, encode
from openflow.errors import error_code
from tests.needs import needs

pytestmark = needs("ovs-ofctl")

OTHER_NAMES = {
    "BAD_ACTION__BAD_EXPERIMENTER": "BAD_VENDOR",
    "BAD_ACTION__BAD_EXP_TYPE": "BAD_VENDOR_TYPE",
    "BAD_ACTION__UNSUPPORTED_ORDER": "UNSUPPORTED",
    "BAD_REQUEST__BAD_EXPERIMENTER": "BAD_VENDOR",
    "BAD_REQUEST__BAD_EXP_TYPE": "BAD_SUBTYPE",
    "BAD_REQUEST__BAD_MULTIPART": "BAD_STAT",
    "BAD_REQUEST__IS_SLAVE": "IS_SECONDARY",
    "TABLE_FEATURES_FAILED__BAD_ARGUMENT": "BAD_VALUE",
    "TABLE_FEATURES_FAILED__BAD_CAP": "BAD_CAPA",
}
"""What Open vSwitch calls an error otherwise."""

NUMBERS = [(type_, code) for type_ in range(20) for code in range(22)]


def printed(errors: bytes, path: Path) -> list[str]:
    """What Open vSwitch says of each error."""
    path.write_bytes(errors)
    command = ["ovs-ofctl", "-vANY:console:off", "ofp-parse", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.startswith("OFPT_ERROR")]


@pytest.mark.parametrize("version", SUPPORTED, ids=str)
def test_every_error_is_one_that_open_vswitch_knows_and_no_other(
    tmp_path: Path, version: Version
) -> None:
    errors = b"".join(encode(ErrorMsg(wire), version) for wire in NUMBERS)
    for wire, line in zip(NUMBERS, printed(errors, tmp_path / "errors"), strict=True):
        ours = error_code(*wire, version)
        assert (ours is None) == ("decode error" in line), (wire, line)
        if ours is not None:
            name = ours.name.partition("__")[2]
            assert line.endswith((f"_{name}", f"_{OTHER_NAMES.get(ours.name, name)}")), line
