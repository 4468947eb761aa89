"""Addresses as people write them."""

from __future__ import annotations

import pytest

from controller.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("tcp:127.0.0.1:6633", "127.0.0.1", 6633),
        ("tcp:0.0.0.0", "0.0.0.0", 6653),
        (" tcp:localhost:0 ", "localhost", 0),
        ("tcp:[::1]:6653", "::1", 6653),
        ("tcp:[::1]", "::1", 6653),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int) -> None:
    assert parse_address(text) == Address(host, port)
    assert parse_address(str(Address(host, port))) == Address(host, port)


@pytest.mark.parametrize("text", ["ssl:127.0.0.1:6633", "ssl:[::1]:6653"])
def test_an_address_with_tls_is_shown_as_it_is_written(text: str) -> None:
    address = parse_address(text)
    assert address.tls
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("127.0.0.1:6633", "expected tcp:HOST:PORT"),
        ("udp:127.0.0.1:1", "expected tcp:HOST:PORT"),
        ("tcp", "expected tcp:HOST:PORT"),
        ("tcp::6653", "has no host"),
        ("ssl::6653", "expected ssl:HOST:PORT"),
        ("tcp:h:x", "no valid port"),
        ("tcp:h:65536", "no valid port"),
        ("tcp:h:-1", "no valid port"),
        ("tcp:::1:6653", "stands in brackets"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_address(text)
