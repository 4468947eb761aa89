"""Properties that fill fields: what older versions hold in fields comes and goes as properties, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openflow import (
    V1_0,
    V1_3,
    V1_4,
    V1_5,
    AsyncProperty,
    Bucket,
    EncodeError,
    EthernetPortMod,
    EthernetProperty,
    GetAsyncReply,
    GroupMod,
    OpticalProperty,
    Output,
    Port,
    PortMod,
    PortStatus,
    RawPortProperty,
    ReasonsProperty,
    SetAsync,
    Unsupported,
    Version,
    WatchPortProperty,
    WeightProperty,
    decode,
    encode,
)
from openflow.forms.folds import FOLDS
from openflow.layouts.engine import codec_of
from openflow.structs import FAMILIES, STRUCTS, Struct
from tests.openflow.strategies import structures

OWNERS = {
    "asyncprops": "GetAsyncReply",
    "bucketprops": "Bucket",
    "portmodprops": "PortMod",
    "portprops": "Port",
    "portstatsprops": "PortStats",
}
"""A structure or message for each form, whose bytes end with its properties."""


def there_and_back(value: Struct, version: Version) -> Any:
    """What is read from a structure's bytes."""
    codec = codec_of(type(value).__name__, version)
    out = bytearray()
    codec.write(value, out)
    return codec.read(bytes(out), 0, len(out))[0]


def with_properties(form: str, properties: bytes, version: Version) -> bytes:
    """The bytes of an owner without properties, and these behind it."""
    name = OWNERS[form]
    if name in ("GetAsyncReply", "PortMod"):
        value = STRUCTS[name]()
        if name == "GetAsyncReply":
            value = GetAsyncReply(*([None] * 16))
        data = bytearray(encode(value, version) + properties)
        data[2:4] = len(data).to_bytes(2, "big")
        return bytes(data)
    out = bytearray()
    codec_of(name, version).write(
        STRUCTS[name](bucket_id=1) if name == "Bucket" else STRUCTS[name](), out
    )
    out += properties
    at = 4 if name == "Port" else 0
    out[at : at + 2] = len(out).to_bytes(2, "big")
    return bytes(out)


def read_and_written(form: str, data: bytes, version: Version) -> bytes:
    if OWNERS[form] in ("GetAsyncReply", "PortMod"):
        return encode(decode(data), version)
    codec = codec_of(OWNERS[form], version)
    value, position = codec.read(data, 0, len(data))
    assert position == len(data)
    out = bytearray()
    codec.write(value, out)
    return bytes(out)


@pytest.mark.parametrize("form", FOLDS)
@given(data=st.data())
def test_any_list_of_properties_comes_back_byte_for_byte(form: str, data: st.DataObject) -> None:
    family = FOLDS[form].family
    elements = data.draw(st.lists(structures(family, V1_5), max_size=6))
    properties = bytearray()
    for element in elements:
        codec_of(family, V1_5).write(element, properties)
    message = with_properties(form, bytes(properties), V1_5)
    assert read_and_written(form, message, V1_5) == message


class TestPorts:
    def test_an_ethernet_property_fills_the_fields_of_the_port(self) -> None:
        port = Port(1, 10, "p1", curr=0x20, max_speed=7)
        message = PortStatus(desc=port)
        data = encode(message, V1_4)
        assert data[-32:].hex() == (
            "0000002000000000000000200000000000000000000000000000000000000007"
        )
        assert decode(data) == message

    def test_the_same_port_is_said_in_every_version(self) -> None:
        port = Port(1, 10, "p1", curr=0x20, advertised=0x40)
        for version in Version:
            assert there_and_back(port, version) == port

    def test_a_port_that_says_nothing_of_ethernet_has_no_property(self) -> None:
        assert len(encode(PortStatus(), V1_4)) == 16 + 40

    def test_an_ethernet_property_of_zeros_stays_one(self) -> None:
        port = Port(properties=[EthernetProperty()])
        assert there_and_back(port, V1_4) == port

    def test_an_ethernet_property_behind_others_leaves_its_place(self) -> None:
        properties = [OpticalProperty(1), EthernetProperty(curr=5)]
        read = there_and_back(Port(properties=properties), V1_4)
        assert read == Port(curr=5, properties=[OpticalProperty(1), EthernetProperty()])
        assert there_and_back(read, V1_4) == read

    def test_of_two_ethernet_properties_the_first_fills_the_fields(self) -> None:
        properties = [EthernetProperty(curr=5), EthernetProperty(curr=6)]
        read = there_and_back(Port(properties=properties), V1_4)
        assert read == Port(curr=5, properties=[EthernetProperty(), EthernetProperty(curr=6)])
        assert there_and_back(read, V1_4) == read

    def test_a_property_that_contradicts_the_fields_is_refused(self) -> None:
        port = Port(curr=5, properties=[RawPortProperty(9), EthernetProperty(curr=6)])
        with pytest.raises(EncodeError) as refused:
            encode(PortStatus(desc=port), V1_4)
        assert refused.value.field == "desc.properties[1]"

    def test_what_a_field_cannot_hold_is_named_by_the_field(self) -> None:
        with pytest.raises(EncodeError) as refused:
            encode(PortStatus(desc=Port(advertised=1 << 32)), V1_4)
        assert refused.value.field == "desc.advertised"

    def test_older_versions_have_no_properties(self) -> None:
        for version in (V1_0, V1_3):
            with pytest.raises(Unsupported) as refused:
                encode(PortStatus(desc=Port(properties=[OpticalProperty()])), version)
            assert refused.value.field == "desc.properties"

    def test_advertising_nothing_new_takes_no_property(self) -> None:
        assert len(encode(PortMod(), V1_5)) == 32
        message = PortMod(advertise=0x20)
        assert decode(encode(message, V1_5)) == message
        explicit = PortMod(properties=[EthernetPortMod(0)])
        assert decode(encode(explicit, V1_5)) == explicit


