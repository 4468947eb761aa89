"""What command lines say becomes checked values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.tls.credentials import Credentials
from ofswitch import configuration
from ofswitch.configuration import (
    Address,
    Configuration,
    ConfigurationError,
    check_name,
    control_path,
    derive_dpid,
    parse_controller,
    parse_controllers,
    parse_dpid,
    parse_listen,
    parse_probe_interval,
    path_to_ask,
    run_dir,
)

CREDENTIALS = Credentials(Path("key"), Path("cert"), Path("ca"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp:127.0.0.1:6633", Address("127.0.0.1", 6633)),
        ("tcp:127.0.0.1", Address("127.0.0.1", 6653)),
        ("tcp:controller.example:1", Address("controller.example", 1)),
        ("tcp:[::1]:6633", Address("::1", 6633)),
        ("tcp:[fe80::1]", Address("fe80::1", 6653)),
        ("tcp:::1", Address("::1", 6653)),
        ("ssl:127.0.0.1:6633", Address("127.0.0.1", 6633, tls=True)),
        ("ssl:controller.example", Address("controller.example", 6653, tls=True)),
    ],
)
def test_a_controller_is_a_host_and_a_port(text: str, address: Address) -> None:
    assert parse_controller(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp:",
        "127.0.0.1:6653",
        "udp:h:1",
        "ssl:",
        "tcp::6653",
        "tcp:h:0",
        "tcp:h:x",
        "tcp:h:70000",
    ],
)
def test_what_is_no_controller_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ConfigurationError, match="controller"):
        parse_controller(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ptcp:", Address("0.0.0.0", 6653)),
        ("ptcp:6654", Address("0.0.0.0", 6654)),
        ("ptcp:0:127.0.0.1", Address("127.0.0.1", 0)),
        ("ptcp:6654:::1", Address("::1", 6654)),
        ("ptcp:6654:[::1]", Address("::1", 6654)),
        ("pssl:6654", Address("0.0.0.0", 6654, tls=True)),
    ],
)
def test_a_listener_is_a_port_and_perhaps_a_host(text: str, address: Address) -> None:
    assert parse_listen(text) == address


@pytest.mark.parametrize("text", ["", "6654", "tcp:6654", "ptcp:x", "ptcp:-1", "ptcp:65536"])
def test_what_is_no_listener_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="listen"):
        parse_listen(text)


def test_ipv6_addresses_are_shown_in_brackets() -> None:
    assert str(Address("::1", 1)) == "[::1]:1"
    assert str(Address("10.0.0.1", 1)) == "10.0.0.1:1"


@pytest.mark.parametrize("text", ["tcp:10.0.0.1:1", "ssl:[::1]:1"])
def test_a_controller_is_shown_as_it_is_written(text: str) -> None:
    assert parse_controller(text).dialled == text


@pytest.mark.parametrize("text", ["ptcp:1:10.0.0.1", "pssl:1:::1"])
def test_a_listener_is_shown_as_it_is_written(text: str) -> None:
    assert parse_listen(text).listened_at == text


@pytest.mark.parametrize(
    "where",
    [
        {"controllers": (Address("h", 1), Address("h", 2, tls=True))},
        {"listen": (Address("h", 1, tls=True),)},
    ],
)
def test_tls_needs_credentials(where: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"ssl:.* needs --private-key"):
        Configuration("s1", 1, **where)
    assert Configuration("s1", 1, **where, tls=CREDENTIALS).tls is CREDENTIALS


def test_credentials_that_encrypt_nothing_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="nothing would be encrypted"):
        Configuration("s1", 1, controllers=(Address("h", 1),), tls=CREDENTIALS)


@pytest.mark.parametrize(
    ("text", "dpid"),
    [
        ("1", 1),
        ("0000000000000001", 1),
        ("00:00:00:00:00:00:00:0f", 15),
        ("0xff", 255),
        ("F" * 16, (1 << 64) - 1),
    ],
)
def test_a_dpid_is_up_to_16_hexadecimal_digits(text: str, dpid: int) -> None:
    assert parse_dpid(text) == dpid


@pytest.mark.parametrize("text", ["0", "", "g", "1" * 17, "-1", "0x", " 1"])
def test_what_is_no_dpid_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="16 hexadecimal digits"):
        parse_dpid(text)


def test_a_derived_dpid_follows_from_the_name() -> None:
    dpids = {derive_dpid(f"s{number}") for number in range(100)}
    assert len(dpids) == 100
    assert derive_dpid("s1") in dpids
    for dpid in dpids:
        assert dpid < 1 << 48
        assert dpid >> 40 & 0b11 == 0b10  # a local address of one station


@pytest.mark.parametrize("name", ["s1", "a", "edge-1.rack_2", "x" * 31])
def test_names_that_make_good_file_names_are_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "../s1", "a/b", ".", "-v", "x" * 32, "s 1", "s1\n", "ß"])
def test_other_names_are_not(name: str) -> None:
    with pytest.raises(ConfigurationError, match="name"):
        check_name(name)


def test_the_run_folder_is_the_systems_for_root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert control_path("s1") == Path("/run/ofswitch/s1.sock")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert run_dir() == Path("/run/user/1000/ofswitch")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert run_dir() == Path("/tmp/ofswitch-1000")


def test_a_switch_that_root_runs_is_found_where_there_is_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(configuration, "ROOTS_RUN_DIR", tmp_path)
    assert path_to_ask("s1") == control_path("s1")
    (tmp_path / "s1.sock").touch()
    assert path_to_ask("s1") == tmp_path / "s1.sock"
    control_path("s1").parent.mkdir()
    control_path("s1").touch()
    assert path_to_ask("s1") == control_path("s1")


def test_several_controllers_are_named_once_each_and_not_too_many() -> None:
    assert parse_controllers(["tcp:h:1", "tcp:h:2"]) == (Address("h", 1), Address("h", 2))
    with pytest.raises(ConfigurationError, match="tcp:h:6653 is named twice"):
        parse_controllers(["tcp:h", "tcp:g", "tcp:h:6653"])
    with pytest.raises(ConfigurationError, match="65 controllers: name at most 64"):
        parse_controllers([f"tcp:h:{port}" for port in range(1, 66)])


@pytest.mark.parametrize("text", ["", "soon", "0", "-1", "nan", "inf", "1e9", "0.04"])
def test_a_probe_interval_is_a_number_of_seconds(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--probe-interval"):
        parse_probe_interval(text)
    assert parse_probe_interval("0.25") == 0.25
