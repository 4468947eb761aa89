"""Each way to be wrong has its error of the specification, and is found at its byte (1.5.1, 7.5.4; 1.0.2, 5.4.4)."""

from __future__ import annotations

import pytest

from openflow import DecodeError, ErrorCode, Version, decode
from openflow.codec import message_name
from openflow.versions import V1_0, V1_3

# A message is given in words of hex without its header's length and xid; `>` stands where the fault is.
FLOW_MOD = (
    "04 0e"
    " 0000000000000001 0000000000000000"  # cookie, its mask
    " 00 00 0000 0000 8000"  # table, command, time-outs, priority
    " ffffffff ffffffff ffffffff 0000 0000"  # buffer, port, group, flags
)
EMPTY_MATCH = " 0001 0004 00000000"
GROUP_MOD, METER_MOD = "04 0f 0000 00 00 00000001", "04 1d 0000 0001 00000001"
TABLE = (
    "04 12 000c 0000 00000000"
    f" 0048 01 {'00' * 5} {'00' * 32} {'00' * 8} {'00' * 8} 00000000 00000000"
)
PACKET_OUT_1_0 = "01 0d ffffffff fffd"
FLOW_MOD_1_0 = f"01 0e {'00' * 40} 0000000000000000 0000 0000 0000 8000 ffffffff ffff 0000"
FLOW_MOD_1_1 = "02" + FLOW_MOD[2:]
FLOW_MOD_1_5 = "06" + FLOW_MOD[2:] + EMPTY_MATCH
PACKET_OUT_1_5 = f"06 0d ffffffff 0018 0000{EMPTY_MATCH}"

