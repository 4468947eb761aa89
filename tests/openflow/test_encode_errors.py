"""What cannot be written is refused with the message and the path to the field, and with nothing but an EncodeError."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields
from functools import partial
from typing import Any

import pytest

from openflow import (
    ApplyActions,
    Bucket,
    ClearActions,
    CopyTtlIn,
    EchoRequest,
    EncodeError,
    ErrorMsg,
    ExperimenterAction,
    FeaturesReply,
    FlowMod,
    GotoTable,
    GroupMod,
    Match,
    Message,
    Output,
    PacketIn,
    PacketOut,
    Port,
    PortStatus,
    RawAction,
    SetField,
    SetVlanVid,
    Unsupported,
    Version,
    decode,
    encode,
)
from openflow.layouts.engine import codec_of
from openflow.layouts.language import Int, Layout, compile_layout
from openflow.messages import MESSAGES, MultipartReply, MultipartRequest
from openflow.structs import STRUCTS, Struct
from openflow.versions import SUPPORTED, V1_0, V1_3
from tests.openflow.examples import EXAMPLES, every_example, parts


def layouts(cls: type[Struct], version: Version) -> list[Layout]:
    """The layouts that a class has in a version."""
    texts = cls.layout.get(version, "actions:Action*")  # 1.0's ApplyActions is a list
    return [
        compile_layout(text) for text in ([texts] if isinstance(texts, str) else texts.values())
    ]


def carried(value: Struct, version: Version) -> set[str]:
    """The fields of an object that this version carries."""
    found = {name for layout in layouts(type(value), version) for name in layout.order}
    return {name for name in found if not name.startswith("#")}


def refusal(message: Message, version: Version) -> EncodeError:
    with pytest.raises(EncodeError) as refused:
        encode(message, version)
    return refused.value


def with_field(message: Message, path: str, name: str, value: Any) -> Message:
    """A copy of a message with one field of the part at `path` changed."""
    changed = deepcopy(message)
    setattr(dict(parts(changed))[path], name, value)
    return changed


WRONG = [None, object(), 1.5, {1: 2}, Version]
_OPTIONAL = re.compile(r".*_mask_(slave|master)|bucket_id|features")
"""Fields that may be None: what is left out, or numbered when it is sent."""

_PYTHONS = re.compile("argument|format requires|has no attribute|not supported|convert|operand")
"""Words of Python's own about bytes and numbers, which tell nobody what a field takes."""


class TestWrongValues:
    @every_example
    def test_what_no_field_can_hold_is_refused_with_the_path_to_it(
        self, version: Version, message: Message
    ) -> None:
        for path, part in parts(message):
            for name in carried(part, version):
                for value in WRONG[1:] if _OPTIONAL.fullmatch(name) else WRONG:
                    error = refusal(with_field(message, path, name, value), version)
                    assert error.message == type(message).__name__
                    assert error.field == (f"{path}.{name}" if path else name)
                    assert not _PYTHONS.search(error.text)

    @every_example
    def test_an_integer_out_of_range_is_refused_with_the_path_to_it(
        self, version: Version, message: Message
    ) -> None:
        for path, part in parts(message):
            for layout in layouts(type(part), version):
                held = {getattr(part, name, None) in of for name, of in layout.constants.items()}
                for step in layout.steps if held <= {True} else ():
                    if isinstance(step, Int):
                        least = -(1 << 31) if step.mapping == "signed" else 0
                        for value in (least - 1, 1 << 8 * max(step.size, 4), 1 << 200):
                            changed = with_field(message, path, step.name, value)
                            error = refusal(changed, version)
                            assert error.field == (f"{path}.{step.name}" if path else step.name)
                            assert not _PYTHONS.search(error.text)

    @every_example
    def test_a_list_with_a_stranger_in_it_is_refused_with_its_place(
        self, version: Version, message: Message
    ) -> None:
        for path, part in parts(message):
            for name in carried(part, version):
                held = getattr(part, name)
                if isinstance(held, list) and held and isinstance(held[0], Struct):
                    changed = with_field(message, path, name, [*held, Port()])
                    if not isinstance(held[0], Port):
                        place = f"{name}[{len(held)}]"
                        assert refusal(changed, version).field.endswith(place)

    @every_example
    def test_a_wrong_xid_is_refused(self, version: Version, message: Message) -> None:
        for value in (-1, 1 << 32, None, "1"):
            assert refusal(with_field(message, "", "xid", value), version).field == "xid"


