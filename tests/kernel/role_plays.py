"""Plays the same scripts of several controllers to Open vSwitch and to our switch, and prints what each was told: JSON.

    python -m tests.kernel.role_plays SEED

Run it behind a wall (`tests.kernel.isolation`), since a bridge is an interface. Both switches dial their controllers,
which are played here: after each step of a script every controller hears whatever was said to it up to then.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ofswitch.configuration import Address, Configuration, FailMode
from ofswitch.runtime import Switch
from openflow import (
    ApplyActions,
    BarrierRequest,
    EchoRequest,
    ErrorMsg,
    FlowMod,
    FlowModCommand,
    FlowStatsReply,
    FlowStatsRequest,
    GetAsyncReply,
    GetAsyncRequest,
    GetConfigReply,
    GetConfigRequest,
    GroupMod,
    GroupModCommand,
    Hello,
    Match,
    Message,
    Output,
    PacketOut,
    PortMod,
    PortNo,
    RoleReply,
    RoleRequest,
    RoleStatus,
    SetAsync,
    SetConfig,
    TableId,
    Version,
    decode,
    encode,
)
from openflow import experimenters as nx
from openflow.versions import V1_0, V1_2, V1_3, V1_4, V1_5
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.waiting import TIMEOUT_S
from tests.openflow.examples import FRAME

VERSIONS = (V1_0, V1_2, V1_3, V1_4, V1_5)
CONTROLLERS = 3
STEPS = 80
GENERATIONS = (0, 1, 2, 3, (1 << 63) - 1, 1 << 63, (1 << 64) - 2, (1 << 64) - 1)
ROLES = (0, 1, 2, 3, 3, 2, 2, 17)

Step = tuple[int, list[Message]]

_HEADER = struct.Struct(">BBHI")
_HEARD = (*(ErrorMsg, RoleReply, RoleStatus, nx.NxRoleReply), GetConfigReply, GetAsyncReply)


# --- scripts --------------------------------------------------------------------------------------------------


def script(version: Version, rng: random.Random) -> list[Step]:
    """What which controller says, step by step."""
    choices = [_ask_nicira, _flow, _delete, _packet_out, _port_mod, _config, _wishes]
    if version > V1_0:
        choices += [_ask] * 4
    if version >= V1_3:
        choices += [_group, _group_gone]
    return [(rng.randrange(CONTROLLERS), rng.choice(choices)(version, rng)) for _ in range(STEPS)]


def _ask(version: Version, rng: random.Random) -> list[Message]:
    return [RoleRequest(rng.choice(ROLES), rng.choice(GENERATIONS))]


def _ask_nicira(version: Version, rng: random.Random) -> list[Message]:
    return [nx.NxRoleRequest(rng.choice((0, 1, 1, 2, 2, 7)))]


def _flow(version: Version, rng: random.Random) -> list[Message]:
    match = Match(in_port=rng.randrange(1, 5))
    actions = [ApplyActions([Output(rng.randrange(1, 5))])]
    return [FlowMod(match, actions, cookie=rng.randrange(1000), priority=9)]


def _delete(version: Version, rng: random.Random) -> list[Message]:
    table_id = 0 if version == V1_0 else TableId.ALL
    match = Match(in_port=rng.randrange(1, 5))
    return [FlowMod(match, command=FlowModCommand.DELETE, table_id=table_id)]


def _packet_out(version: Version, rng: random.Random) -> list[Message]:
    return [PacketOut(in_port=PortNo.CONTROLLER, data=FRAME)]


def _port_mod(version: Version, rng: random.Random) -> list[Message]:
    """There is no such port: who may not write is not told so."""
    return [PortMod(77, 0x0200_0000_0000)]


def _config(version: Version, rng: random.Random) -> list[Message]:
    return [SetConfig(miss_send_len=rng.randrange(0x10000)), GetConfigRequest()]


def _wishes(version: Version, rng: random.Random) -> list[Message]:
    """Only 1.3 has masks of the same bits in both switches."""
    masks = [rng.randrange(4) for _ in range(6)]
    if version != V1_3:
        return [nx.NxSetAsyncConfig(*masks)]
    return [rng.choice((SetAsync, nx.NxSetAsyncConfig))(*masks), GetAsyncRequest()]


def _group(version: Version, rng: random.Random) -> list[Message]:
    return [GroupMod(group_id=rng.randrange(1, 4))]


def _group_gone(version: Version, rng: random.Random) -> list[Message]:
    return [GroupMod(GroupModCommand.DELETE, group_id=rng.randrange(1, 4))]


# --- the stage ------------------------------------------------------------------------------------------------


class Controller:
    """A controller that a switch has dialled."""

    heard: tuple[type[Message], ...] = (*_HEARD, FlowStatsReply)
    """What it tells of what it hears."""

    def __init__(self, server: socket.socket, version: Version) -> None:
        server.settimeout(TIMEOUT_S)
        self._connection, _ = server.accept()
        self._connection.settimeout(TIMEOUT_S)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._connection.makefile("rb")
        self._version = version
        self._barriers = 0x1000
        self._send(Hello(), 1)

    def say(self, messages: list[Message]) -> None:
        """Send messages; their transaction ids are their places."""
        for place, message in enumerate(messages):
            self._send(message, 0x100 + place)

    def hear(self) -> list[Message]:
        """All that was said to it until now."""
        self._barriers += 1
        self._send(BarrierRequest(), self._barriers)
        heard: list[Message] = []
        while head := self._stream.read(_HEADER.size):
            _, _, length, xid = _HEADER.unpack(head)
            body = self._stream.read(length - _HEADER.size)
            if xid == self._barriers:
                return heard
            heard += self._keep(decode(head + body))
        raise ConnectionError("the switch is gone")

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._connection.close()

    def _keep(self, message: Message) -> list[Message]:
        if isinstance(message, EchoRequest):
            self._connection.sendall(
                _HEADER.pack(self._version, 3, _HEADER.size + len(message.data), message.xid)
                + message.data
            )
        return [message] if isinstance(message, self.heard) else []

    def _send(self, message: Message, xid: int) -> None:
        self._connection.sendall(encode(message, self._version, xid=xid))


def text(message: Message) -> str:
    """What both switches must say alike; how much of a bad message an error gives back is up to each."""
    if isinstance(message, ErrorMsg):
        return f"ErrorMsg({message.error}, {message.data[:48].hex()}, xid={message.xid})"
    return repr(message)


def _entries(heard: list[Message]) -> list[str]:
    """The flow entries that were heard of."""
    bodies = [one.body for one in heard if isinstance(one, FlowStatsReply)]
    return sorted(f"{entry.match} {entry.cookie}" for body in bodies for entry in body)


def play(steps: list[Step], servers: list[socket.socket], version: Version) -> list[Any]:
    """What is said to each controller, step by step, and the flow entries after each."""
    controllers = [Controller(server, version) for server in servers]
    for controller in controllers:
        controller.hear()
    told: list[Any] = []
    for who, messages in steps:
        controllers[who].say(messages)
        heard = [controllers[who].hear()]
        heard += [one.hear() for place, one in enumerate(controllers) if place != who]
        controllers[0].say([FlowStatsRequest()])
        entries = _entries(controllers[0].hear())
        told.append([[list(map(text, said)) for said in heard], entries])
    for controller in controllers:
        controller.close()
    return told


Play = Callable[[list[Step], list[socket.socket], Version], list[Any]]


@contextmanager
def listening() -> Iterator[list[socket.socket]]:
    """Where the controllers wait."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(CONTROLLERS)]
    try:
        yield servers
    finally:
        for server in servers:
            server.close()


