"""The two engines keep one contract: equal values, equal bytes, equal errors, whatever they are given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openflow import (
    ApplyActions,
    DecodeError,
    EncodeError,
    FlowMod,
    Match,
    Message,
    Output,
    PacketIn,
    PacketOut,
    SetField,
    Unsupported,
    Version,
    native,
)
from openflow.codec import decode_python, encode_python
from openflow.layouts.plans import plan
from openflow.versions import SUPPORTED, V1_0, V1_1, V1_3
from tests.openflow.examples import EXAMPLES, every_example, parts
from tests.openflow.plan_texts import plan_texts
from tests.openflow.strategies import EXTENSIONS, SPOKEN, messages, spoken_id
from tests.openflow.vectors import PATHS

pytestmark = pytest.mark.native


def _native(encode: Any = encode_python, decode: Any = decode_python) -> Any:
    if not native.AVAILABLE:
        return None
    from openflow import _codec

    return _codec.Engine(plan, encode, decode)


NATIVE = _native()


def _asked(*arguments: Any, **options: Any) -> NoReturn:
    raise AssertionError("the Python engine was asked")


ALONE = _native(_asked, _asked)
"""The native engine without the one in Python to ask."""

Outcome = tuple[Any, ...]


def outcome(function: Any, *arguments: Any, **options: Any) -> Outcome:
    """What a call returns, or everything that its exception says."""
    try:
        return ("returns", function(*arguments, **options))
    except DecodeError as error:
        return (
            "raises",
            type(error),
            error.message,
            error.field,
            error.offset,
            error.code,
            str(error),
        )
    except EncodeError as error:
        version = getattr(error, "version", None)
        return ("raises", type(error), error.message, error.field, version, str(error))


def same_decoding(data: bytes) -> None:
    """Both engines read the same, or refuse with the same words; and write what was read alike."""
    ours, theirs = outcome(NATIVE.decode, data), outcome(decode_python, data)
    assert ours == theirs
    if ours[0] == "returns":
        assert type(ours[1]) is type(theirs[1])
        assert repr(ours[1]) == repr(theirs[1])
        if data[0] in SUPPORTED:
            same_encoding(ours[1], Version(data[0]))


def same_encoding(message: Any, version: Any, **options: Any) -> Outcome:
    """Both engines write the same, or refuse with the same words."""
    ours = outcome(NATIVE.encode, message, version, **options)
    assert ours == outcome(encode_python, message, version, **options)
    return ours


every_message = pytest.mark.parametrize(("version", "cls"), [*SPOKEN, *EXTENSIONS], ids=spoken_id)


@every_message
@settings(max_examples=25)
@given(data=st.data())
def test_every_message_of_every_version_has_the_same_bytes_and_says_the_same(
    version: Version, cls: type[Message], data: st.DataObject
) -> None:
    message = data.draw(messages(cls, version))
    kind, encoded = same_encoding(message, version)
    assert kind == "returns"
    assert NATIVE.decode(encoded) == decode_python(encoded) == message


@every_message
def test_a_message_of_another_version_is_refused_alike(
    version: Version, cls: type[Message]
) -> None:
    for other in SUPPORTED:
        same_encoding(cls(), other)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_captured_messages_are_read_alike(path: Any) -> None:
    same_decoding(path.read_bytes())


WRONG = [
    None,
    object(),
    1.5,
    {1: 2},
    Version,
    -1,
    1 << 200,
    "\udcff",
    "text",
    b"bytes",
    (1,),
    [None],
]


class TestWrongMessages:
    @every_example
    def test_a_wrong_value_in_any_place_is_refused_alike(
        self, version: Version, message: Message
    ) -> None:
        for _, part in parts(message):
            for name in getattr(part, "__match_args__", ()):
                held = getattr(part, name)
                for value in WRONG:
                    setattr(part, name, value)
                    same_encoding(message, version)
                setattr(part, name, held)

    @every_example
    def test_another_xid_is_put_in_or_refused_alike(
        self, version: Version, message: Message
    ) -> None:
        for xid in (None, 0, 7, 0xFFFF_FFFF, 1 << 32, -1, "1", 1.5, True):
            same_encoding(message, version, xid=xid)

    def test_what_is_no_message_is_refused_alike(self) -> None:
        for nothing in (None, 5, "text", Message, V1_3):
            same_encoding(nothing, V1_3)

    def test_the_message_is_not_changed(self) -> None:
        for version, message in EXAMPLES:
            before = repr(message)
            same_encoding(message, version)
            assert repr(message) == before


BYTES = [encode_python(message, version) for version, message in EXAMPLES]


def with_length(data: bytes) -> bytes:
    """The same bytes under a header that says their length."""
    return data[:2] + len(data).to_bytes(2, "big") + data[4:]


class TestHostileBytes:
    @pytest.mark.parametrize("data", BYTES, ids=lambda data: f"{data[0]}-{data[1]}-{len(data)}")
    def test_a_message_cut_anywhere_is_refused_alike(self, data: bytes) -> None:
        for cut in range(len(data)):
            same_decoding(data[:cut])
            if cut >= 8:
                same_decoding(with_length(data[:cut]))

    @settings(max_examples=1500)
    @given(
        data=st.sampled_from(BYTES),
        changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4),
    )
    def test_bytes_changed_at_random_are_read_or_refused_alike(
        self, data: bytes, changes: list[tuple[int, int]]
    ) -> None:
        changed = bytearray(data)
        for offset, value in changes:
            changed[offset % len(data)] = value
        same_decoding(bytes(changed))
        same_decoding(with_length(bytes(changed)))

    @settings(max_examples=1500)
    @given(version=st.integers(0, 8), code=st.integers(0, 36), body=st.binary(max_size=120))
    def test_random_bodies_are_read_or_refused_alike(
        self, version: int, code: int, body: bytes
    ) -> None:
        same_decoding(with_length(bytes([version, code, 0, 0]) + bytes(4) + body))

    def test_other_buffers_than_bytes_are_taken_alike(self) -> None:
        data = BYTES[0]
        assert outcome(NATIVE.decode, bytearray(data)) == outcome(decode_python, bytearray(data))


def _needs_python(version: Version, message: Message) -> bool:
    """Whether some part of a message has a form that only Python knows."""
    words = [line.split() for line in plan(version).text.splitlines()]
    foreign = {word[1].partition("/")[0] for word in words if word[-1] == "foreign"}
    return any(type(part).__name__ in foreign for _, part in parts(message))


ORDINARY = [example for example in EXAMPLES if not _needs_python(*example)]
"""Messages that have nothing that only Python knows."""


@pytest.mark.parametrize(("version", "message"), ORDINARY, ids=spoken_id)
def test_most_messages_are_native_from_end_to_end(version: Version, message: Message) -> None:
    encoded = ALONE.encode(message, version)
    assert encoded == encode_python(message, version)
    assert ALONE.decode(encoded) == message


LIKE_NO_OTHER = V1_1
"""Its match and its packet-ins have forms of their own, which are the Python engine's."""


