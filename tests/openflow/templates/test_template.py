"""`openflow.templates.template`: nobody can tell a message of a template from the one that its function makes."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openflow as of
from openflow.messages.base import MESSAGES
from openflow.structs import STRUCTS
from openflow.templates.template import native_template, python_template
from openflow.versions import SUPPORTED, V1_0, V1_3, Version

Function = Callable[..., of.Message]
Template = Callable[[Function], Any]


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(python_template, id="python"),
        pytest.param(native_template, id="native", marks=pytest.mark.native),
    ],
)
def template(request: pytest.FixtureRequest) -> Template:
    """What makes a template of a function: one contract for both engines."""
    return request.param  # type: ignore[no-any-return]


# --- what may be made a template ------------------------------------------------------------------


def forward(in_port: int, vlan: int, src: int, dst: int, port: int, buffer_id: int) -> of.FlowMod:
    match = of.Match(in_port=in_port, vlan_vid=vlan, eth_src=src, eth_dst=dst)
    return of.FlowMod(match, [of.ApplyActions([of.Output(port)])], buffer_id=buffer_id)


def packet_out(in_port: int, port: int, data: bytes) -> of.PacketOut:
    return of.PacketOut(of.NO_BUFFER, in_port, [of.Output(port)], data)


def release(buffer_id: int, in_port: int, port: int = of.PortNo.FLOOD) -> of.PacketOut:
    return of.PacketOut(buffer_id, in_port, [of.Output(port)])


def routed(dst: int, prefix: int, mac: int, port: int, ttl: bool) -> of.FlowMod:
    match = of.Match(eth_type=0x0800, ipv4_dst=(dst, 0xFFFF_FFFF << 32 - prefix & 0xFFFF_FFFF))
    actions: list[of.Action] = [of.SetField("eth_dst", mac), of.Output(port)]
    if ttl:
        actions.insert(0, of.DecNwTtl())
    return of.FlowMod(match, [of.ApplyActions(actions)], priority=prefix)


def same_twice(number: int) -> of.FlowMod:
    actions = [of.ApplyActions([of.Output(number)])]
    return of.FlowMod(of.Match(in_port=number), actions, cookie=number, priority=number)


def neighbours(src: int, dst: int) -> of.FlowMod:
    return of.FlowMod(of.Match(eth_src=src, eth_dst=src), cookie=dst, cookie_mask=dst)


def ipv6(src: int, label: int, metadata: int) -> of.FlowMod:
    match = of.Match(eth_type=0x86DD, ipv6_src=src, ipv6_flabel=label)
    return of.FlowMod(match, [of.WriteMetadata(metadata), of.GotoTable(1)])


def any_flow_mod(command: int, table: int, flags: int, out_port: int, cookie: int) -> of.FlowMod:
    return of.FlowMod(
        command=command, table_id=table, flags=flags, out_port=out_port, cookie=cookie
    )


def protocol(proto: int, port: int) -> of.FlowMod:
    return of.FlowMod(of.Match(eth_type=0x0800, ip_proto=proto, tcp_dst=port))


def tagged(vlan: int, pcp: int, port: int) -> of.FlowMod:
    actions = [of.PushVlan(), of.SetField("vlan_vid", vlan), of.Output(port)]
    return of.FlowMod(of.Match(vlan_vid=vlan, vlan_pcp=pcp), [of.ApplyActions(actions)])


def either(port: int, data: bytes) -> of.Message:
    return of.EchoRequest(data) if port == 0 else of.PortMod(port_no=port, hw_addr=port + 1)


def in_words(name: str, port: int) -> of.Message:
    return of.EchoRequest(f"{name} {port}".encode())


def two_texts(one: bytes, two: bytes) -> of.Message:
    return of.Experimenter(1, 2, one + two)


def numbered(xid: int, data: bytes) -> of.EchoReply:
    return of.EchoReply(data, xid=xid)


def picky(port: int, other: int) -> of.PacketOut:
    if port > 100:
        raise LookupError(f"no port {port}")
    return of.PacketOut(in_port=other, actions=[of.Output([1, 2, 3][port % 3])])


def tag_or_not(tag: bool, name: str, port: int, buffer_id: int) -> of.FlowMod:
    match = of.Match(vlan_vid=0x1005) if tag else of.Match(vlan_vid=0)
    actions = [of.ApplyActions([of.Output(port)])]
    return of.FlowMod(match, actions, cookie=len(name), buffer_id=buffer_id)


def swallows(port: int) -> of.PacketOut:
    try:
        known = port in (1, 2)
    except:  # noqa: E722 - the worst that a function can do to a placeholder
        known = True
    return of.PacketOut(actions=[of.Output(port)] if known else [])


def constant() -> of.FlowMod:
    return of.FlowMod(of.Match(), [of.ApplyActions([of.Output(of.PortNo.CONTROLLER)])], priority=0)


def sent_up(in_port: int, data: bytes) -> of.PacketIn:
    return of.PacketIn(in_port=in_port, total_len=len(data), data=data)


def of_a_port(port: int) -> of.PortStatsRequest:
    return of.PortStatsRequest(port_no=port)


def nothing(port: int) -> Any:
    return None


FUNCTIONS: dict[str, Function] = {
    function.__name__: function
    for function in (
        forward,
        packet_out,
        release,
        routed,
        same_twice,
        neighbours,
        ipv6,
        any_flow_mod,
        protocol,
        tagged,
        either,
        in_words,
        two_texts,
        numbered,
        picky,
        tag_or_not,
        swallows,
        constant,
        sent_up,
        of_a_port,
        nothing,
    )
}

# --- arguments ------------------------------------------------------------------------------------

EDGES = sorted(
    {
        edge + step
        for edge in (
            0,
            1,
            1 << 8,
            0x1000,
            0x2000,
            0xFF00,
            1 << 16,
            1 << 32,
            0xFFFF_FF00,
            1 << 48,
            1 << 64,
        )
        for step in (-2, -1, 0, 1, 5)
    }
)
ints = st.one_of(
    st.integers(0, 40),
    st.integers(0, 40),
    st.sampled_from(EDGES),
    st.integers(0, (1 << 48) - 1),
    st.integers(0x1000, 0x1FFF),
    st.sampled_from(list(of.PortNo)),
)
odd = st.one_of(st.none(), st.booleans(), st.just(1.5), st.just("3"), st.binary(max_size=3))
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "data": st.binary(max_size=80),
    "one": st.binary(max_size=4),
    "two": st.binary(max_size=4),
    "name": st.text(max_size=3),
    "ttl": st.booleans(),
    "tag": st.booleans(),
    "prefix": st.integers(0, 33),
    "command": st.integers(0, 5),
    "flags": st.integers(0, 20),
}


@st.composite
def calls(draw: st.DrawFn, function: Function) -> list[tuple[Any, ...]]:
    """Some calls with arguments of the right types mostly, often with the same ones but for a few."""
    names = list(function.__annotations__)[:-1]
    strategies = [BY_NAME.get(name, ints) for name in names]
    latest = [draw(strategy) for strategy in strategies]
    made = [tuple(latest)] * 3
    for _ in range(draw(st.integers(0, 12))):
        for place in draw(st.lists(st.integers(0, max(len(names) - 1, 0)), max_size=3)):
            if names:
                latest[place] = draw(odd if draw(st.integers(0, 9)) == 0 else strategies[place])
        made.append(tuple(latest))
    return made


def outcome(function: Function, arguments: Sequence[Any], version: Version) -> Any:
    """The bytes of what a function makes, or the error and where it came from."""
    try:
        message = function(*arguments)
    except Exception as error:  # noqa: BLE001 - the same is wanted of both
        return "made", type(error), str(error)
    try:
        return of.encode(message, version, xid=7), of.encode(message, version)
    except Exception as error:  # noqa: BLE001 - the same is wanted of both
        return "encoded", type(error), str(error), vars(error)


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=30)
@given(data=st.data())
def test_bytes_and_errors_are_those_of_the_function(
    template: Template, name: str, data: st.DataObject
) -> None:
    function, version = FUNCTIONS[name], data.draw(st.sampled_from(SUPPORTED))
    made = template(function)
    for arguments in data.draw(calls(function)):
        assert outcome(made, arguments, version) == outcome(function, arguments, version)


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=30)
@given(data=st.data())
def test_so_they_are_when_versions_and_looks_are_mixed(
    template: Template, name: str, data: st.DataObject
) -> None:
    function = FUNCTIONS[name]
    made = template(function)
    for arguments in data.draw(calls(function)):
        for version in data.draw(st.lists(st.sampled_from(SUPPORTED), min_size=1, max_size=3)):
            assert outcome(made, arguments, version) == outcome(function, arguments, version)
            if data.draw(st.booleans()):
                assert look(made, arguments) == look(function, arguments)


def look(function: Function, arguments: Sequence[Any]) -> Any:
    """What a message looks like to who looks at it."""
    try:
        message = function(*arguments)
    except Exception as error:  # noqa: BLE001 - the same is wanted of both
        return type(error), str(error)
    return type(message).__name__, repr(message), message


# --- what the message is ---------------------------------------------------------------------------

ARGUMENTS = (1, 0x1005, 0xA, 0xB, 2, 77)


@pytest.fixture
def message(template: Template) -> of.FlowMod:
    """A message that nobody has looked at."""
    return template(forward)(*ARGUMENTS)


REAL = forward(*ARGUMENTS)


def test_it_is_an_instance_of_its_class(message: of.FlowMod) -> None:
    assert isinstance(message, of.FlowMod)
    assert isinstance(message, of.Message)
    assert message.__class__ is of.FlowMod
    assert not isinstance(message, of.PacketOut)


def test_reading_a_field_makes_it_the_real_thing(message: of.FlowMod) -> None:
    assert message.match["eth_src"] == 0xA
    assert type(message) is of.FlowMod


@pytest.mark.parametrize("field", dataclasses.fields(of.FlowMod), ids=lambda field: field.name)
def test_every_field_can_be_read_written_and_deleted(template: Template, field: Any) -> None:
    make = template(forward)
    assert getattr(make(*ARGUMENTS), field.name) == getattr(REAL, field.name)
    written = make(*ARGUMENTS)
    setattr(written, field.name, 9)
    assert written == dataclasses.replace(REAL, **{field.name: 9})
    deleted = make(*ARGUMENTS)
    delattr(deleted, field.name)
    assert not hasattr(deleted, field.name)


def test_it_equals_the_real_thing_from_both_sides(template: Template) -> None:
    make = template(forward)
    assert make(*ARGUMENTS) == REAL
    assert make(*ARGUMENTS) == REAL
    assert make(*ARGUMENTS) == make(*ARGUMENTS)
    assert make(*ARGUMENTS) != make(2, *ARGUMENTS[1:])
    assert make(*ARGUMENTS) != 5


@pytest.mark.parametrize(
    "do",
    [
        repr,
        str,
        copy.copy,
        copy.deepcopy,
        dataclasses.asdict,
        dataclasses.astuple,
        lambda message: pickle.loads(pickle.dumps(message)),
        lambda message: dataclasses.replace(message, priority=3),
        lambda message: [field.name for field in dataclasses.fields(message)],
        lambda message: message.code(V1_3),
        lambda message: message.xid,
    ],
)
def test_whatever_is_done_with_it_gives_the_same(
    template: Template, do: Callable[[Any], Any]
) -> None:
    done = do(template(forward)(*ARGUMENTS))
    assert done == do(REAL)
    assert type(done) is type(do(REAL))


def test_it_is_no_more_hashable_than_the_real_thing(message: of.FlowMod) -> None:
    with pytest.raises(TypeError, match="unhashable type: 'FlowMod'"):
        hash(message)


def test_it_can_be_matched_by_structure(message: of.FlowMod) -> None:
    match message:
        case of.FlowMod(match={"in_port": 1}, buffer_id=77):
            pass
        case _:
            pytest.fail("no match")


def test_changes_are_sent(template: Template) -> None:
    make = template(forward)
    for _ in range(5):
        message = make(*ARGUMENTS)
        of.encode(message, V1_3)
        message.priority = 5
        assert of.encode(message, V1_3) == of.encode(dataclasses.replace(REAL, priority=5), V1_3)


@pytest.mark.parametrize("xid", [-1, 1 << 32, "", "x", 1.5, True, None, 0, 5], ids=repr)
def test_a_transaction_id_is_what_it_is_for_any_message(template: Template, xid: Any) -> None:
    def sent(message: of.Message) -> Any:
        try:
            return of.encode(message, V1_3, xid=xid)
        except of.EncodeError as error:
            return str(error)

    make = template(forward)
    assert [sent(make(*ARGUMENTS)) for _ in range(5)] == [sent(REAL)] * 5


def test_every_call_makes_a_message_of_its_own(template: Template) -> None:
    make = template(forward)
    messages = [make(number, *ARGUMENTS[1:]) for number in range(5)]
    assert [message.match["in_port"] for message in messages] == [0, 1, 2, 3, 4]
    assert make(*ARGUMENTS).instructions is not make(*ARGUMENTS).instructions


def test_no_class_of_the_vocabulary_is_replaced(template: Template) -> None:
    template(forward)(*ARGUMENTS)
    assert MESSAGES["FlowMod"] is of.FlowMod
    assert STRUCTS["FlowMod"] is of.FlowMod


# --- the template ----------------------------------------------------------------------------------


def test_a_template_looks_like_its_function(template: Template) -> None:
    made = template(forward)
    assert (made.__name__, made.__doc__) == (forward.__name__, forward.__doc__)
    assert made.__wrapped__ is forward  # type: ignore[attr-defined]


def test_arguments_may_be_named_and_left_out(template: Template) -> None:
    made = template(release)
    for _ in range(4):
        assert made(5, in_port=3) == release(5, 3)
        assert made(port=1, in_port=3, buffer_id=5) == release(5, 3, 1)
        assert made(5, 3, port=1) == release(5, 3, 1)


@pytest.mark.parametrize(
    ("arguments", "named"), [((), {}), ((1, 2, 3, 4), {}), ((1, 2), {"no": 1})]
)
def test_wrong_arguments_are_the_function_s_type_error(
    template: Template, arguments: tuple[int, ...], named: dict[str, int]
) -> None:
    with pytest.raises(TypeError) as ours:
        template(release)(*arguments, **named)
    with pytest.raises(TypeError) as theirs:
        release(*arguments, **named)
    assert str(ours.value) == str(theirs.value)


def test_what_cannot_be_called_by_position_is_refused_at_once(template: Template) -> None:
    def keywords(*, port: int) -> of.FlowMod:
        return of.FlowMod(out_port=port)

    with pytest.raises(TypeError, match="keywords: a template takes arguments by position"):
        template(keywords)


def counted(function: Function) -> tuple[Function, list[int]]:
    """A function, and a list with as many entries as it has been called."""
    called: list[int] = []

    def counting(*arguments: Any) -> of.Message:
        called.append(1)
        return function(*arguments)

    counting.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return counting, called


EXAMPLES: dict[str, tuple[Any, ...]] = {
    "forward": (3, 0x1005, 3, 3, 3, 3),
    "packet_out": (3, 3, b"data"),
    "release": (3, 3, 3),
    "neighbours": (3, 3),
    "ipv6": (3, 3, 3),
    "same_twice": (3,),
    "tag_or_not": (True, "web", 3, 3),
}


def can_say(version: Version, name: str) -> bool:
    """Whether a version has words for what a function makes."""
    try:
        return bool(of.encode(FUNCTIONS[name](*EXAMPLES[name]), version))
    except of.Unsupported:
        return False


@pytest.mark.parametrize(
    ("version", "name"), [(v, name) for v in SUPPORTED for name in EXAMPLES if can_say(v, name)]
)
def test_soon_the_function_is_called_no_more(
    template: Template, name: str, version: Version
) -> None:
    function, called = counted(FUNCTIONS[name])
    made = template(function)
    for _ in range(4):
        of.encode(made(*EXAMPLES[name]), version)
    called.clear()
    for number in range(1, 9):
        of.encode(made(*(number if a == 3 else a for a in EXAMPLES[name])), version)
    assert called == []


def test_no_more_forms_are_kept_than_fit(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openflow.templates.template.MOST_FORMS", 5)
    function, called = counted(in_words)
    made = template(function)
    for number in range(20):
        assert outcome(made, ("a", number), V1_0) == outcome(in_words, ("a", number), V1_0)
    called.clear()
    made("a", 50)
    assert called == [1]