REFUSED: dict[str, tuple[Message, Version, str, str]] = {
    "text where bytes belong": (
        PacketOut(data="text"),  # type: ignore[arg-type]
        V1_3,
        "data",
        "takes bytes, not 'text'",
    ),
    "an action that is none": (
        PacketOut(actions=[5]),
        V1_3,
        "actions[0]",
        "expected Action, got 5",
    ),  # type: ignore[list-item]
    "an action among instructions": (
        FlowMod(instructions=[Output(1)]),  # type: ignore[list-item]
        V1_3,
        "instructions[0]",
        "expected Instruction, got Output(port=1); actions go into ApplyActions([...])",
    ),
    "an instruction among actions": (
        PacketOut(actions=[Output(1), GotoTable(1)]),  # type: ignore[list-item]
        V1_3,
        "actions[1]",
        "expected Action, got GotoTable(table_id=1); here actions stand by themselves, without GotoTable",
    ),
    "an action in place of a list": (
        PacketOut(actions=Output(1)),  # type: ignore[arg-type]
        V1_3,
        "actions",
        "takes a list",
    ),
    "a match that is a dict": (
        FlowMod(match={"in_port": 1}),  # type: ignore[arg-type]
        V1_3,
        "match",
        "takes a Match",
    ),
    "a field that does not exist": (
        PacketOut(actions=[SetField("nonsense", 1)]),
        V1_3,
        "actions[0].field",
        "nonsense is no field that there is",
    ),
    "a value too wide for its field": (
        FlowMod(instructions=[ApplyActions([Output(1), SetField("eth_dst", 1 << 48)])]),
        V1_3,
        "instructions[0].actions[1].value",
        "eth_dst cannot hold",
    ),
    "text too long for its field": (
        PortStatus(desc=Port(name="a name of more than 16 bytes")),
        V1_3,
        "desc.name",
        "28 bytes are too many, 16 fit",
    ),
    "text with a zero in it": (PortStatus(desc=Port(name="a\0b")), V1_3, "desc.name", "zero"),
    "text that is no UTF-8": (PortStatus(desc=Port(name="\ud800")), V1_3, "desc.name", "surrogate"),
    "a message too long for its header": (
        EchoRequest(bytes(65528)),
        V1_3,
        "",
        "65535 are the most",
    ),
    "an action too long for its header": (
        GroupMod(buckets=[Bucket([ExperimenterAction(1, bytes(65536))])]),
        V1_3,
        "buckets[0].actions[0]",
        "65535 are the most",
    ),
    "a list too long for its length": (
        PacketOut(actions=[Output(1)] * 8192),
        V1_0,
        "actions",
        "65535 are the most",
    ),
    "a raw action of no type": (
        PacketOut(actions=[RawAction(type=-1)]),
        V1_3,
        "actions[0].type",
        "cannot hold",
    ),
    "a raw action without bytes": (
        PacketOut(actions=[RawAction(data="text")]),  # type: ignore[arg-type]
        V1_3,
        "actions[0].data",
        "takes bytes",
    ),
    "text where a number belongs": (
        FlowMod(priority="high"),  # type: ignore[arg-type]
        V1_3,
        "priority",
        "cannot hold 'high': takes an int from 0 to 65535",
    ),
    "a number out of range": (FlowMod(table_id=300), V1_3, "table_id", "an int from 0 to 255"),
    "a port that is none": (
        PacketOut(actions=[Output("flood")]),  # type: ignore[arg-type]
        V1_0,
        "actions[0].port",
        "cannot hold 'flood': takes an int from 0 to 4294967295",
    ),
    "a name that is none": (
        PortStatus(desc=Port(name=5)),  # type: ignore[arg-type]
        V1_3,
        "desc.name",
        "takes text",
    ),
    "a field by 1.0's name": (
        PacketOut(actions=[SetField("dl_dst", 1)]),
        V1_3,
        "actions[0].field",
        "dl_dst is no field that there is: did you mean eth_dst?",
    ),
    "an error that is none": (
        ErrorMsg("BAD_TYPE"),  # type: ignore[arg-type]
        V1_3,
        "error",
        "takes an ErrorCode or (type, code)",
    ),
    "an error's number out of range": (ErrorMsg((1, 1 << 16)), V1_3, "error", "takes"),
    "two ports in one packet-in": (
        PacketIn(in_port=1, match=Match(in_port=2)),
        V1_3,
        "match.in_port",
        "2 is not the message's own in_port, 1",
    ),
}