class TestBuckets:
    def test_weight_and_watches_become_properties_where_they_are_said(self) -> None:
        bucket = Bucket([Output(1)], weight=5, watch_port=2, bucket_id=7)
        out = bytearray()
        codec_of("Bucket", V1_5).write(bucket, out)
        assert out.hex() == (
            "00280010000000070000001000000001ffff00000000000000000008000500000001000800000002"
        )
        assert there_and_back(bucket, V1_5) == bucket

    def test_the_same_buckets_are_said_from_1_1_on(self) -> None:
        bucket = Bucket([Output(1)], weight=5, watch_port=2, watch_group=3)
        for version in Version:
            if V1_0 < version < V1_5:
                assert there_and_back(bucket, version) == bucket

    def test_buckets_without_a_number_are_numbered_by_their_places(self) -> None:
        message = GroupMod(buckets=[Bucket(), Bucket(bucket_id=9), Bucket()])
        read = decode(encode(message, V1_5))
        assert isinstance(read, GroupMod)
        assert [bucket.bucket_id for bucket in read.buckets] == [0, 9, 2]
        assert [bucket.bucket_id for bucket in message.buckets] == [None, 9, None]

    def test_properties_in_another_order_keep_it(self) -> None:
        read = there_and_back(
            Bucket(bucket_id=1, properties=[WatchPortProperty(2), WeightProperty(5)]), V1_5
        )
        assert (read.weight, read.watch_port) == (5, 2)
        assert [type(item) for item in read.properties] == [WatchPortProperty, WeightProperty]


class TestAsyncMasks:
    def test_all_six_masks_of_1_3_are_said_in_1_4_too(self) -> None:
        message = SetAsync(packet_in_mask_master=7)
        assert len(encode(message, V1_3)) == 8 + 24
        assert len(encode(message, V1_4)) == 8 + 6 * 8
        assert decode(encode(message, V1_4)) == message

    def test_a_mask_that_is_none_is_left_out(self) -> None:
        message = SetAsync(*([None] * 16))
        message.role_status_mask_master = 3
        data = encode(message, V1_4)
        assert data[8:].hex() == "0007000800000003"
        assert decode(data) == message

    def test_1_3_cannot_leave_a_mask_out(self) -> None:
        with pytest.raises(Unsupported) as refused:
            encode(SetAsync(port_status_mask_slave=None), V1_3)
        assert refused.value.field == "port_status_mask_slave"

    def test_1_3_has_no_masks_of_later_messages(self) -> None:
        with pytest.raises(Unsupported) as refused:
            encode(SetAsync(table_status_mask_slave=1), V1_3)
        assert refused.value.field == "table_status_mask_slave"

    def test_1_4_has_no_masks_of_1_5(self) -> None:
        with pytest.raises(Unsupported) as refused:
            encode(SetAsync(cont_status_mask_master=1), V1_4)
        assert refused.value.field == "cont_status_mask_master"

    def test_masks_in_another_order_keep_it(self) -> None:
        properties: list[AsyncProperty] = [
            ReasonsProperty("packet_in_master", 1),
            ReasonsProperty("packet_in_slave", 2),
        ]
        data = encode(SetAsync(*([None] * 16), properties), V1_4)
        read = decode(data)
        assert isinstance(read, SetAsync)
        assert (read.packet_in_mask_master, read.packet_in_mask_slave) == (1, 2)
        assert encode(read, V1_4) == data


def test_every_form_is_of_a_family_that_has_its_elements() -> None:
    for spec in FOLDS.values():
        codes = {
            code for kind in FAMILIES[spec.family].values() for code in kind.layout.get(V1_5, {})
        }
        assert {held.code for held in spec.helds} <= codes