def play_to_ovs(
    ovs: OpenVSwitch, steps: list[Step], version: Version, play: Play = play
) -> list[Any]:
    """Play to a bridge of Open vSwitch."""
    name = f"roles{version.value}"
    with listening() as servers:
        targets = [f"tcp:127.0.0.1:{server.getsockname()[1]}" for server in servers]
        ovs.add_bridge(name, targets[0], version.text, [])
        ovs.vsctl("set-controller", name, *targets)
        try:
            return play(steps, servers, version)
        finally:
            ovs.vsctl("del-br", name)


def play_to_ours(steps: list[Step], version: Version, play: Play = play) -> list[Any]:
    """Play to a switch of ours, on a loop in another thread."""
    with listening() as servers:
        addresses = tuple(Address(*server.getsockname()) for server in servers)
        settings: dict[str, Any] = {"controllers": addresses, "fail_mode": FailMode.SECURE}
        loop, started = asyncio.new_event_loop(), threading.Event()

        async def live() -> None:
            switch = Switch(Configuration("s1", 1, versions=frozenset({version}), **settings))
            await switch.start()
            ended = asyncio.Event()
            loop.end = ended.set  # type: ignore[attr-defined]
            started.set()
            await ended.wait()
            await switch.stop()

        thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
        thread.start()
        try:
            started.wait(TIMEOUT_S)
            return play(steps, servers, version)
        finally:
            loop.call_soon_threadsafe(loop.end)  # type: ignore[attr-defined]
            thread.join(TIMEOUT_S)
            loop.close()


def main(seed: int) -> None:
    """Print what was played, and what both switches said to it."""
    logging.disable()  # our switch tells of each refusal
    found = {}
    with tempfile.TemporaryDirectory() as folder, OpenVSwitch(Path(folder)) as ovs:
        for version in VERSIONS:
            steps = script(version, random.Random(f"{seed} {version}"))
            found[str(version)] = {
                "script": [f"{who}: {messages}" for who, messages in steps],
                "ovs": play_to_ovs(ovs, steps, version),
                "ours": play_to_ours(steps, version),
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
