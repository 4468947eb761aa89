"""What a lab starts, as command lines."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from console.tls.credentials import Credentials
from ofswitch.configuration import Address, ConfigurationError
from ofswitch.ports import parse_spec
from topologies.plan import LabOptions, SwitchPlan, cables, controller_command
from topologies.topology import parse_topology

FOLDER = Path("/run/oflab/7")
TLS = Credentials(Path("key"), Path("cert"), Path("ca"))


def words_of(text: str, switch: str, options: LabOptions | None = None) -> list[str]:
    """Return the command line of one switch of a topology."""
    topology = parse_topology(text)
    namespaces = {host: f"lab-7-{host}" for host in topology.hosts}
    plan = SwitchPlan(topology, options or LabOptions(), FOLDER, namespaces)
    return plan.command("ofswitch", topology.switches[switch])


def option(words: list[str], name: str) -> list[str]:
    """Return the values of an option."""
    return [value for key, value in pairwise(words) if key == name]


def test_a_host_hangs_on_a_tap_whose_other_end_is_its_network_card() -> None:
    (port, _) = option(words_of("single,2", "s1"), "--port")
    spec = parse_spec(port)
    assert (spec.kind, spec.name, spec.port_no) == ("tap", "s1-eth1", 1)
    assert spec.options["netns"] == "lab-7-h1"
    assert spec.options["name"] == "eth0"
    assert spec.options["mac"] == 1
    assert [str(one) for one in spec.options["ip"]] == ["10.0.0.1/8"]


def test_switches_are_joined_by_cables_with_a_port_on_either_end() -> None:
    assert cables(parse_topology("linear,3")) == [("s2-eth2", "s1-eth2"), ("s3-eth2", "s2-eth3")]
    ports = option(words_of("linear,3", "s2"), "--port")
    assert ports[1:] == ["dev:s2-eth2,no=2", "dev:s2-eth3,no=3"]


def test_a_switch_is_told_its_name_its_datapath_id_and_where_to_find_it() -> None:
    words = words_of("linear,12", "s10")
    assert words[:3] == ["ofswitch", "run", "s10"]
    assert option(words, "--dpid") == ["000000000000000a"]
    assert option(words, "--control") == ["/run/oflab/7/s10.sock"]
    assert option(words, "--ready") == ["/run/oflab/7/s10.ready"]


def test_what_the_user_leaves_open_is_left_to_the_program() -> None:
    words = words_of("single,1", "s1")
    assert not {"--protocols", "--datapath"} & set(words)
    chosen = LabOptions(protocols="OpenFlow13", datapath="native")
    words = words_of("single,1", "s1", chosen)
    assert option(words, "--protocols") == ["OpenFlow13"]
    assert option(words, "--datapath") == ["native"]


@pytest.mark.parametrize(
    ("controller", "fail_mode", "mode"),
    [
        ("learning_switch", None, "secure"),
        ("none", None, "standalone"),
        ("none", "secure", "secure"),
        ("tcp:localhost:6653", "standalone", "standalone"),
    ],
)
def test_a_switch_without_controller_forwards_by_itself_unless_told_otherwise(
    controller: str, fail_mode: str | None, mode: str
) -> None:
    words = words_of("single,1", "s1", LabOptions(controller=controller, fail_mode=fail_mode))
    assert option(words, "--fail-mode") == [mode]
    assert bool(option(words, "--controller")) == (controller != "none")


def test_the_controller_runs_what_the_user_named() -> None:
    options = LabOptions(controller="./mine.py", protocols="OpenFlow10")
    words = controller_command("ofcontroller", FOLDER / "ready", options)
    assert words[:3] == ["ofcontroller", "run", "./mine.py"]
    assert option(words, "--protocols") == ["OpenFlow10"]
    assert option(words, "--ready") == ["/run/oflab/7/ready"]


def test_several_apps_run_in_one_controller() -> None:
    options = LabOptions(controller="learning_switch,./mine.py")
    words = controller_command("ofcontroller", FOLDER / "ready", options)
    assert words[:4] == ["ofcontroller", "run", "learning_switch", "./mine.py"]


def test_an_address_names_a_controller_that_runs_elsewhere() -> None:
    assert LabOptions(controller="tcp:192.0.2.1:6633").remote == Address("192.0.2.1", 6633)
    assert LabOptions(controller="tcp:[2001:db8::1]").remote == Address("2001:db8::1", 6653)
    assert LabOptions().remote is None
    with pytest.raises(ConfigurationError, match="no TCP port"):
        _ = LabOptions(controller="tcp:host:port").remote


def test_a_controller_with_tls_needs_credentials_and_credentials_need_it() -> None:
    remote = LabOptions(controller="ssl:192.0.2.1", tls=TLS).remote
    assert remote == Address("192.0.2.1", 6653, tls=True)
    with pytest.raises(ConfigurationError, match="needs --private-key"):
        _ = LabOptions(controller="ssl:192.0.2.1").remote
    with pytest.raises(ConfigurationError, match="nothing would be encrypted"):
        _ = LabOptions(tls=TLS).remote


def test_switches_speak_tls_with_a_controller_that_does() -> None:
    words = words_of("single,1", "s1", LabOptions(controller="ssl:192.0.2.1:6633", tls=TLS))
    assert option(words, "--controller") == ["ssl:127.0.0.1:6653"]
    assert words[-3:] == ["--private-key=key", "--certificate=cert", "--ca-cert=ca"]
