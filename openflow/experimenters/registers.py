"""Nicira's actions that move and set bits of fields, registers before all (ovs-actions(7), nicira-ext.h).

Fields are named as in matches. Which bits of one are meant may be said as ovs-ofctl writes it,
`NxRegMove("eth_src[0..15]", "reg1[16..31]")`, or by an offset and a number of bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.actions import Action
from openflow.experimenters.headers import take_bits
from openflow.vendors import ONF, action
from openflow.versions import V1_3, V1_4


@dataclass(slots=True)
class NxRegMove(Action):
    """Copy bits of a field to another; 1.5 has CopyField for that."""

    src: str = ""
    dst: str = ""
    n_bits: int = 0
    src_ofs: int = 0
    dst_ofs: int = 0
    layout = action(6, "n_bits:u16 src_ofs:u16 dst_ofs:u16 src:oxmid dst:oxmid fill", last=V1_4)

    def __post_init__(self) -> None:
        take_bits(self, "src", "src_ofs")
        take_bits(self, "dst", "dst_ofs")


@dataclass(slots=True)
class OnfCopyField(Action):
    """ONF's form of the same for 1.3 and 1.4 (EXT-320)."""

    src: str = ""
    dst: str = ""
    n_bits: int = 0
    src_ofs: int = 0
    dst_ofs: int = 0
    layout = action(
        3200,
        "pad2 n_bits:u16 src_ofs:u16 dst_ofs:u16 pad2 src:oxmid dst:oxmid fill",
        V1_3,
        V1_4,
        by=ONF,
    )

    def __post_init__(self) -> None:
        take_bits(self, "src", "src_ofs")
        take_bits(self, "dst", "dst_ofs")


@dataclass(slots=True)
class NxRegLoad(Action):
    """Put a value into some bits of a field; 1.5 has SetField with a mask for that."""

    dst: str = ""
    value: int = 0
    n_bits: int = 0
    dst_ofs: int = 0
    layout = action(7, "dst_ofs+n_bits:ofsnbits dst:oxmid32 value:u64", last=V1_4)

    def __post_init__(self) -> None:
        take_bits(self, "dst", "dst_ofs")


@dataclass(slots=True)
class NxRegLoad2(Action):
    """Set a field to a value, or some of its bits to those of (value, mask)."""

    field: str = ""
    value: int | tuple[int, int] | bytes = 0
    layout = action(33, "field+value:oxmentry fill", last=V1_4)


@dataclass(slots=True)
class NxStackPush(Action):
    """Put some bits on the stack that the packet takes along."""

    field: str = ""
    n_bits: int = 0
    ofs: int = 0
    layout = action(27, "ofs:u16 field:oxmid n_bits:u16 fill")

    def __post_init__(self) -> None:
        take_bits(self, "field", "ofs")


@dataclass(slots=True)
class NxStackPop(Action):
    """Put what was last put on the stack into some bits."""

    field: str = ""
    n_bits: int = 0
    ofs: int = 0
    layout = action(28, "ofs:u16 field:oxmid n_bits:u16 fill")

    def __post_init__(self) -> None:
        take_bits(self, "field", "ofs")


@dataclass(slots=True)
class NxDeleteField(Action):
    """Take a field off: an option of a tunnel (`tun_metadata0`)."""

    field: str = ""
    layout = action(50, "field:wideoxmid")


@dataclass(slots=True)
class NxCheckPktLarger(Action):
    """Set one bit to whether the packet is longer than `pkt_len`."""

    dst: str = ""
    pkt_len: int = 0
    dst_ofs: int = 0
    layout = action(49, "pkt_len:u16 dst_ofs:u16 dst:oxmid fill")

    def __post_init__(self) -> None:
        take_bits(self, "dst", "dst_ofs")


@dataclass(slots=True)
class NxWriteMetadata(Action):
    """WRITE_METADATA as an action; 1.1 and later have an instruction for it."""

    metadata: int = 0
    metadata_mask: int = 0xFFFF_FFFF_FFFF_FFFF
    layout = action(22, "pad6 metadata:u64 metadata_mask:u64")


@dataclass(slots=True)
class NxSetTunnel(Action):
    """Set `tun_id`, as far as 32 bits go."""

    tun_id: int = 0
    layout = action(2, "pad2 tun_id:u32")


@dataclass(slots=True)
class NxSetTunnel64(Action):
    """Set `tun_id`."""

    tun_id: int = 0
    layout = action(9, "pad6 tun_id:u64")


@dataclass(slots=True)
class NxDecTtlCntIds(Action):
    """Take one off the TTL; tell the controllers with these ids where there is none left."""

    controllers: Sequence[int] = field(default_factory=list)
    layout = action(21, "controllers:cntids fill")
