"""Options as they are written in the environment, and the document."""

from __future__ import annotations

import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from apps.membership import OptionError, Options
from apps.membership.counters import COUNTED
from apps.membership.options import OPTIONS, VARIABLE, parse_options
from apps.swim.address import Address
from apps.swim.config import BARE, FAST
from apps.swim.tags import decode_tags

DOCUMENT = Path(__file__).parents[3] / "docs" / "membership.md"


def test_nothing_is_the_default() -> None:
    assert parse_options("") == Options()


def test_all_can_be_said() -> None:
    key = "AAECAwQFBgcICQoLDA0ODw=="
    options = parse_options(
        f"address=10.0.0.254 name=c1 port=7947 mac=02:00:00:00:00:01 vlan=7 preset=fast keys={key} label=x "
        "join=10.0.0.1,10.0.0.2:7 meta=role=c,rack=7 serf=no learn=no passive=p@10.0.0.9,fd00::9 probe=icmp "
        "interval_s=2 hosts_most=9 hosts-of-port=3 port_rate=10 rate=20"
    )
    assert options.join == (
        Address(bytes([10, 0, 0, 1]), 7946),
        Address(bytes([10, 0, 0, 2]), 7),
    )
    assert decode_tags(options.meta) == {"role": "c", "rack": "7"}
    assert options.passive == (
        ("p", bytes([10, 0, 0, 9])),
        ("fd00::9", ip_address("fd00::9").packed),
    )
    assert (options.mac, options.vlan, options.learn, options.probe) == (
        0x0200_0000_0001,
        7,
        False,
        "icmp",
    )
    assert (options.hosts_most, options.hosts_of_port, options.passive_interval_s) == (9, 3, 2.0)
    config = options.config
    assert config.probe_interval_s == FAST.probe_interval_s
    assert config.versions == BARE
    assert config.envelope.label == b"x"
    assert config.envelope.keyring is not None
    assert config.envelope.keyring.keys == (bytes(range(16)),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("adress=1", "there is no option 'adress'; did you mean 'address'?"),
        ("10.0.0.254", "there is no option '10.0.0.254'; there are: address, name"),
        ("address", "address has no value; write address=10.0.0.254"),
        ("address=10.0.0", "address=10.0.0: '10.0.0' does not appear to be an IPv4 or IPv6"),
        ("address=224.0.0.1", "it is the address of no single host in a network"),
        ("address=255.255.255.255", "it is the address of no single host in a network"),
        ("port=0", "port=0: it is a whole number from 1 to 65535"),
        ("port=x", "port=x: it is a whole number from 1 to 65535"),
        ("rate=nan", "rate=nan: it is a number from 1 to 1e+06"),
        ("rate=much", "rate=much: it is a number from 1 to 1e+06"),
        ("preset=slow", "it is one of lan, wan, local, fast"),
        ("mac=01:00:00:00:00:01", "it is the address of no single host"),
        ("keys=AAAA", "a key has 16, 24 or 32 bytes"),
        ("learn=maybe", "it is one of yes, no"),
        ("name=a name=b", "name is given twice"),
        (f"label={'x' * 256}", "a label has at most 255 bytes"),
        (f"meta=role={'x' * 512}", "more than 512"),
        ("join=10.0.0.1", "join needs an address of our own"),
        ("address=10.0.0.1 join=fd00::1", "addresses of another version of IP than our own"),
        ("meta=role", "write KEY=VALUE"),
        ("probe=icmp", "needs an IPv4 address of our own"),
        ("probe=icmp address=fd00::1", "needs an IPv4 address of our own"),
        ("probe=icmp learn=no passive=10.0.0.9", "needs an IPv4 address of our own"),
        ("passive=a@10.0.0.1,a@10.0.0.2", "two of them have the same name"),
        ("passive=a@10.0.0.1,b@10.0.0.1", "two of them have the same address"),
        ("address=10.0.0.1 passive=10.0.0.1", "one of these has our own name or address"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    with pytest.raises(OptionError) as error:
        parse_options(text)
    assert told in str(error.value)


def test_the_document_lists_the_counters_of_the_code() -> None:
    rows = [
        line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    counters = rows[-len(COUNTED) :]
    assert counters == [f"| `{name}` | {meaning} |" for name, meaning in COUNTED.items()]


def test_the_document_lists_the_options_of_the_code() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = [f"| `{name}={one.example}` | {one.meaning} |" for name, one in OPTIONS.items()]
    assert [row for row in rows if row not in text] == []


def test_help_lists_the_options() -> None:
    with pytest.raises(OptionError) as error:
        parse_options("help")
    lines = str(error.value).splitlines()
    assert [line.split("=")[0].strip() for line in lines[1:]] == list(OPTIONS)
    assert max(map(len, lines)) < 140


@pytest.mark.parametrize("name", [n for n, one in OPTIONS.items() if "..." not in one.example])
def test_examples_can_be_written(name: str) -> None:
    parse_options(f"address=10.0.0.1 {name}={OPTIONS[name].example}" if name != "address" else "")


def test_wrong_options_are_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "adress=10.0.0.1")
    words = ["-m", "controller.cli", "run", "membership", "--listen", "tcp:127.0.0.1:0"]
    command = [sys.executable, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "there is no option 'adress'" in done.stderr
    assert "Traceback" not in done.stderr
