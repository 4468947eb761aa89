"""Packet sockets on existing interfaces."""

from __future__ import annotations

import select
import socket

import pytest

from ofswitch.frame import GSO_TCPV4, NEEDS_CSUM, Frame, Offload
from ofswitch.ports.base import Counters
from tests.ofswitch.ports.lab import Lab, run, wait_for

pytestmark = pytest.mark.system

HEAD = b"\x02\x00\x00\x00\x00\x07" + b"\x02\x00\x00\x00\x00\x09"
ELSEWHERE = b"\x02\x00\x00\x00\x00\x77"
FRAME = Frame(HEAD + b"\x88\xb5" + bytes(46))


def test_frames_pass_between_the_ends_of_a_veth(lab: Lab) -> None:
    a, b = lab.dev_pair()
    assert a.send([FRAME]) == 1
    wait_for(b, lambda: FRAME in b.receive(100))
    assert a.hw_addr != b.hw_addr
    assert (a.kind, a.speed_kbps, a.carries_offload) == ("dev", 10_000_000, True)


def test_frames_for_other_stations_are_received(lab: Lab) -> None:
    near, far = lab.veth()
    netns = lab.namespace()
    run("ip", "link", "set", far, "netns", netns, "up")
    port = lab.open(f"dev:{near}")
    run("ip", "-n", netns, "addr", "add", "10.9.0.1/24", "dev", far)
    run("ip", "-n", netns, "neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:77", "dev", far)
    lab.udp_socket(netns).sendto(b"hello", ("10.9.0.2", 9))
    wait_for(port, lambda: any(frame.data[:6] == ELSEWHERE for frame in port.receive(100)))


def test_what_this_machine_sends_does_not_come_back(lab: Lab) -> None:
    a, b = lab.dev_pair()
    again = lab.open(f"dev:{a.name}")
    assert a.send([FRAME]) == 1
    wait_for(b, lambda: FRAME in b.receive(100))
    assert FRAME not in a.receive(100)
    assert FRAME not in again.receive(100)


@pytest.mark.parametrize("tpid", [b"\x81\x00", b"\x88\xa8"])
@pytest.mark.parametrize("inner", [b"", b"\x81\x00\x00\x07"])
def test_tags_arrive_where_they_were_on_the_wire(lab: Lab, tpid: bytes, inner: bytes) -> None:
    a, b = lab.dev_pair()
    frame = Frame(HEAD + tpid + b"\xa0\x64" + inner + b"\x88\xb5" + bytes(46))
    a.send([frame])
    wait_for(b, lambda: frame in b.receive(100))


def test_a_tag_moves_the_metadata(lab: Lab) -> None:
    a, b = lab.dev_pair()
    tcp = bytes(12) + b"\x50\x10" + bytes(6)
    ip = b"\x45\x00" + (60_040).to_bytes(2, "big") + bytes(4) + b"\x40\x06" + bytes(10)
    data = HEAD + b"\x81\x00\x00\x64" + b"\x08\x00" + ip + tcp + bytes(60_000)
    frame = Frame(data, Offload(NEEDS_CSUM, GSO_TCPV4, 58, 1000, 38, 16))
    assert a.send([frame]) == 1
    offload = None

    def arrived() -> bool:
        nonlocal offload
        offload = next((one.offload for one in b.receive(100) if one.data == data), None)
        return offload is not None

    wait_for(b, arrived)
    assert offload is not None
    assert offload._replace(hdr_len=58) == frame.offload, "hdr_len is a hint of the kernel's"


def test_a_frame_beyond_the_mtu_is_dropped_by_name(lab: Lab) -> None:
    a, _ = lab.dev_pair()
    assert a.send([Frame(FRAME.data + bytes(3000))]) == 0
    assert a.counters.drops == {"tx_too_long": 1}


def test_metadata_that_the_kernel_refuses_are_dropped_by_name(lab: Lab) -> None:
    a, _ = lab.dev_pair()
    bad = Frame(FRAME.data, Offload(NEEDS_CSUM, csum_start=500, csum_offset=16))
    assert a.send([bad, FRAME]) == 1
    assert a.counters.drops == {"tx_refused": 1}


def test_an_interface_that_goes_down_and_up_again(lab: Lab) -> None:
    a, b = lab.dev_pair()
    assert a.link_up()
    run("ip", "link", "set", a.name, "down")
    assert a.send([FRAME]) == 0
    assert a.counters.drops == {"tx_link_down": 1}
    a.receive(9)
    assert not a.link_up()
    assert not b.link_up()
    run("ip", "link", "set", a.name, "up")
    wait_for(a, lambda: a.link_up() and b.link_up())
    assert a.send([FRAME]) == 1
    wait_for(b, lambda: FRAME in b.receive(100))
    assert not a.gone


def test_setting_it_down_takes_the_link_from_the_other_end(lab: Lab) -> None:
    a, b = lab.dev_pair()
    a.set_up(False)
    assert not a.link_up()
    assert not b.link_up()
    a.set_up(True)
    wait_for(b, b.link_up)


def test_a_deleted_interface_is_gone_without_an_exception(lab: Lab) -> None:
    a, b = lab.dev_pair()
    run("ip", "link", "del", a.name)
    assert a.send([FRAME]) == 0
    assert a.counters.drops == {"tx_no_device": 1}
    assert a.gone
    a.receive(9)
    b.receive(9)
    assert not b.link_up()
    assert b.gone
    assert not select.select([a, b], [], [], 0)[0], "who polls them must not spin"


def test_a_new_address_is_noted(lab: Lab) -> None:
    port = lab.open(f"dev:{lab.veth()[0]}")
    run("ip", "link", "set", port.name, "address", "02:00:00:00:00:55")
    port.link_up()
    assert port.hw_addr == 0x020000000055


def test_what_does_not_fit_into_the_queue_is_counted(lab: Lab) -> None:
    a, b = lab.dev_pair()
    with socket.socket(fileno=socket.dup(b.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    assert a.send([FRAME] * 500) == 500
    wait_for(b, lambda: b.counters.drops["rx_queue_full"] > 400)
    assert b.counters.rx_dropped == b.counters.drops["rx_queue_full"]
    assert len(b.receive(1000)) < 100


def test_one_that_was_handed_over_is_given_no_frames_by_the_kernel_but_sends(lab: Lab) -> None:
    a, b = lab.dev_pair()
    wait_for(b, lambda: a.send([FRAME]) == 1 and FRAME in b.receive(100))
    descriptor = b.fileno()
    b.hand_over(Counters)
    assert b.fileno() == descriptor
    assert a.send([FRAME] * 10) == 10
    assert b.send([FRAME]) == 1
    wait_for(a, lambda: FRAME in a.receive(100))
    assert b.receive(100) == []


def test_closing_it_leaves_the_interface(lab: Lab) -> None:
    port = lab.open(f"dev:{lab.veth()[0]}")
    port.close()
    port.close()
    port.set_up(True)
    assert not port.link_up()
    assert port.name in run("ip", "link")
    assert port.receive(9) == []
    assert port.send([FRAME]) == 0
    assert not port.link_up()
    assert port.counters.tx_dropped == 1
