"""A frame on a link, with what its sender left for the hardware to finish.

Every port makes frames and takes them; the datapath rewrites them. A frame that needs nothing more
has ``offload=None``, and its checksums are right. Otherwise `Offload` says what is missing, exactly
as Linux says it in ``struct virtio_net_hdr``:

- ``NEEDS_CSUM``: the 16 bits at ``csum_start + csum_offset`` hold the sum over the pseudo-header
  only, folded but *not* complemented. Whoever finishes the frame sums everything from
  ``csum_start`` to the end and stores the complement there.
- a GSO type: the frame is a super-frame of up to 64 KiB, to be cut into segments with ``gso_size``
  octets of payload each.

So code that rewrites a frame keeps three rules. Octets put in or taken out before ``csum_start`` go
with `Offload.moved`. While the checksum is unfinished, a change to a pseudo-header field (address,
protocol) is *added* to the checksum field as it stands (``new = old + ~before + after`` folded, no
complement around it), and a change to ports or payload leaves the field alone. Everything else
treats a super-frame like any other frame: it is one packet to tables and counters.

Both classes are tuples underneath, since one is made per frame and nothing immutable is cheaper.
The length of a frame is ``len(frame.data)``.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

HEADER_SIZE = 10
"""Octets of ``struct virtio_net_hdr`` (without the ``num_buffers`` that only guests use)."""

NO_OFFLOAD = bytes(HEADER_SIZE)
"""The header of a frame that is finished."""

NEEDS_CSUM = 0x01
DATA_VALID = 0x02

GSO_NONE = 0
GSO_TCPV4 = 1
GSO_UDP = 3  # fragmentation of UDP datagrams, which Linux has given up
GSO_TCPV6 = 4
GSO_UDP_L4 = 5  # UDP segmentation (USO): many datagrams of one flow
GSO_ECN = 0x80  # a flag on the TCP types: the first segment carries CWR

_HEADER = Struct("=BBHHHH")


class Offload(NamedTuple):
    """What hardware would still do to a frame: ``struct virtio_net_hdr``, field by field."""

    flags: int = 0
    gso_type: int = GSO_NONE
    hdr_len: int = 0
    gso_size: int = 0
    csum_start: int = 0
    csum_offset: int = 0

    @property
    def needs_csum(self) -> bool:
        """Whether the checksum at ``csum_start + csum_offset`` is unfinished."""
        return bool(self.flags & NEEDS_CSUM)

    @property
    def data_valid(self) -> bool:
        """Whether somebody has verified the checksums already."""
        return bool(self.flags & DATA_VALID)

    @property
    def segmentation(self) -> int:
        """The GSO type without its ECN flag; `GSO_NONE` for an ordinary frame."""
        return self.gso_type & ~GSO_ECN

    @property
    def has_ecn(self) -> bool:
        """Whether the super-frame's first segment carries TCP's CWR flag."""
        return bool(self.gso_type & GSO_ECN)

    def moved(self, octets: int) -> Offload:
        """Return the metadata after `octets` went in (negative: out) before ``csum_start``."""
        hdr_len = self.hdr_len + octets if self.hdr_len else 0
        start = self.csum_start + octets if self.needs_csum else 0
        return self._replace(hdr_len=hdr_len, csum_start=start)

    def emit(self) -> bytes:
        """Return the header's 10 octets, in the machine's byte order as the kernel wants it."""
        return _HEADER.pack(*self)


def parse_offload(header: bytes) -> Offload | None:
    """Read a virtio-net header from the first 10 octets; None when it leaves nothing to finish.

    One that says only ``DATA_VALID`` is None too: the checksums in the frame are there and right.
    """
    offload = Offload._make(_HEADER.unpack_from(header))
    return offload if offload.flags & NEEDS_CSUM or offload.gso_type else None


class Frame(NamedTuple):
    """The octets of an Ethernet frame (without FCS) and what is left to finish, if anything."""

    data: bytes
    offload: Offload | None = None
