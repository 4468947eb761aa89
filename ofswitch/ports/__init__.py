"""The ports of a switch: taps, existing interfaces, links in memory, capture files.

`open_port` makes one from what a user writes (`ofswitch.ports.spec`). All kinds keep one contract
(`ofswitch.ports.base.Port`), so that the switch above never knows which it has.

How offloads travel
===================

The best-known failure of switches in user space: ping works, TCP hangs. A Linux host does not
finish the packets it sends. It leaves the TCP and UDP checksum to its network card, and hands it
super-frames of up to 64 KiB to be cut into segments. A veth or a tap is no card; it promises the
same anyway, because normally the frame only moves from one kernel structure to another, and the
structure (the sk_buff) says what is still to do: "partial checksum, starts there", "cut this every
1448 octets". A bridge in the kernel passes the structure on, and nobody ever computes the sum.

A program that reads the frame from a plain packet socket or tap gets the octets alone. Of the two
things that it may then do, both are wrong. It forwards a segment whose checksum field holds half a
sum: the receiver, who is told nothing, verifies it and throws it away. ARP and ICMP have no such
field, so ping works. Or it forwards 64 KiB where the other side takes 1500. Telling users to switch
the offloads off in every host (``ethtool -K``) works, for a third of the speed.

So our frames carry what the sk_buff said, as `ofswitch.frame.Offload`, and every hop either passes
it on or does the work:

- *in*: tap and packet socket put a virtio-net header before each frame (IFF_VNET_HDR and
  PACKET_VNET_HDR), which is the sk_buff's promise in 10 octets. `Port.receive` parses it. A tap
  hands out unfinished frames only because TUNSETOFFLOAD has said that we take them.
- *VLAN tags*: a packet socket's frames come without their outer tag, which is in the ancillary
  data. We put it back, and with it `csum_start` moves by four octets. The kernel does this by
  itself on a tap.
- *through the datapath*: super-frames pass whole. Actions keep the rules in `ofswitch.frame`. Since
  the header fields of a super-frame's segments are all made from its own, a rewrite made once holds
  for all.
- *out, to tap, packet socket or memory*: the header goes before the frame, and the receiving kernel
  believes it: a partial checksum counts as verified, for the frame has seen no wire that could have
  damaged it. Should the interface be a real card, the kernel or the card finishes the frame.
- *out, where the header cannot say it*: into capture files; SCTP's CRC32c; super-frames inside MPLS
  or PBB. There `Port.send` finishes the frame in software first (`ofswitch.offload`).
- *up to a controller*: a packet-in has no place for metadata. Whoever makes one completes the
  checksum first. What comes back in a packet-out is an ordinary finished frame.

A tap or memory port without virtio-net header does not exist here, so a frame never loses its
metadata by accident.
"""

from __future__ import annotations

from collections.abc import Callable

from ofswitch.ports.base import DROPS, Counters, LinkId, NativeLink, Port
from ofswitch.ports.dev import open_dev
from ofswitch.ports.memory import MemoryPort, memory_pair, open_memory
from ofswitch.ports.pcap import open_pcap
from ofswitch.ports.spec import PortError, PortSpec, parse_spec
from ofswitch.ports.tap import open_tap
from ofswitch.ports.watch import LinkChange, LinkWatcher

__all__ = [
    "DROPS",
    "Counters",
    "LinkChange",
    "LinkId",
    "LinkWatcher",
    "MemoryPort",
    "NativeLink",
    "Port",
    "PortError",
    "PortSpec",
    "memory_pair",
    "open_port",
    "parse_spec",
]

_OPENERS: dict[str, Callable[[PortSpec], Port]] = {
    "dev": open_dev,
    "memory": open_memory,
    "pcap": open_pcap,
}


def open_port(spec: str | PortSpec, queues: int = 1) -> Port:
    """Open a port as specified; PortError says what is wrong and what to do, and nothing is left.

    `queues` is how many native threads will share it; only a tap has to know beforehand.
    """
    if isinstance(spec, str):
        spec = parse_spec(spec)
    port = open_tap(spec, queues) if spec.kind == "tap" else _OPENERS[spec.kind](spec)
    port.port_no = spec.port_no
    return port
