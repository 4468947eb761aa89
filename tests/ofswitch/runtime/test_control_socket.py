"""The control socket: who may use it, who may have it, what can be asked."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from console.control import ControlError, decode_reply, encode_request
from ofswitch.configuration import Configuration, ConfigurationError
from ofswitch.frame import Frame
from ofswitch.runtime import Switch
from openflow import V1_0, PortConfig, PortMod
from tests.loops import until
from tests.ofswitch.agent.world import frame
from tests.ofswitch.runtime.rig import arrives, plug, running


async def ask(path: Path, command: str, **arguments: str) -> Any:
    """Ask the switch that listens there."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(encode_request(command, arguments))
    try:
        return decode_reply(await reader.readline(), "switch")
    finally:
        writer.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the socket will be."""
    return tmp_path / "run" / "s1.sock"


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what is defined in a test."""
    asyncio.run(test())


def test_only_the_owner_may_open_it_and_it_goes_with_the_switch(path: Path) -> None:
    async def test() -> None:
        async with running(control=path):
            mode = path.stat().st_mode
            assert stat.S_ISSOCK(mode)
            assert stat.S_IMODE(mode) == 0o600
        assert not path.exists()

    run(test)


def test_a_switch_of_the_same_name_is_refused_and_harms_nothing(path: Path) -> None:
    async def test() -> None:
        async with running(control=path):
            second = Switch(Configuration("s1", 2, control=path))
            with pytest.raises(ConfigurationError, match="running already"):
                await second.start()
            assert (await ask(path, "show"))["dpid"] == f"{1:016x}"

    run(test)


def test_the_socket_of_a_switch_that_died_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async def test() -> None:
        async with running(control=path):
            assert (await ask(path, "show"))["name"] == "s1"

    run(test)


def test_a_file_in_its_place_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("precious")

    async def test() -> None:
        with pytest.raises(ConfigurationError, match="a file is in its place"):
            async with running(control=path):
                pass

    run(test)
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (lambda folder: folder / ("x" * 200), "too long"),
        (lambda folder: Path("/proc/nowhere/s1.sock"), "control"),
    ],
)
def test_a_place_that_cannot_be_had_is_told(
    tmp_path: Path, place: Callable[[Path], Path], why: str
) -> None:
    async def test() -> None:
        with pytest.raises(ConfigurationError, match=why):
            async with running(control=place(tmp_path)):
                pass

    run(test)


def test_all_commands_are_answered(path: Path) -> None:
    async def test() -> None:
        async with running(control=path) as switch:
            one, two = plug(switch, "p1", "p2")
            one.send([Frame(frame(100))])
            await arrives(two)
            shown = await ask(path, "show")
            assert (shown["standing_alone"], shown["tables"]) == (True, 254)
            assert [port["name"] for port in shown["ports"]] == ["p1", "p2"]
            ports = await ask(path, "ports")
            assert [(port["rx_packets"], port["tx_bytes"]) for port in ports] == [(1, 0), (0, 100)]
            assert [port["config"] for port in ports] == [[], []]
            assert len(await ask(path, "flows", which="")) == 1
            assert await ask(path, "flows", which="table=3") == []
            assert len(await ask(path, "flows", which="out_port=normal")) == 1
            assert await ask(path, "flows", which="in_port=p1,out_port=p2") == []
            assert await ask(path, "drops") == []
            added = await ask(path, "add_port", spec="memory:p9,no=9")
            assert added == {"port_no": 9, "name": "p9"}
            assert (await ask(path, "delete_port", port="9"))["name"] == "p9"
            assert (await ask(path, "delete_port", port="p2"))["port_no"] == 2

    run(test)


def test_what_controllers_have_set_of_a_port_is_told(path: Path) -> None:
    async def test() -> None:
        async with running(control=path) as switch:
            plug(switch, "p1", "p2")
            bits = PortConfig.NO_FLOOD | PortConfig.PORT_DOWN
            change = PortMod(2, switch.ports.get(2).hw_addr, config=bits, mask=bits)  # type: ignore[union-attr]
            switch.agent.datapath.apply(change, V1_0, switch.now())
            ports = await ask(path, "ports")
            assert [port["config"] for port in ports] == [[], ["port_down", "no_flood"]]

    run(test)


def test_drops_have_names_and_meanings(path: Path) -> None:
    async def test() -> None:
        async with running(control=path) as switch:
            (one,) = plug(switch, "p1")
            one.send([Frame(frame(100))])
            (drop,) = await until(
                lambda: switch.agent.datapath.drops and [switch.agent.datapath.drops]
            )
            (told,) = await ask(path, "drops")
            assert told["where"] == "datapath"
            assert told["name"] in drop
            assert told["count"] == 1
            assert told["meaning"]

    run(test)


@pytest.mark.parametrize(
    ("command", "arguments", "why"),
    [
        ("add_port", {"spec": "nonsense"}, "write KIND:NAME"),
        ("add_port", {"spec": "memory:p1"}, "already"),
        ("delete_port", {"port": "p7"}, "there are: p1"),
        ("flows", {"which": "table=x"}, "number from 0"),
        ("flows", {"which": "table=9"}, "there is no table 9"),
        ("flows", {"which": "in_port=p7"}, "there is no port p7; there are: p1"),
        ("flows", {}, "which"),
        ("reboot", {}, "no command"),
    ],
)
def test_mistakes_are_told(path: Path, command: str, arguments: dict[str, str], why: str) -> None:
    async def test() -> None:
        async with running(control=path, tables=4) as switch:
            plug(switch, "p1")
            with pytest.raises(ControlError, match=why):
                await ask(path, command, **arguments)

    run(test)


def test_several_requests_may_share_a_connection_and_nonsense_costs_only_its_own(
    path: Path,
) -> None:
    async def test() -> None:
        async with running(control=path):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"nonsense\n" + encode_request("ports", {}))
            with pytest.raises(ControlError):
                decode_reply(await reader.readline(), "switch")
            assert decode_reply(await reader.readline(), "switch") == []
            writer.write(b"x" * (1 << 20))
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
            assert await ask(path, "ports") == []

    run(test)
