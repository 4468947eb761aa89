"""Examples of header edits for the native engine's own tests, as the reference makes them.

`native/datapath/tests/edits.txt` lists actions, and then frames with what each action makes of them.
An action that is not listed under a frame leaves it as it is. Lines, in hexadecimal but for numbers:

    action NUMBER OCTETS | its Python form
    frame OCTETS OFFLOAD | name
    edit NUMBER ok OFFLOAD AT-COUNT=OCTETS...
    edit NUMBER invalid_ttl

where OFFLOAD is the fields of a virtio-net header with slashes between them or `-`, and
`AT-COUNT=OCTETS` puts octets in the place of COUNT octets of the frame as it was. To write the file
again after a change of the rules:

    python -m tests.ofswitch.datapath.edit_vectors
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from ofswitch.datapath.actions import Exits, PacketEnded, perform
from ofswitch.datapath.execution import Execution
from ofswitch.datapath.native.programs import encode_actions
from ofswitch.frame import NEEDS_CSUM, Frame, Offload
from openflow.actions import (
    Action,
    CopyTtlIn,
    CopyTtlOut,
    DecMplsTtl,
    DecNwTtl,
    PopMpls,
    PopPbb,
    PopVlan,
    PushMpls,
    PushPbb,
    PushVlan,
    SetField,
    SetMplsTtl,
    SetNwTtl,
    SetVlanPcp,
    SetVlanVid,
)
from openflow.constants import OFPVID_PRESENT
from openflow.fields import FIELDS, PIPELINE_FIELDS
from openflow.packet import Packet

FILE = Path(__file__).parents[3] / "native/datapath/tests/edits.txt"

_PATTERN = 0xA5C3_96F0_1E2D_3B4C_5A69_7887_0FF1_D2E4
_NO_EXITS = Exits(lambda *_: None, lambda *_: None)


def edited(frame: Frame, action: Action) -> tuple[str, Frame]:
    """What the reference makes of a frame: `ok` or why the packet ended, and the frame."""
    execution = Execution(frame, in_port=1, now=0.0)
    try:
        perform(execution, [action], _NO_EXITS)
    except PacketEnded:
        return execution.loss or "", execution.frame
    return "ok", execution.frame


def lines_for(frame: Frame, actions: list[Action]) -> Iterator[str]:
    """The `edit` lines of a frame."""
    for number, action in enumerate(actions):
        outcome, after = edited(frame, action)
        if outcome != "ok":
            yield f"edit {number} {outcome}"
        elif after != frame:
            runs = " ".join(_differences(frame.data, after.data))
            yield f"edit {number} ok {_offload(after.offload)} {runs}".rstrip()


def _differences(before: bytes, after: bytes) -> Iterator[str]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield f"{start}-{end - start}={after[new_start:new_end].hex()}"


def _offload(offload: Offload | None) -> str:
    return "-" if offload is None else "/".join(map(str, offload))


def frame_line(name: str, frame: Frame) -> str:
    """The `frame` line of a frame."""
    return f"frame {frame.data.hex()} {_offload(frame.offload)} | {name}"


def read_frame(line: str) -> Frame:
    """Read what `frame_line` wrote."""
    _, data, offload, *_ = line.split(" ")
    fields = None if offload == "-" else Offload(*map(int, offload.split("/")))
    return Frame(bytes.fromhex(data), fields)


def action_lines(actions: list[Action]) -> list[str]:
    """The `action` lines."""
    return [
        f"action {number} {encode_actions([action]).hex()} | {action}"
        for number, action in enumerate(actions)
    ]


def all_actions() -> list[Action]:
    """Every action on headers, and every field with a value that says something."""
    fields = [
        SetField(field.name, _value(field.name))
        for field in FIELDS.values()
        if field.writable and field.name not in PIPELINE_FIELDS
    ]
    return [
        *fields,
        SetField("ip_proto", 6),
        SetField("icmpv6_type", 135),
        SetField("tp_src", 0xFFFF),
        SetField("tp_dst", 0),
        SetVlanVid(0xABC),
        SetVlanPcp(6),
        PushVlan(0x8100),
        PushVlan(0x88A8),
        PopVlan(),
        PushMpls(0x8847),
        PopMpls(0x0800),
        PushPbb(),
        PopPbb(),
        SetMplsTtl(9),
        DecMplsTtl(),
        SetNwTtl(200),
        DecNwTtl(),
        CopyTtlOut(),
        CopyTtlIn(),
    ]


def _value(name: str) -> int:
    always = OFPVID_PRESENT if name == "vlan_vid" else 0
    return _PATTERN & FIELDS[name].ones | always


_CSUM_OFFSET = {6: 16, 17: 6, 58: 2, 132: 8}


def unfinished(data: bytes) -> Frame | None:
    """The frame as a sender leaves it to hardware: its checksum field holds some sum."""
    packet = Packet(data)
    csum_offset = _CSUM_OFFSET.get(packet.fields().get("ip_proto", 0))
    if packet.l4_offset < 0 or csum_offset is None:
        return None
    at = packet.l4_offset + csum_offset
    offload = Offload(NEEDS_CSUM, csum_start=packet.l4_offset, csum_offset=csum_offset)
    return Frame(data[:at] + b"\xff\xfe" + data[at + 2 :], offload)


def _all_frames() -> Iterator[tuple[str, Frame]]:
    """Frames of every kind, finished and not, and what is left of some when they are cut off."""
    from tests.ofswitch.datapath.edit_frames import MORE_FRAMES

    for name, data in MORE_FRAMES.items():
        yield name, Frame(data)
        if (frame := unfinished(data)) is not None:
            yield f"{name}, unfinished", frame
    tagged = MORE_FRAMES["QinQ"]
    for length in (0, 13, 14, 17, 18, 22, 40):
        yield f"QinQ, {length} octets of it", Frame(tagged[:length])


def write() -> None:
    """Write the file."""
    actions = all_actions()
    lines = [
        "# Written by tests/ofswitch/datapath/edit_vectors.py, which tells what the lines mean."
    ]
    lines += action_lines(actions)
    for name, frame in _all_frames():
        lines += [frame_line(name, frame), *lines_for(frame, actions)]
    FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write()
