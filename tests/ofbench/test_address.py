"""Where a controller or a switch is, as a user writes it."""

from __future__ import annotations

import pytest

from ofbench.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp:10.0.0.1:6633", Address("10.0.0.1", 6633)),
        ("10.0.0.1:6633", Address("10.0.0.1", 6633)),
        ("localhost", Address("localhost", 6653)),
        ("tcp:localhost", Address("localhost", 6653)),
        ("tcp:[::1]:6633", Address("::1", 6633)),
        ("[::1]", Address("::1", 6653)),
        ("ptcp:6653", Address("0.0.0.0", 6653, listen=True)),
        ("ptcp:6653:127.0.0.1", Address("127.0.0.1", 6653, listen=True)),
        ("ptcp:6653:[::1]", Address("::1", 6653, listen=True)),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp:",
        ":6653",
        "host:",
        "host:0",
        "host:65536",
        "host:x",
        "[::1",
        "[::1]x",
        "ptcp:",
        "host:١",
        "ssl:localhost:6653",
        "pssl:6653",
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        parse_address(text)
