"""What users may write for a port, and what they are told when it is wrong."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.ports.spec import OPTIONS, PortError, PortSpec, parse_spec


def test_a_name_is_enough() -> None:
    assert parse_spec("dev:veth0") == PortSpec("dev", "veth0")


def test_every_kind_takes_a_port_number() -> None:
    assert parse_spec("tap:t0,no=7").port_no == 7
    assert parse_spec("dev:veth0,no=7").port_no == 7
    assert parse_spec("memory:m,no=7").port_no == 7
    assert parse_spec("pcap:read=a.pcap,no=7").port_no == 7


def test_a_tap_has_an_end_to_set_up() -> None:
    spec = parse_spec(
        "tap:s1-eth1,netns=h1,name=eth0,mac=02:00:00:00:00:01,ip=10.0.0.1/24+fd00::1/64,mtu=9000,up=no"
    )
    assert spec.options == {
        "netns": "h1",
        "name": "eth0",
        "mac": 0x020000000001,
        "ip": (ip_interface("10.0.0.1/24"), ip_interface("fd00::1/64")),
        "mtu": 9000,
        "up": False,
    }


def test_a_capture_needs_files_but_no_name() -> None:
    assert parse_spec("pcap:read=a.pcap,fast=yes").options == {"read": "a.pcap", "fast": True}
    assert parse_spec("pcap:p1,write=b.pcap").name == "p1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "KIND:NAME"),
        ("veth0", "tap, dev, memory, pcap"),
        ("wlan:x", "tap, dev, memory, pcap"),
        ("tap:", "a name is missing"),
        ("tap:,no=1", "a name is missing"),
        ("tap:a-name-of-sixteen", "longer than 15"),
        ("tap:a b", "no blank"),
        ("dev:a/b", "no blank"),
        ("dev:..", "cannot be an interface's name"),
        ("dev:veth0,mtu=1500", "no option of dev; it has up, io, no"),
        ("tap:t0,mac", "no option of tap"),
        ("tap:t0,mac=x", "not an Ethernet address"),
        ("tap:t0,mac=01:00:5e:00:00:01", "not the address of one station"),
        ("tap:t0,ip=10.0.0.1", "needs a prefix length"),
        ("tap:t0,ip=10.0.0.1/40", "10.0.0.1/40"),
        ("tap:t0,mtu=1", "not a number from 68 to 65521"),
        ("tap:t0,mtu=many", "not a number"),
        ("tap:t0,up=maybe", "neither yes nor no"),
        ("tap:t0,netns=", "a value is missing"),
        ("tap:t0,name=a/b", "no blank"),
        ("tap:t0,no=0", "not a number from 1"),
        ("tap:t0,no=4294967295", "not a number from 1"),
        ("tap:t0,no=\N{SUPERSCRIPT TWO}", "not a number from 1"),
        ("pcap:p1", "read="),
    ],
)
def test_a_mistake_is_explained(text: str, said: str) -> None:
    with pytest.raises(PortError, match=f"port {text!r}".replace("+", ".")) as caught:
        parse_spec(text)
    assert said in str(caught.value)


@given(
    st.sampled_from(sorted(OPTIONS)),
    st.text(max_size=20),
    st.lists(
        st.sampled_from(["netns", "ip", "mac", "mtu", "no", "read", "up", "fast", "name", "x"])
    ),
    st.text(max_size=20),
)
def test_no_text_raises_anything_else(kind: str, name: str, options: list[str], value: str) -> None:
    text = ",".join([f"{kind}:{name}", *(f"{option}={value}" for option in options)])
    with suppress(PortError):
        assert parse_spec(text).kind == kind