@pytest.mark.parametrize("version", [*{*SUPPORTED} - {LIKE_NO_OTHER}])
def test_what_comes_and_goes_most_is_native_in_other_versions(version: Version) -> None:
    match = Match(in_port=1, eth_dst=2, eth_type=0x0800, ipv4_src="10.0.0.0/8")
    for message in (
        PacketIn(in_port=7, data=b"frame"),
        PacketOut(5, 3, [Output(2)]),
        FlowMod(match, [ApplyActions([SetField("eth_src", 1), Output(2)])]),
    ):
        assert ALONE.decode(ALONE.encode(message, version, xid=9)) == replace(message, xid=9)


def test_an_unsupported_field_is_named_by_both() -> None:
    message = FlowMod(Match(metadata=5))
    ours = same_encoding(message, V1_0)
    assert ours[1:4] == (Unsupported, "FlowMod", "match.metadata")


def test_an_interrupt_is_not_taken_for_a_refusal() -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(number: int) -> NoReturn:
        raise Interrupted

    from openflow import _codec

    engine = _codec.Engine(interrupt, encode_python, decode_python)
    with pytest.raises(Interrupted):
        engine.decode(BYTES[0])


@pytest.mark.parametrize("version", SUPPORTED)
def test_the_plan_of_a_version_accounts_for_every_message(version: Version) -> None:
    codes = [
        line.split()[3] for line in plan(version).text.splitlines() if line.startswith("message")
    ]
    expected = {cls.__name__ for spoken, cls in [*SPOKEN, *EXTENSIONS] if spoken == version}
    assert expected <= set(codes)


@pytest.mark.parametrize(
    ("path", "text"), plan_texts().items(), ids=lambda value: getattr(value, "name", "")
)
def test_the_plans_that_are_fuzzed_are_those_of_the_layouts(path: Path, text: str) -> None:
    assert path.read_text() == text, "run python -m tests.openflow.plan_texts"