@pytest.mark.parametrize(
    ("message", "version", "path", "text"), REFUSED.values(), ids=REFUSED.keys()
)
def test_a_refusal_says_what_is_wrong_where(
    message: Message, version: Version, path: str, text: str
) -> None:
    error = refusal(message, version)
    assert (error.message, error.field) == (type(message).__name__, path)
    assert text in error.text
    assert str(error) == f"{type(message).__name__}{path and '.'}{path}: {error.text}"


def test_what_is_no_message_is_refused() -> None:
    for value in (None, b"", Output(1), Message):
        with pytest.raises(EncodeError, match="is no message"):
            encode(value, V1_3)  # type: ignore[arg-type]


def test_what_is_no_message_is_shown_in_short() -> None:
    with pytest.raises(EncodeError) as refused:
        encode(b"x" * 100_000, V1_3)  # type: ignore[arg-type]
    assert len(str(refused.value)) < 200
    with pytest.raises(EncodeError, match=r"a class; FlowMod\(\) makes one"):
        encode(FlowMod, V1_3)  # type: ignore[arg-type]


UNSUPPORTED: dict[str, tuple[Message, Version, str]] = {
    "a message": (GroupMod(), V1_0, ""),
    "an action of 1.3": (PacketOut(actions=[Output(1), CopyTtlIn()]), V1_0, "actions[1]"),
    "an action of 1.0": (PacketOut(actions=[SetVlanVid(1)]), V1_3, "actions[0]"),
    "an instruction": (FlowMod(instructions=[GotoTable(1)]), V1_0, "instructions[0]"),
    "a second instruction": (
        FlowMod(instructions=[ApplyActions([Output(1)]), ClearActions()]),
        V1_0,
        "instructions[1]",
    ),
    "a field to set": (
        FlowMod(instructions=[ApplyActions([SetField("ipv6_src", 1)])]),
        V1_0,
        "instructions[0].actions[0].field",
    ),
    "the ports of either transport": (
        PacketOut(actions=[SetField("tp_src", 1)]),
        V1_3,
        "actions[0].field",
    ),
    "a field to set under a mask": (
        PacketOut(actions=[SetField("ipv4_src", (1, 1))]),
        V1_3,
        "actions[0].value",
    ),
    "a port number": (PacketOut(actions=[Output(0xFF01)]), V1_0, "actions[0].port"),
    "a flag": (FlowMod(flags=1 << 3), V1_0, "flags"),
    "a match field": (FlowMod(Match(tunnel_id=1)), V1_0, "match.tunnel_id"),
}