CASES: dict[str, tuple[str, ErrorCode, str]] = {
    "a version that is not spoken": (
        "> 09 05",
        ErrorCode.BAD_REQUEST__BAD_VERSION,
        "Header.version",
    ),
    "a type that is none": ("04 > 1e", ErrorCode.BAD_REQUEST__BAD_TYPE, "Header.type"),
    "1.3's type on 1.0": ("01 > 1d", ErrorCode.BAD_REQUEST__BAD_TYPE, "Header.type"),
    "a multipart type that is none": (
        "04 12 > 000e 0000 00000000",
        ErrorCode.BAD_REQUEST__BAD_MULTIPART,
        "Header.multipart_type",
    ),
    "a statistics type that is none": (
        "01 10 > 0006 0000",
        ErrorCode.BAD_REQUEST__BAD_MULTIPART,
        "Header.multipart_type",
    ),
    "a multipart message without its type": (
        "04 12 00 >",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "Header.multipart_type",
    ),
    "a message with more than its fields": (
        "04 05 > 00",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "FeaturesRequest.length",
    ),
    "a message without all its fields": (
        "04 09 0000 > 00",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "SetConfig.miss_send_len",
    ),
    "1.0's match cut short": (
        "01 0e > 0000",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "FlowMod.match",
    ),
    "a match that is missing": (FLOW_MOD + " >", ErrorCode.BAD_MATCH__BAD_LEN, "FlowMod.match"),
    "1.1's match": (
        FLOW_MOD + " > 0000 0058" + " 00" * 84,
        ErrorCode.BAD_MATCH__BAD_TYPE,
        "FlowMod.match.type",
    ),
    "a match shorter than its header": (
        FLOW_MOD + " 0001 > 0003 00000000",
        ErrorCode.BAD_MATCH__BAD_LEN,
        "FlowMod.match.length",
    ),
    "a match longer than the message": (
        FLOW_MOD + " 0001 > 0009 00000000",
        ErrorCode.BAD_MATCH__BAD_LEN,
        "FlowMod.match.length",
    ),
    "an OXM field without all its header": (
        FLOW_MOD + " 0001 0007 > 8000 00 00",
        ErrorCode.BAD_MATCH__BAD_LEN,
        "FlowMod.match.oxm",
    ),
    "an OXM field longer than the match": (
        FLOW_MOD + " 0001 000c 8000 00 > 08 00000001 00000000",
        ErrorCode.BAD_MATCH__BAD_LEN,
        "FlowMod.match.oxm",
    ),
    "an OXM field of another length than its own": (
        FLOW_MOD + " 0001 000a 8000 00 > 02 0800 000000000000",
        ErrorCode.BAD_MATCH__BAD_LEN,
        "FlowMod.match.in_port",
    ),
    "an OXM field given twice": (
        FLOW_MOD + " 0001 0010 8000 0a 02 0800 > 8000 0a 02 0806",
        ErrorCode.BAD_MATCH__DUP_FIELD,
        "FlowMod.match.eth_type",
    ),
    "an instruction shorter than its header": (
        FLOW_MOD + EMPTY_MATCH + " 0001 > 0000",
        ErrorCode.BAD_INSTRUCTION__BAD_LEN,
        "FlowMod.instructions[0].length",
    ),
    "an instruction of a length that is not aligned": (
        FLOW_MOD + EMPTY_MATCH + " 0001 > 0009 00000000 00000000",
        ErrorCode.BAD_INSTRUCTION__BAD_LEN,
        "FlowMod.instructions[0].length",
    ),
    "an instruction longer than the message": (
        FLOW_MOD + EMPTY_MATCH + " 0001 > 0010 00000000",
        ErrorCode.BAD_INSTRUCTION__BAD_LEN,
        "FlowMod.instructions[0].length",
    ),
    "an instruction longer than its type": (
        FLOW_MOD + EMPTY_MATCH + " 0001 > 0010 00000000 00000000 00000000",
        ErrorCode.BAD_INSTRUCTION__BAD_LEN,
        "FlowMod.instructions[0].length",
    ),
    "an instruction shorter than its type": (
        FLOW_MOD + EMPTY_MATCH + " 0005 0008 00000000 0002 0008 00000000 >",
        ErrorCode.BAD_INSTRUCTION__BAD_LEN,
        "FlowMod.instructions[1].metadata",
    ),
    "an action longer than its instruction": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0010 00000000 0000 > 0010 00000001 0005 0008 00000000",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "FlowMod.instructions[0].actions[0].length",
    ),
    "an action of length 0": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0018 00000000 0012 0008 00000000 0012 > 0000 00000000",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "FlowMod.instructions[0].actions[1].length",
    ),
    "an action shorter than its type": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0010 00000000 0000 0008 00000001 >",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "FlowMod.instructions[0].actions[0].max_len",
    ),
    "an action longer than its type": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0018 00000000 0012 > 0010 00000000 00000000 00000000",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "FlowMod.instructions[0].actions[0].length",
    ),
    "a field to set longer than its action": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0010 00000000 0019 0008 8000 0a > 02",
        ErrorCode.BAD_ACTION__BAD_SET_LEN,
        "FlowMod.instructions[0].actions[0].field.oxm",
    ),
    "a field to set of another length than its own": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0018 00000000 0019 0010 8000 0a > 04 00000800 00000000",
        ErrorCode.BAD_ACTION__BAD_SET_LEN,
        "FlowMod.instructions[0].actions[0].field.eth_type",
    ),
    "a field to set under a mask": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0018 00000000 0019 0010 > 8000 17 08 00000001 00000001",
        ErrorCode.BAD_ACTION__BAD_SET_TYPE,
        "FlowMod.instructions[0].actions[0].field",
    ),
    "two fields to set in one action": (
        FLOW_MOD + EMPTY_MATCH + " 0004 0018 00000000 0019 0010 8000 0a 02 0800 > 8000 0a 02 0800",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "FlowMod.instructions[0].actions[0].field",
    ),
    "1.0's action of a length that is not aligned": (
        FLOW_MOD_1_0 + " 0003 > 000c 00000000 00000000",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "FlowMod.instructions[0].actions[0].length",
    ),
    "1.0's action shorter than its type": (
        PACKET_OUT_1_0 + " 0008 000b 0008 0001 > 0000",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "PacketOut.actions[0].pad",
    ),
    "actions longer than the packet-out": (
        PACKET_OUT_1_0 + " > 0010 0000 0008 0001 0000",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "PacketOut.actions_len",
    ),
    "actions that end within one of them": (
        PACKET_OUT_1_0 + " 000c 0000 0008 0001 0000 0000 > 0008",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "PacketOut.actions[1].length",
    ),
    "a bucket shorter than its fields": (
        GROUP_MOD + " > 0001" + " 00" * 14,
        ErrorCode.GROUP_MOD_FAILED__BAD_BUCKET,
        "GroupMod.buckets[0].length",
    ),
    "a bucket longer than the message": (
        GROUP_MOD + " > 0018" + " 00" * 14,
        ErrorCode.GROUP_MOD_FAILED__BAD_BUCKET,
        "GroupMod.buckets[0].length",
    ),
    "a bad action in a bucket": (
        GROUP_MOD + " 0018" + " 00" * 14 + " 0012 > 0010 00000000",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "GroupMod.buckets[0].actions[0].length",
    ),
    "a band longer than the message": (
        METER_MOD + " 0001 > 0018" + " 00" * 12,
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "MeterMod.bands[0].length",
    ),
    "a table longer than the message": (
        TABLE.replace("0048", "> 0048"),
        ErrorCode.TABLE_FEATURES_FAILED__BAD_LEN,
        "TableFeaturesStatsRequest.body[0].length",
    ),
    "a property longer than its table": (
        TABLE + " 0002 > 0009 00000000",
        ErrorCode.TABLE_FEATURES_FAILED__BAD_LEN,
        "TableFeaturesStatsRequest.body[0].properties[0].length",
    ),
    "an OXM header cut short": (
        TABLE + " 0008 0007 > 8000 00 00",
        ErrorCode.TABLE_FEATURES_FAILED__BAD_LEN,
        "TableFeaturesStatsRequest.body[0].properties[0].oxm_ids",
    ),
    "an instruction's type shorter than its header": (
        TABLE + " 0000 0008 0001 > 0003",
        ErrorCode.TABLE_FEATURES_FAILED__BAD_LEN,
        "TableFeaturesStatsRequest.body[0].properties[0].instruction_ids[0].length",
    ),
    "a match of another type on 1.1": (
        FLOW_MOD_1_1 + " > 0002 0058" + "00" * 84,
        ErrorCode.BAD_MATCH__BAD_TYPE,
        "FlowMod.match.type",
    ),
    "1.1's match of another length": (
        FLOW_MOD_1_1 + " 0000 > 0050" + "00" * 84,
        ErrorCode.BAD_MATCH__BAD_LEN,
        "FlowMod.match.length",
    ),
    "1.1's ports cut short": (
        "02 0a ffffffff > 00000001",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "PacketIn.in_port",
    ),
    "actions longer than 1.5's packet-out": (
        "06 0d ffffffff 0010 0000" + EMPTY_MATCH + " > 0000 0008",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "PacketOut.actions_len",
    ),
    "a port under a mask in 1.5's packet-out": (
        "06 0d ffffffff 0000 0000 > 0001 0010 80000108 00000001 00000001",
        ErrorCode.BAD_MATCH__BAD_MASK,
        "PacketOut.match.in_port",
    ),
    "copied fields without the second": (
        "06 0d ffffffff 0010 0000" + EMPTY_MATCH + " 001c 0010 0010 0000 0000 0000 80000004 > ",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "PacketOut.actions[0].dst",
    ),
    "a third field behind those that are copied": (
        PACKET_OUT_1_5 + " 001c 0018 0010 0000 0000 0000 80000004 80000408 > 80000408",
        ErrorCode.BAD_ACTION__BAD_LEN,
        "PacketOut.actions[0].pad",
    ),
    "a threshold longer than the trigger": (
        FLOW_MOD_1_5 + " 0007 0010 00000001 0000 > 0018 8002080800000000",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "FlowMod.instructions[0].thresholds.length",
    ),
    "meter features that end within the last of them": (
        "06 13 000b 0000 00000000 00000001 00000001 00000001 01 01 0000 > 00000001",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "MeterFeaturesStatsReply.features",
    ),
    "a hello's element longer than the hello": (
        "04 00 0001 > 0010 00000012",
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "Hello.elements[0].length",
    ),
}


