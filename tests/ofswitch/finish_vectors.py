"""Examples of unfinished frames for the native engine's own tests, as `ofswitch.offload` does them.

`native/packet/tests/finish.txt` has, for each frame:

    frame OCTETS OFFLOAD | name
    whole OCTETS                    what `complete_checksum` makes of it
    kernel yes                      whether the kernel can finish it (or no)
    segment OCTETS                  one line for each frame of `segment`, if there are any

where octets are in hexadecimal, and OFFLOAD is the fields of a virtio-net header with slashes
between them or `-`. To write the file again after a change of the rules:

    python -m tests.ofswitch.finish_vectors
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ofswitch.frame import (
    GSO_ECN,
    GSO_TCPV4,
    GSO_TCPV6,
    GSO_UDP,
    GSO_UDP_L4,
    NEEDS_CSUM,
    Frame,
    Offload,
)
from ofswitch.offload import complete_checksum, kernel_can_finish, segment
from openflow.packet import Packet

FILE = Path(__file__).parents[2] / "native/packet/tests/finish.txt"


def frame_line(name: str, frame: Frame) -> str:
    """The `frame` line."""
    offload = "-" if frame.offload is None else "/".join(map(str, frame.offload))
    return f"frame {frame.data.hex()} {offload} | {name}"


def read_frame(line: str) -> Frame:
    """Read what `frame_line` wrote."""
    _, data, offload, *_ = line.split(" ")
    fields = None if offload == "-" else Offload(*map(int, offload.split("/")))
    return Frame(bytes.fromhex(data), fields)


def lines_for(frame: Frame) -> Iterator[str]:
    """The lines of a frame but for the first."""
    yield f"whole {complete_checksum(frame).data.hex()}"
    yield f"kernel {'yes' if kernel_can_finish(frame) else 'no'}"
    yield from (f"segment {one.data.hex()}" for one in segment(frame))


def _stacks() -> dict[str, tuple[Any, Offload]]:
    """What senders leave unfinished, with offsets yet to be counted from the transport header."""
    from scapy.contrib.mpls import MPLS
    from scapy.layers import inet
    from scapy.layers.l2 import Dot1AD, Dot1AH, Dot1Q
    from scapy.packet import Raw

    from tests.frames import ETHER, HOP, IPV4, IPV6

    last = inet.TCP(sport=1, dport=2, seq=0xFFFF_FFFE, flags="FPAC")
    options = inet.TCP(sport=1, dport=2, options=[("MSS", 1460)])
    udp, ten = inet.UDP(sport=1, dport=2), Raw(b"0123456789")
    low = inet.IP(src="10.0.0.1", dst="10.0.0.2", id=0xFFFF, options=[inet.IPOption_RR()])
    tcp4, tcp6 = Offload(1, GSO_TCPV4, 0, 4, 0, 16), Offload(1, GSO_TCPV6, 0, 4, 0, 16)
    uso = Offload(1, GSO_UDP_L4, 0, 4, 0, 6)
    labels, wrapped = MPLS(s=0) / MPLS(s=1), Dot1AD(vlan=3, type=0x88E7) / Dot1AH(isid=1) / ETHER
    return {
        "TCP": (ETHER / IPV4 / last / ten, Offload(1, csum_offset=16)),
        "UDP": (ETHER / IPV6 / udp / ten, Offload(1, csum_offset=6)),
        "UDP of odd length": (ETHER / IPV6 / udp / Raw(b"odd"), Offload(1, csum_offset=6)),
        "a field at SCTP's place": (ETHER / IPV4 / last / ten, Offload(1, csum_offset=8)),
        "super-frame of TCP": (ETHER / low / last / ten, tcp4),
        "super-frame of TCP, ECN": (ETHER / low / last / ten, tcp4._replace(gso_type=1 | GSO_ECN)),
        "super-frame of TCP over IPv6": (ETHER / IPV6 / HOP / options / ten, tcp6),
        "super-frame of UDP": (ETHER / IPV4 / udp / ten, uso),
        "super-frame of UDP over IPv6": (ETHER / Dot1Q(vlan=5) / IPV6 / udp / ten, uso),
        "super-frame in two tags": (ETHER / Dot1AD() / Dot1Q() / IPV4 / options / ten, tcp4),
        "super-frame under labels": (ETHER / labels / IPV4 / last / ten, tcp4),
        "super-frame under a label and a tag": (
            ETHER / MPLS(s=1) / Dot1Q() / IPV6 / udp / ten,
            uso,
        ),
        "super-frame in a service tag": (ETHER / wrapped / IPV4 / last / ten, tcp4),
        "super-frame without payload": (ETHER / IPV4 / last, tcp4),
        "super-frame that fits": (ETHER / IPV4 / udp / ten, uso._replace(gso_size=10)),
        "no size": (ETHER / IPV4 / last / ten, tcp4._replace(gso_size=0)),
        "no unfinished checksum": (ETHER / IPV4 / last / ten, tcp4._replace(flags=0)),
        "fragments of UDP": (ETHER / IPV4 / udp / ten, uso._replace(gso_type=GSO_UDP)),
        "only the flag of ECN": (ETHER / IPV4 / last / ten, tcp4._replace(gso_type=GSO_ECN)),
        "UDP said of TCP": (ETHER / IPV4 / last / ten, uso),
    }


def _all_frames() -> Iterator[tuple[str, Frame]]:
    for name, (stack, offload) in _stacks().items():
        data = bytes(stack)
        header = len(data) - len(bytes(stack.getlayer("TCP") or stack.getlayer("UDP")))
        yield name, Frame(data, offload._replace(csum_start=header))
    tcp, size = bytes(_stacks()["TCP"][0]), Offload(1, GSO_TCPV4, 0, 4, 34, 16)
    yield "finished", Frame(tcp)
    yield "verified", Frame(tcp, Offload(2))
    yield "metadata behind the end", Frame(tcp, Offload(NEEDS_CSUM, csum_start=60, csum_offset=6))
    yield "metadata far behind the end", Frame(tcp, Offload(1, 1, 0xFFFF, 9, 0xFFFF, 0xFFFF))
    for start in (0, 14, 33, 38, 44, len(tcp)):
        yield f"header said to be at {start}", Frame(tcp, size._replace(csum_start=start))
    for length in (0, 12, 15, 34, 41, 53, 54):
        yield f"{length} octets of it", Frame(tcp[:length], size)
    for name, sctp in _sctp().items():
        start = Packet(sctp).l4_offset
        yield name, Frame(sctp, Offload(NEEDS_CSUM, csum_start=start, csum_offset=8))


def _sctp() -> dict[str, bytes]:
    from tests.ofswitch.datapath.edit_frames import MORE_FRAMES

    return {name: MORE_FRAMES[name] for name in ("SCTP", "SCTP over IPv6")}


def write() -> None:
    """Write the file."""
    lines = ["# Written by tests/ofswitch/finish_vectors.py, which tells what the lines mean."]
    for name, frame in _all_frames():
        lines += [frame_line(name, frame), *lines_for(frame)]
    FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write()