@pytest.mark.parametrize(
    ("message", "version", "path"), UNSUPPORTED.values(), ids=UNSUPPORTED.keys()
)
def test_what_a_version_cannot_say_is_unsupported_by_name(
    message: Message, version: Version, path: str
) -> None:
    error = refusal(message, version)
    assert isinstance(error, Unsupported)
    assert (error.message, error.field, error.version) == (type(message).__name__, path, version)
    assert f"OpenFlow {version}" in error.text


MULTIPARTS = (MultipartRequest, MultipartReply)


def lacking(version: Version) -> Iterator[tuple[str, str]]:
    """Every class of this version with each field that only other versions have, and do not do without."""
    for name, cls in STRUCTS.items():
        if version not in cls.layout:
            continue
        names = set.union(*(set(layout.names) for layout in layouts(cls, version)))
        for field in fields(cls):  # type: ignore[arg-type]
            of_every_message = {"xid", "flags"} if issubclass(cls, MULTIPARTS) else {"xid"}
            if field.init and field.name not in names | of_every_message:
                yield name, field.name


LACKING = [(version, *row) for version in SUPPORTED for row in lacking(version)]


def other_than(default: Any) -> Any:
    """Something that a field may hold, but not its default."""
    match default:
        case int():
            return default ^ 1
        case list():
            return [1]
        case Match():
            return Match(metadata=1)
    return 1


@pytest.mark.parametrize(("version", "name", "field"), LACKING)
def test_a_field_that_a_version_lacks_is_unsupported_once_it_is_set(
    version: Version, name: str, field: str
) -> None:
    value: Any = STRUCTS[name]()
    write = partial(encode, version=version)
    if name not in MESSAGES:
        write = partial(codec_of(name, version).write, out=bytearray())
    write(value)
    setattr(value, field, other_than(getattr(value, field)))
    with pytest.raises(Unsupported) as refused:
        write(value)
    error = refused.value
    assert (error.message, error.field, error.version) == (name, field, version)


OF_FLOWS_AND_PACKETS = {
    "AggregateStatsRequest",
    "Experimenter",
    "FlowMod",
    "FlowRemoved",
    "FlowStatsRequest",
    "PacketIn",
    "PacketOut",
}


def test_the_fields_that_only_later_versions_have_are_these() -> None:
    lacking: dict[str, list[str]] = {}
    for version, name, field in LACKING:
        if name in OF_FLOWS_AND_PACKETS:
            lacking.setdefault(f"{name}.{field}", []).append(str(version))
    assert {name: " ".join(versions) for name, versions in lacking.items()} == {
        "AggregateStatsRequest.cookie": "1.0",
        "AggregateStatsRequest.cookie_mask": "1.0",
        "AggregateStatsRequest.out_group": "1.0",
        "Experimenter.exp_type": "1.0",
        "FlowMod.cookie_mask": "1.0",
        "FlowMod.importance": "1.0 1.1 1.2 1.3",
        "FlowMod.out_group": "1.0",
        "FlowMod.table_id": "1.0",
        "FlowStatsRequest.cookie": "1.0",
        "FlowStatsRequest.cookie_mask": "1.0",
        "FlowStatsRequest.out_group": "1.0",
        "PacketOut.match": "1.0 1.1 1.2 1.3 1.4",
    }


def test_what_a_version_drops_is_lost_and_nothing_else_is() -> None:
    """A switch describes itself in neutral terms to controllers of every version."""
    port = Port(1, 2, "eth0", curr_speed=10, max_speed=20)
    described = decode(encode(FeaturesReply(7, auxiliary_id=3, ports=[port]), V1_0))
    assert described == FeaturesReply(7, ports=[Port(1, 2, "eth0")])
    assert decode(encode(FeaturesReply(7, actions=3, ports=[port]), V1_3)) == FeaturesReply(7)


def test_examples_are_not_changed_by_encoding() -> None:
    for version, message in EXAMPLES:
        before = deepcopy(message)
        encode(message, version)
        assert message == before