def written(text: str) -> tuple[bytes, int]:
    """The message that these words are, and the offset that `>` marks."""
    start, _, end = text.partition(">")
    head = bytes.fromhex(start)
    words = bytes.fromhex(start + end)
    data = words[:2] + (len(words) + 6).to_bytes(2, "big") + bytes(4) + words[2:]
    return data, len(head) if len(head) < 2 else len(head) + 6


def refusal(data: bytes) -> DecodeError:
    with pytest.raises(DecodeError) as refused:
        decode(data)
    return refused.value


@pytest.mark.parametrize(("text", "code", "path"), CASES.values(), ids=CASES.keys())
def test_a_fault_has_its_code_its_path_and_its_byte(text: str, code: ErrorCode, path: str) -> None:
    data, offset = written(text)
    error = refusal(data)
    assert (error.code, f"{error.message}.{error.field}", error.offset) == (code, path, offset)


def test_a_header_cut_short_is_a_bad_length() -> None:
    error = refusal(b"\x04\x05\x00")
    assert (error.code, error.field) == (ErrorCode.BAD_REQUEST__BAD_LEN, "length")


@pytest.mark.parametrize("length", [0, 7, 9, 0xFFFF])
def test_a_header_that_says_another_length_is_a_bad_length(length: int) -> None:
    error = refusal(b"\x04\x05" + length.to_bytes(2, "big") + bytes(4))
    assert (error.code, error.field, error.offset) == (ErrorCode.BAD_REQUEST__BAD_LEN, "length", 2)


