"""Taps: their kernel ends in namespaces, what they tell of themselves, and their loss."""

from __future__ import annotations

import os
import select
import sys

import pytest

from ofswitch.frame import Frame
from ofswitch.ports import LinkId, PortError, open_port
from ofswitch.ports.netlink import OUR_NAMESPACE
from tests.needs import needs
from tests.ofswitch.ports.lab import Lab, fresh_name, run, wait_for

pytestmark = pytest.mark.system

FRAME = Frame(b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x09\x88\xb5" + bytes(46))


def test_the_kernel_end_is_set_up_as_asked_in_its_namespace(lab: Lab) -> None:
    netns, name = lab.namespace(), fresh_name("t")
    options = "name=eth0,mac=02:00:00:00:00:01,ip=10.9.0.1/24+fd09::1/64,mtu=9000"
    port = lab.open(f"tap:{name},netns={netns},{options}")
    shown = run("ip", "-n", netns, "addr", "show", "eth0")
    for part in ("mtu 9000", "02:00:00:00:00:01", "10.9.0.1/24", "fd09::1/64", ",UP"):
        assert part in shown
    assert (port.name, port.kind, port.link_up()) == (name, "tap", True)
    assert port.speed_kbps == 10_000_000


def test_both_ends_have_addresses_of_their_own(lab: Lab) -> None:
    port = lab.open(f"tap:{fresh_name('t')},mac=02:00:00:00:00:01")
    assert port.hw_addr == 0x420000000001


def test_a_namespace_may_be_named_by_a_path(lab: Lab) -> None:
    netns = lab.namespace()
    port = lab.open(f"tap:{fresh_name('t')},netns=/run/netns/{netns},name=eth0")
    assert "eth0" in run("ip", "-n", netns, "link")
    assert port.link_up()


def test_it_stays_down_when_asked(lab: Lab) -> None:
    port = lab.open(f"tap:{fresh_name('t')},up=no")
    assert not port.link_up()
    assert port.send([FRAME]) == 0
    assert port.counters.drops == {"tx_link_down": 1}
    run("ip", "link", "set", port.name, "up")
    assert port.link_up()
    assert port.send([FRAME]) == 1


def test_setting_it_down_takes_the_carrier_from_the_host(lab: Lab) -> None:
    port = lab.open(f"tap:{fresh_name('t')}")
    port.set_up(False)
    assert not port.link_up()
    assert "NO-CARRIER" in run("ip", "link", "show", port.name)
    port.set_up(True)
    assert port.link_up()


def test_the_kernel_end_is_found_again_when_somebody_moves_it(lab: Lab) -> None:
    port = lab.open(f"tap:{fresh_name('t')}")
    before = port.link_id
    assert before is not None
    assert before.netns == OUR_NAMESPACE
    netns = lab.namespace()
    run("ip", "link", "set", port.name, "netns", netns, "name", "eth7")
    assert not port.link_up()
    assert port.link_id != before
    run("ip", "-n", netns, "link", "set", "eth7", "up")
    assert port.link_up()
    assert not port.gone


def test_a_deleted_tap_is_gone_without_an_exception(lab: Lab) -> None:
    port = lab.open(f"tap:{fresh_name('t')}")
    run("ip", "link", "del", port.name)
    assert select.select([port], [], [], 0)[0], "it has to wake who polls it"
    assert port.receive(9) == []
    assert port.gone
    assert port.send([FRAME]) == 0
    assert port.counters.drops == {"tx_no_device": 1}
    assert not port.link_up()


def test_a_tap_is_gone_with_its_namespace(lab: Lab) -> None:
    netns = lab.namespace()
    port = lab.open(f"tap:{fresh_name('t')},netns={netns},name=eth0")
    run("ip", "netns", "del", netns)
    wait_for(port, lambda: not port.receive(9) and port.gone)
    assert not port.link_up()


def test_closing_it_removes_the_interface(lab: Lab) -> None:
    port = lab.open(f"tap:{fresh_name('t')}")
    port.close()
    port.close()
    port.set_up(True)
    assert not port.link_up()
    assert port.name not in run("ip", "link")
    assert port.receive(9) == []
    assert port.send([FRAME]) == 0
    assert port.fileno() == -1


def test_a_persistent_tap_is_attached_to_and_left(lab: Lab) -> None:
    name = fresh_name("t")
    run("ip", "tuntap", "add", "dev", name, "mode", "tap")
    lab.interfaces.append(name)
    lab.open(f"tap:{name}").close()
    assert name in run("ip", "link")


def test_what_the_host_sends_too_fast_is_counted(lab: Lab) -> None:
    netns, port = lab.tap_host("1")
    run("ip", "-n", netns, "link", "set", "eth0", "txqueuelen", "10")
    run("ip", "-n", netns, "neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:02", "dev", "eth0")
    sender = lab.udp_socket(netns)
    for _ in range(300):
        sender.sendto(b"too fast", ("10.9.0.2", 9))
    received = len(port.receive(10_000))
    lost = port.counters.drops["rx_queue_full"]
    assert lost > 200
    assert received < 60
    assert port.counters.rx_dropped == lost


def test_descriptors_do_not_leak_into_child_processes(lab: Lab) -> None:
    port = lab.open(f"tap:{fresh_name('t')}")
    assert not os.get_inheritable(port.fileno())


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("tap:lo", "in use by an interface that is no tap"),
        ("tap:{free},netns=no-such", "make it with 'ip netns add no-such'"),
        ("tap:{free},netns=/etc/passwd", "cannot set up"),
        ("tap:{free},netns={netns},name=lo", "has an interface lo already"),
        ("tap:{taken}", "in use by another program's tap"),
        ("dev:{free}", "no such interface"),
        ("dev:lo", "no Ethernet interface"),
    ],
)
def test_what_cannot_be_opened_is_explained_and_leaves_nothing(
    lab: Lab, spec: str, said: str
) -> None:
    taken = lab.open(f"tap:{fresh_name('t')}").name
    free, netns = fresh_name("f"), lab.namespace()
    descriptors = len(os.listdir("/proc/self/fd"))
    with pytest.raises(PortError, match=said):
        open_port(spec.format(free=free, netns=netns, taken=taken))
    assert free not in run("ip", "link")
    assert free not in run("ip", "-n", netns, "link")
    assert len(os.listdir("/proc/self/fd")) == descriptors


OPEN = """
import sys
from ofswitch.ports import PortError, open_port
try:
    open_port(sys.argv[1])
except PortError as error:
    print(error)
"""
POWERLESS = ("setpriv", "--bounding-set=-net_admin,-net_raw", "--inh-caps=-all")


@needs("setpriv")
@pytest.mark.parametrize("kind", ["tap", "dev"])
def test_without_root_it_says_so(kind: str) -> None:
    said = run(*POWERLESS, sys.executable, "-c", OPEN, f"{kind}:{fresh_name('x')}")
    assert "needs root" in said


def test_an_interface_is_known_by_namespace_and_index(lab: Lab) -> None:
    netns = lab.namespace()
    port = lab.open(f"tap:{fresh_name('t')},netns={netns},name=eth0")
    index = run("ip", "netns", "exec", netns, "cat", "/sys/class/net/eth0/ifindex")
    assert isinstance(port.link_id, LinkId)
    assert port.link_id.ifindex == int(index)
    assert port.link_id.netns >= 0
