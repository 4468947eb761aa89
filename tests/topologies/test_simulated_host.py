"""Simulated hosts: what they answer, checked against scapy."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from topologies.simulated_host import SimulatedHost
from topologies.topology import Host, parse_topology

H1, H2 = parse_topology("single,2").hosts.values()


class Bench:
    """One host, what it sends and which pings were answered."""

    def __init__(self, host: Host = H1) -> None:
        self.sent: list[bytes] = []
        self.answered: list[int] = []
        self.host = SimulatedHost(host, self.sent.append, self.answered.append)

    def receive(self, frame: Ether) -> Ether:
        """Give it a frame and return its one answer."""
        self.sent.clear()
        self.host.receive(bytes(frame))
        (answer,) = self.sent
        return Ether(answer)


def arp_request() -> Ether:
    """h2 asks for h1."""
    ask = ARP(op="who-has", hwsrc=H2.mac_text, psrc="10.0.0.2", pdst="10.0.0.1")
    return Ether(src=H2.mac_text, dst="ff:ff:ff:ff:ff:ff") / ask


def test_it_answers_an_arp_request_for_itself() -> None:
    answer = Bench().receive(arp_request())
    assert (answer.src, answer.dst) == (H1.mac_text, H2.mac_text)
    assert (answer[ARP].op, answer[ARP].psrc, answer[ARP].pdst) == (2, "10.0.0.1", "10.0.0.2")
    assert (answer[ARP].hwsrc, answer[ARP].hwdst) == (H1.mac_text, H2.mac_text)


def test_it_answers_an_echo_request_with_what_it_holds_and_right_checksums() -> None:
    bench = Bench()
    bench.receive(arp_request())
    request = IP(src="10.0.0.2", dst="10.0.0.1") / ICMP(id=7, seq=9) / b"some payload"
    answer = bench.receive(Ether(src=H2.mac_text, dst=H1.mac_text) / request)
    assert (answer[ICMP].type, answer[ICMP].id, answer[ICMP].seq) == (0, 7, 9)
    assert bytes(answer[ICMP].payload) == b"some payload"
    again = Ether(bytes(answer))
    del again[IP].chksum, again[ICMP].chksum
    assert bytes(again) == bytes(answer)


def test_it_asks_for_the_address_of_one_that_it_must_answer() -> None:
    bench = Bench()
    request = IP(src="10.0.0.2", dst="10.0.0.1") / ICMP(id=7, seq=9)
    asked = bench.receive(Ether(src=H2.mac_text, dst=H1.mac_text) / request)
    assert (asked[ARP].op, asked[ARP].pdst) == (1, "10.0.0.2")
    bench.sent.clear()
    bench.host.receive(bytes(arp_request()))
    _, reply = map(Ether, bench.sent)
    assert (reply.dst, reply[ICMP].type, reply[ICMP].seq) == (H2.mac_text, 0, 9)


def test_a_ping_asks_for_the_address_first_and_ends_with_the_reply() -> None:
    h1, h2 = Bench(H1), Bench(H2)
    number = h1.host.ping(IPv4Address("10.0.0.2"))
    for frames, to in ((h1, h2), (h2, h1)) * 2:
        (frame,) = frames.sent
        frames.sent.clear()
        to.host.receive(frame)
    assert h1.answered == [number]
    assert h2.answered == []


def test_it_asks_again_while_nobody_has_answered() -> None:
    bench = Bench()
    bench.host.ping(IPv4Address("10.0.0.9"))
    bench.host.ask_again()
    assert [Ether(frame)[ARP].pdst for frame in bench.sent] == ["10.0.0.9"] * 2


def test_what_is_for_others_has_no_answer() -> None:
    bench = Bench()
    for frame in (
        Ether(dst="00:00:00:00:00:63") / IP(dst="10.0.0.1") / ICMP(),
        Ether(dst=H1.mac_text) / IP(dst="10.0.0.99") / ICMP(),
        Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(pdst="10.0.0.99"),
    ):
        bench.host.receive(bytes(frame))
    assert bench.sent == []


@given(st.binary(max_size=80), st.booleans())
def test_no_frame_upsets_it(data: bytes, for_us: bool) -> None:
    head = bytes.fromhex("000000000001000000000002") if for_us else b""
    Bench().host.receive(head + data)
