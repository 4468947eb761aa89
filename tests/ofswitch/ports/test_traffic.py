"""Real hosts behind ports, with their default offloads: ping, TCP, UDP, tags, super-frames."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Mapping

import pytest

from ofswitch.frame import GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, Frame
from ofswitch.ports import Port
from tests.needs import needs
from tests.ofswitch.ports.lab import BATCH, Lab, fresh_name, run

pytestmark = [pytest.mark.system, needs("iperf3")]

PAIRS = [("tap", "tap"), ("dev", "dev"), ("tap", "dev")]
UDP_SEGMENT = 103
TAG = b"\x81\x00\xa0\x64"  # priority 5, VLAN 100

pairs = pytest.mark.parametrize(("left", "right"), PAIRS, ids=["tap-tap", "dev-dev", "tap-dev"])


def csum_errors(counters: Mapping[str, int]) -> dict[str, int]:
    """Return the checksum errors that are not 0."""
    return {name: count for name, count in counters.items() if "Csum" in name and count}


@pairs
def test_hosts_ping_each_other(lab: Lab, left: str, right: str) -> None:
    a, a_port = lab.host(left, "1")
    _, b_port = lab.host(right, "2")
    lab.loop.join(a_port, b_port)
    lab.run_in(a, "ping", "-c", "3", "-i", "0.05", "-W", "2", "10.9.0.2")
    lab.run_in(a, "ping", "-6", "-c", "3", "-i", "0.05", "-W", "2", "fd09::2")
    assert a_port.counters.rx_packets >= 6
    assert a_port.counters.rx_bytes >= 6 * 98
    assert b_port.counters.tx_packets == a_port.counters.rx_packets


@pairs
def test_a_gigabyte_of_tcp_passes_with_default_offloads(lab: Lab, left: str, right: str) -> None:
    a, a_port = lab.host(left, "1")
    b, b_port = lab.host(right, "2")
    there, back = lab.loop.join(a_port, b_port)
    end = lab.iperf(b, a, "-c", "10.9.0.2", "-n", "1000M")
    rate = end["sum_received"]["bits_per_second"] / 1e9
    print(
        f"\n{left} to {right}: {rate:.2f} Gbit/s, {there.frames} frames there, {back.frames} back"
    )
    assert end["sum_received"]["bytes"] >= 10**9
    assert not csum_errors(lab.counters(a))
    assert not csum_errors(lab.counters(b))
    assert there.longest > 60_000
    assert GSO_TCPV4 in there.gso_types
    assert there.unfinished > there.frames * 0.9


@pairs
def test_tcp_passes_over_ipv6(lab: Lab, left: str, right: str) -> None:
    a, a_port = lab.host(left, "1")
    b, b_port = lab.host(right, "2")
    there, _ = lab.loop.join(a_port, b_port)
    lab.iperf(b, a, "-c", "fd09::2", "-n", "100M")
    assert there.longest > 60_000
    assert GSO_TCPV6 in there.gso_types
    assert not csum_errors(lab.counters(b))


@pairs
def test_udp_passes_with_its_checksum(lab: Lab, left: str, right: str) -> None:
    a, a_port = lab.host(left, "1")
    b, b_port = lab.host(right, "2")
    there, _ = lab.loop.join(a_port, b_port)
    end = lab.iperf(b, a, "-c", "10.9.0.2", "-u", "-b", "50M", "-l", "1400", "-n", "10M")
    assert end["sum"]["lost_percent"] < 1
    assert there.unfinished > 7000
    assert not csum_errors(lab.counters(b))


@pairs
def test_small_frames_pass_at_the_speed_of_the_loop(lab: Lab, left: str, right: str) -> None:
    make = {"tap": lab.tap_pair, "dev": lab.dev_pair}
    (near, source), (far, sink) = make[left](), make[right]()
    frame = Frame(b"\x02\x00\x00\x00\x00\x07\x02\x00\x00\x00\x00\x09\x88\xb5" + bytes(50))
    moved, seconds = 0, 0.0
    for _ in range(20):
        assert source.send([frame] * 800) == 800
        select.select([near], [], [], 1)
        start = time.perf_counter()
        while frames := near.receive(BATCH):
            moved += far.send(frames)
        seconds += time.perf_counter() - start
        sink.receive(10_000)
    print(f"\n{left} to {right}: {moved / seconds / 1e6:.2f} million packets/s of 64 octets")
    assert moved > 10_000


@pairs
def test_a_burst_of_datagrams_passes_as_one_super_frame(lab: Lab, left: str, right: str) -> None:
    a, a_port = lab.host(left, "1")
    b, b_port = lab.host(right, "2")
    there, _ = lab.loop.join(a_port, b_port)
    sender, receiver = lab.udp_socket(a), lab.udp_socket(b)
    receiver.bind(("10.9.0.2", 9))
    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1400)
    sent = bytes(range(250)) * 224
    sender.sendto(sent, ("10.9.0.2", 9))
    lab.loop.run_until(receiver.fileno())
    assert there.longest > len(sent)
    assert GSO_UDP_L4 in there.gso_types
    datagrams = [receiver.recv(9000) for _ in range(40)]
    assert {len(datagram) for datagram in datagrams} == {1400}
    assert b"".join(datagrams) == sent


def push(frame: Frame | None) -> Frame | None:
    """Put a VLAN tag on."""
    if frame is None:
        return None
    offload = frame.offload.moved(4) if frame.offload is not None else None
    return Frame(frame.data[:12] + TAG + frame.data[12:], offload)


def pop(frame: Frame | None) -> Frame | None:
    """Take the tag off; nothing without it (our own namespace's chatter) comes off a trunk."""
    if frame is None or frame.data[12:16] != TAG:
        return None
    offload = frame.offload.moved(-4) if frame.offload is not None else None
    return Frame(frame.data[:12] + frame.data[16:], offload)


def trunk_ends(lab: Lab, kind: str) -> list[Port]:
    """Return two ports joined by a veth, or by a tap whose kernel end is itself a port."""
    near = far = fresh_name("t")
    if kind == "veth":
        near, far = lab.veth()
    ends = [lab.open(f"{'dev' if kind == 'veth' else 'tap'}:{near}"), lab.open(f"dev:{far}")]
    for name in {near, far}:  # room for a second tag, which Linux does not grant by itself
        run("ip", "link", "set", name, "mtu", "1504")
    return ends


@pytest.mark.parametrize("trunk", ["veth", "tap"])
@pytest.mark.parametrize("depth", [1, 2])
def test_tcp_passes_a_trunk_with_tags(lab: Lab, trunk: str, depth: int) -> None:
    a, a_port = lab.tap_host("1")
    b, b_port = lab.dev_host("2")
    ends = trunk_ends(lab, trunk)
    on = push if depth == 1 else lambda frame: push(push(frame))
    off = pop if depth == 1 else lambda frame: pop(pop(frame))
    lab.loop.join(a_port, ends[0], there=on, back=off)
    seen, _ = lab.loop.join(ends[1], b_port, there=off, back=on)
    end = lab.iperf(b, a, "-c", "10.9.0.2", "-n", "200M")
    assert end["sum_received"]["bytes"] >= 200 * 10**6
    assert seen.longest > 60_000
    assert not csum_errors(lab.counters(a))
    assert not csum_errors(lab.counters(b))


IPV4, MPLS = b"\x08\x00", b"\x88\x47"
LABEL = b"\x00\x00\x51\x40"  # label 5, bottom of stack, TTL 64


def label(frame: Frame) -> Frame:
    """Put an MPLS label before IPv4."""
    if frame.data[12:14] != IPV4:
        return frame
    offload = frame.offload.moved(4) if frame.offload is not None else None
    return Frame(frame.data[:12] + MPLS + LABEL + frame.data[14:], offload)


def unlabel(frame: Frame) -> Frame:
    """Take it off."""
    if frame.data[12:14] != MPLS:
        return frame
    offload = frame.offload.moved(-4) if frame.offload is not None else None
    return Frame(frame.data[:12] + IPV4 + frame.data[18:], offload)


@pytest.mark.parametrize("trunk", ["veth", "tap"])
def test_super_frames_under_a_label_are_cut_before_they_are_sent(lab: Lab, trunk: str) -> None:
    a, a_port = lab.tap_host("1")
    b, b_port = lab.dev_host("2")
    ends = trunk_ends(lab, trunk)
    there, _ = lab.loop.join(a_port, ends[0], there=label, back=unlabel)
    cut, _ = lab.loop.join(ends[1], b_port, there=unlabel, back=label)
    end = lab.iperf(b, a, "-c", "10.9.0.2", "-n", "20M")
    assert end["sum_received"]["bytes"] > 15 * 10**6
    assert there.longest > 60_000
    assert cut.longest <= 1514
    assert not csum_errors(lab.counters(b))
