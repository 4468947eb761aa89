"""Messages within messages: they are read and written whole, and never nest deeper."""

from __future__ import annotations

import pytest

from openflow import (
    V1_4,
    V1_5,
    BarrierRequest,
    BundleAddMessage,
    DecodeError,
    EchoRequest,
    EncodeError,
    ErrorCode,
    ExperimenterBundleProperty,
    FlowMod,
    GotoTable,
    GroupMod,
    Match,
    PacketTypesProperty,
    RequestForward,
    TableFeatures,
    TableFeaturesStatsReply,
    TableMod,
    Unsupported,
    decode,
    encode,
)

ODD = EchoRequest(b"odd", xid=7)
"""A message of 11 bytes."""


def refusal(data: bytes) -> DecodeError:
    with pytest.raises(DecodeError) as refused:
        decode(data)
    return refused.value


def bundled(inner: bytes) -> bytes:
    """A BundleAddMessage of 1.4 around these bytes."""
    return bytes.fromhex(f"0522{16 + len(inner):04x}000000010000000900000000") + inner


def test_a_flow_mod_in_a_bundle_comes_back_as_it_went() -> None:
    message = BundleAddMessage(9, 1, FlowMod(Match(in_port=1), [GotoTable(2)], xid=5), xid=5)
    for version in (V1_4, V1_5):
        assert decode(encode(message, version)) == message


def test_only_properties_need_padding_before_them() -> None:
    alone = BundleAddMessage(9, 0, ODD)
    assert encode(alone, V1_4).hex().endswith("0502000b00000007" + b"odd".hex())
    more = BundleAddMessage(9, 0, ODD, [ExperimenterBundleProperty(1, 2)])
    data = encode(more, V1_4)
    assert data[16:].hex() == (
        "0502000b00000007" + b"odd".hex() + "0000000000" + "ffff000c00000001" + "0000000200000000"
    )
    assert decode(data) == more


def test_padding_without_properties_is_refused() -> None:
    error = refusal(bundled(encode(ODD, V1_4) + bytes(5)))
    assert (error.code, error.field, error.offset) == (
        ErrorCode.BAD_REQUEST__BAD_LEN,
        "properties",
        16 + 11,
    )


def test_a_request_is_forwarded_whole() -> None:
    message = RequestForward(GroupMod(group_id=5, xid=3), xid=4)
    assert decode(encode(message, V1_4)) == message


def test_what_is_wrong_within_is_named_with_its_path_and_its_place() -> None:
    inner = bytearray(encode(TableMod(1), V1_4) + bytes.fromhex("0002000500000000"))
    inner[2:4] = len(inner).to_bytes(2, "big")
    error = refusal(bundled(bytes(inner)))
    assert error.code == ErrorCode.BAD_PROPERTY__BAD_LEN
    assert error.field == "message.properties[0].flags"
    assert error.offset == 16 + 16 + 4


@pytest.mark.parametrize(
    ("inner", "code", "field", "offset"),
    [
        ("", ErrorCode.BUNDLE_FAILED__MSG_BAD_LEN, "message", 16),
        ("05020007", ErrorCode.BUNDLE_FAILED__MSG_BAD_LEN, "message", 16),
        ("0502000700000000", ErrorCode.BUNDLE_FAILED__MSG_BAD_LEN, "message.length", 18),
        ("0502000900000000", ErrorCode.BUNDLE_FAILED__MSG_BAD_LEN, "message.length", 18),
        ("0402000800000000", ErrorCode.BAD_REQUEST__BAD_VERSION, "message.version", 16),
        ("05c8000800000000", ErrorCode.BAD_REQUEST__BAD_TYPE, "message.type", 17),
    ],
)
def test_a_header_within_that_is_none_is_refused(
    inner: str, code: ErrorCode, field: str, offset: int
) -> None:
    error = refusal(bundled(bytes.fromhex(inner)))
    assert (error.code, error.field, error.offset) == (code, field, offset)


def test_a_message_that_encloses_one_cannot_be_enclosed() -> None:
    deep = encode(ODD, V1_4)
    for _ in range(2000):
        deep = bundled(deep)
    error = refusal(deep)
    assert (error.code, error.field, error.offset) == (
        ErrorCode.BUNDLE_FAILED__MSG_UNSUP,
        "message.type",
        17,
    )
    for outer in (BundleAddMessage, RequestForward):
        inner = BundleAddMessage(message=RequestForward())
        with pytest.raises(EncodeError, match="encloses none"):
            encode(outer(**{"message" if outer is BundleAddMessage else "request": inner}), V1_4)


def test_what_cannot_be_written_within_is_named_with_its_path() -> None:
    with pytest.raises(Unsupported) as refused:
        encode(BundleAddMessage(message=FlowMod(Match(packet_type=1))), V1_4)
    assert refused.value.field == "message.match.packet_type"
    with pytest.raises(EncodeError) as failed:
        encode(BundleAddMessage(message=FlowMod(priority=1 << 16)), V1_4)
    assert (failed.value.message, failed.value.field) == ("BundleAddMessage", "message.priority")
    with pytest.raises(EncodeError, match="takes a message"):
        encode(BundleAddMessage(message=None), V1_4)  # type: ignore[arg-type]


def test_packet_types_are_fields_with_their_values() -> None:
    types = PacketTypesProperty([("packet_type", 0), ("packet_type", 0x1_0800)])
    message = TableFeaturesStatsReply([TableFeatures(properties=[types])])
    data = encode(message, V1_5)
    assert data[-24:].hex() == "00160014" + "8000580400000000" + "8000580400010800" + "00000000"
    assert decode(data) == message
    wrong = TableFeaturesStatsReply(
        [TableFeatures(properties=[PacketTypesProperty([("nonsense", 0)])])]
    )
    with pytest.raises(EncodeError) as refused:
        encode(wrong, V1_5)
    assert refused.value.field == "body[0].properties[0].oxm_values[0]"


def test_a_message_without_an_xid_goes_under_that_of_the_one_around_it() -> None:
    message = BundleAddMessage(9, 1, FlowMod(Match(in_port=1)))
    read = decode(encode(message, V1_4, xid=0x77))
    assert isinstance(read, BundleAddMessage)
    assert (read.xid, read.message.xid, message.message.xid) == (0x77, 0x77, 0)
    own = decode(encode(BundleAddMessage(message=BarrierRequest(xid=5)), V1_4, xid=0x77))
    assert isinstance(own, BundleAddMessage)
    assert own.message.xid == 5
    assert decode(encode(message, V1_4)) == message