WIRE: dict[ErrorCode, dict[Version, tuple[int, int]]] = {
    ErrorCode.BAD_REQUEST__BAD_MULTIPART: {V1_0: (1, 2), V1_3: (1, 2)},  # 1.0: BAD_STAT
    ErrorCode.BAD_ACTION__UNSUPPORTED_ORDER: {V1_0: (3, 5), V1_3: (2, 11)},
    ErrorCode.FLOW_MOD_FAILED__TABLE_FULL: {V1_0: (3, 0), V1_3: (5, 1)},
    ErrorCode.FLOW_MOD_FAILED__OVERLAP: {V1_0: (3, 1), V1_3: (5, 3)},
    ErrorCode.PORT_MOD_FAILED__BAD_HW_ADDR: {V1_0: (4, 1), V1_3: (7, 1)},
    ErrorCode.QUEUE_OP_FAILED__BAD_QUEUE: {V1_0: (5, 1), V1_3: (9, 1)},
    # What 1.0 lacks is said with the nearest that it has.
    ErrorCode.BAD_MATCH__BAD_PREREQ: {V1_0: (1, 6), V1_3: (4, 9)},
    ErrorCode.BAD_INSTRUCTION__UNKNOWN_INST: {V1_0: (2, 0), V1_3: (3, 0)},
    ErrorCode.BAD_REQUEST__BAD_PACKET: {V1_0: (1, 6), V1_3: (1, 12)},
    ErrorCode.BAD_REQUEST__BAD_PORT: {V1_0: (2, 4), V1_3: (1, 11)},
}


@pytest.mark.parametrize(
    ("code", "version", "wire"),
    [(code, *row) for code, rows in WIRE.items() for row in rows.items()],
)
def test_an_error_has_the_numbers_of_the_version_that_is_spoken(
    code: ErrorCode, version: Version, wire: tuple[int, int]
) -> None:
    assert code.wire(version) == wire


def test_every_error_can_be_said_in_every_version() -> None:
    for code in ErrorCode:
        for version in (V1_0, V1_3):
            assert all(0 <= number <= 0xFFFF for number in code.wire(version))


def test_messages_have_names_for_logs() -> None:
    assert message_name(b"\x04\x0e" + bytes(6)) == "FlowMod"
    assert message_name(b"\x01\x10\0\x0c" + bytes(4) + b"\0\5\0\0") == "QueueStatsRequest"
    assert message_name(b"\x04\x63" + bytes(6)) == "type 99"
    assert message_name(b"\x04") == "truncated header"
