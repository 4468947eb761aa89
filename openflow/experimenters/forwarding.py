"""Nicira's actions that say where a packet goes (ovs-actions(7), nicira-ext.h).

Open vSwitch speaks them on every version. Where an action takes some bits of a field, it may be given as ovs-ofctl
writes it, `NxOutputReg("reg0[0..15]")`; on its own it goes with an offset and a number of bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.actions import Action
from openflow.constants import CONTROLLER_NO_BUFFER, PortNo, TableId
from openflow.experimenters.headers import take_bits
from openflow.vendors import action


@dataclass(slots=True)
class NxResubmit(Action):
    """Look the packet up once more in this table, as if it had come in by another port."""

    in_port: int = PortNo.IN_PORT
    layout = action(1, "in_port:port16 pad4")


@dataclass(slots=True)
class NxResubmitTable(Action):
    """Look the packet up in a table; PortNo.IN_PORT and TableId.ALL are the current ones."""

    in_port: int = PortNo.IN_PORT
    table_id: int = TableId.ALL
    layout = action(14, "in_port:port16 table_id:u8 pad3")


@dataclass(slots=True)
class NxResubmitTableCt(Action):
    """The same with the addresses and ports of the original direction of the packet's connection."""

    in_port: int = PortNo.IN_PORT
    table_id: int = TableId.ALL
    layout = action(44, "in_port:port16 table_id:u8 pad3")


@dataclass(slots=True)
class NxOutputReg(Action):
    """Send the packet out of the port that some bits number."""

    src: str = ""
    n_bits: int = 0
    src_ofs: int = 0
    max_len: int = CONTROLLER_NO_BUFFER
    layout = action(15, "src_ofs+n_bits:ofsnbits src:oxmid32 max_len:u16 pad6")

    def __post_init__(self) -> None:
        take_bits(self, "src", "src_ofs")


@dataclass(slots=True)
class NxOutputReg2(Action):
    """The same for experimenters' fields, too."""

    src: str = ""
    n_bits: int = 0
    src_ofs: int = 0
    max_len: int = CONTROLLER_NO_BUFFER
    layout = action(32, "src_ofs+n_bits:ofsnbits max_len:u16 src:oxmid fill")

    def __post_init__(self) -> None:
        take_bits(self, "src", "src_ofs")


@dataclass(slots=True)
class NxOutputTrunc(Action):
    """Send the first `max_len` bytes of the packet out of a port."""

    port: int = 0
    max_len: int = 0
    layout = action(39, "port:port16 max_len:u32")


@dataclass(slots=True)
class NxBundle(Action):
    """Send the packet out of one of `members`, 16-bit port numbers, chosen by a hash of `fields`."""

    fields: int = 0
    basis: int = 0
    algorithm: int = 0
    members: Sequence[int] = field(default_factory=list)
    member_type: str = "nxm_of_in_port"
    layout = action(
        12, "algorithm:u16 fields:u16 basis:u16 member_type:oxmid32 members:members fill"
    )


@dataclass(slots=True)
class NxBundleLoad(Action):
    """Put the number of the port that NxBundle would choose into some bits."""

    dst: str = ""
    fields: int = 0
    basis: int = 0
    algorithm: int = 0
    members: Sequence[int] = field(default_factory=list)
    n_bits: int = 0
    dst_ofs: int = 0
    member_type: str = "nxm_of_in_port"
    layout = action(
        13,
        "algorithm:u16 fields:u16 basis:u16 member_type:oxmid32"
        " dst_ofs+n_bits+dst+members:loadmembers fill",
    )

    def __post_init__(self) -> None:
        take_bits(self, "dst", "dst_ofs")


@dataclass(slots=True)
class NxMultipath(Action):
    """Put the number of one of `max_link` + 1 links, chosen by a hash of `fields`, into some bits."""

    dst: str = ""
    fields: int = 0
    basis: int = 0
    algorithm: int = 0
    max_link: int = 0
    arg: int = 0
    n_bits: int = 0
    dst_ofs: int = 0
    layout = action(
        10,
        "fields:u16 basis:u16 pad2 algorithm:u16 max_link:u16 arg:u32 pad2"
        " dst_ofs+n_bits:ofsnbits dst:oxmid32",
    )

    def __post_init__(self) -> None:
        take_bits(self, "dst", "dst_ofs")


@dataclass(slots=True)
class NxExit(Action):
    """Do nothing more to the packet, in whatever table asked for it."""

    layout = action(17, "pad6")


@dataclass(slots=True)
class NxClone(Action):
    """Do actions to a copy of the packet."""

    actions: Sequence[Action] = field(default_factory=list)
    layout = action(42, "pad6 actions:Action*")


@dataclass(slots=True)
class NxConjunction(Action):
    """The entry is clause `clause` (from 0) of `n_clauses` of the conjunction `id`, which `conj_id` matches."""

    id: int = 0
    clause: int = 0
    n_clauses: int = 2
    layout = action(34, "clause:u8 n_clauses:u8 id:u32")
