"""Plays the same scripts of bundles and flow monitors to Open vSwitch and to our switch: JSON, as `role_plays` does.

python -m tests.kernel.bundle_plays SEED
"""

from __future__ import annotations

import json
import logging
import random
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from openflow import (
    V1_0,
    V1_3,
    ApplyActions,
    BarrierRequest,
    BundleAddMessage,
    BundleControl,
    BundleControlType,
    ErrorMsg,
    FlowMod,
    FlowModCommand,
    FlowMonitor,
    FlowMonitorStatsReply,
    FlowMonitorStatsRequest,
    FlowStatsReply,
    FlowStatsRequest,
    FlowUpdateFull,
    Group,
    GroupDescStatsReply,
    GroupDescStatsRequest,
    GroupMod,
    GroupModCommand,
    Match,
    Message,
    Output,
    PacketOut,
    PortMod,
    PortNo,
    TableId,
    Version,
)
from openflow.experimenters import FlowMonitorCancel
from tests.kernel import role_plays
from tests.kernel.ovs import OpenVSwitch
from tests.kernel.role_plays import Step
from tests.openflow.examples import FRAME

STEPS = 150
PLAYERS = 2
FLAGS = (3, 3, 3, 3, 3, 3, 3, 0)

_COMMANDS = (GroupModCommand.ADD, GroupModCommand.MODIFY, GroupModCommand.DELETE)

_MONITOR_ERRORS = {6: "MONITOR_EXISTS", 7: "BAD_FLAGS", 8: "UNKNOWN_MONITOR"}
"""By Nicira's codes on 1.3."""

_ADD = bytes.fromhex("4f4e4600000008fd")
"""How BundleAddMessage begins on 1.3, behind the header."""

_LEGIBLE = 120
"""Enough to know the message."""

Make = Callable[[Version, random.Random], Message]


class Controller(role_plays.Controller):
    """Tells of what bundles and flow monitors bring."""

    heard = (
        *(ErrorMsg, BundleControl, FlowMonitorStatsReply),
        *(FlowStatsReply, GroupDescStatsReply),
    )


# --- scripts --------------------------------------------------------------------------------------------------


def script(version: Version, rng: random.Random) -> list[Step]:
    """What which controller says, step by step."""
    choices: list[Make] = [_flow, _flow, _delete, _modify, _monitor, _cancel]
    if version >= V1_3:
        choices += [_group, *[_add] * 8, *[_control] * 8]
    return [(rng.randrange(PLAYERS), [rng.choice(choices)(version, rng)]) for _ in range(STEPS)]


def _match(rng: random.Random) -> Match:
    return rng.choice([Match(in_port=rng.randrange(1, 4)), Match(eth_type=0x800), Match()])


def _flow(version: Version, rng: random.Random) -> Message:
    """On 1.3 some go to a group that may be there."""
    action = Group(rng.randrange(1, 4)) if version >= V1_3 and rng.random() < 0.2 else Output(2)
    return FlowMod(
        _match(rng),
        [ApplyActions([action])],
        cookie=rng.randrange(1000),
        priority=rng.randrange(1, 4),
        table_id=0 if version == V1_0 else rng.randrange(2),
    )


def _delete(version: Version, rng: random.Random) -> Message:
    table_id = 0 if version == V1_0 else TableId.ALL
    command = rng.choice([FlowModCommand.DELETE, FlowModCommand.DELETE_STRICT])
    match = _match(rng) or Match(in_port=1)
    return FlowMod(match, command=command, table_id=table_id, priority=rng.randrange(1, 4))


def _modify(version: Version, rng: random.Random) -> Message:
    actions = [ApplyActions([Output(rng.randrange(1, 4))])]
    return FlowMod(_match(rng), actions, command=FlowModCommand.MODIFY, cookie=5)


def _group(version: Version, rng: random.Random) -> Message:
    return GroupMod(rng.choice(_COMMANDS), group_id=rng.randrange(1, 4))


def _unbundled(version: Version, rng: random.Random) -> Message:
    return rng.choice([BarrierRequest(), FlowStatsRequest(), PortMod(77, 0x0200_0000_0000)])


def _packet(version: Version, rng: random.Random) -> Message:
    return PacketOut(in_port=PortNo.CONTROLLER, actions=[Group(rng.randrange(1, 4))], data=FRAME)


def _add(version: Version, rng: random.Random) -> Message:
    make = rng.choice([_flow, _flow, _flow, _flow, _delete, _modify, _group, _packet, _unbundled])
    message: Any = make(version, rng)
    if rng.random() < 0.1:
        message = replace(message, xid=5)  # which is not that of the message around it
    return BundleAddMessage(rng.randrange(1, 4), rng.choice(FLAGS), message)


def _control(version: Version, rng: random.Random) -> Message:
    steps = (*(0, 0, 0, 0, 2, 4, 4, 4, 4, 6), BundleControlType.OPEN_REPLY)
    return BundleControl(rng.randrange(1, 4), rng.choice(steps), rng.choice(FLAGS))


def _monitor(version: Version, rng: random.Random) -> Message:
    """ONLY_OWN, which is not known before 1.4, is among the flags now and then."""
    flags = rng.randrange(0x40) | (0x40 if rng.random() < 0.1 else 0)
    out_port = rng.choice([2, 0xFFFF_FFFF, 0xFFFF_FFFF])
    match = Match() if version == V1_0 else _match(rng)
    table_id = rng.choice([TableId.ALL, 0])
    monitor = FlowMonitor(rng.randrange(3), out_port, 0xFFFF_FFFF, flags, table_id, match=match)
    return FlowMonitorStatsRequest([monitor])


def _cancel(version: Version, rng: random.Random) -> Message:
    return FlowMonitorCancel(rng.randrange(3))


# --- the play -------------------------------------------------------------------------------------------------


def play(steps: list[Step], servers: list[socket.socket], version: Version) -> list[Any]:
    """What is said to each controller, step by step, and what there is after each."""
    controllers = [Controller(server, version) for server in servers[:PLAYERS]]
    for one in controllers:
        one.hear()
    told: list[Any] = []
    for who, messages in steps:
        controllers[who].say(messages)
        heard = [_told(controllers[who].hear()), _told(controllers[1 - who].hear())]
        told.append([heard, _state(controllers[0], version)])
    for one in controllers:
        one.close()
    return told


def _told(heard: list[Message]) -> list[str]:
    """What both must say alike: changes by one message are told in any order, in any number of messages."""
    updates = [
        one for reply in heard if isinstance(reply, FlowMonitorStatsReply) for one in reply.body
    ]
    others = [one for one in heard if not isinstance(one, FlowMonitorStatsReply)]
    return [*map(_text, others), *sorted(map(_update, updates))]


def _text(message: Message) -> str:
    """What an error says, however it is written.

    Open vSwitch forgets which message its errors about flow monitors are for, and on 1.3 writes them as on 1.0; its
    errors about messages in bundles give the message back with what was around it.
    """
    if isinstance(message, ErrorMsg) and isinstance(message.error, tuple):
        code = message.error[1] if message.error[0] == 0xFFFF else message.data[7] + 1
        if code in _MONITOR_ERRORS:
            return _MONITOR_ERRORS[code]
    if isinstance(message, ErrorMsg) and message.data[8:16] == _ADD:
        message = replace(message, data=message.data[24:])
    text = role_plays.text(message)
    return text if "BundleControl" in text else text[:_LEGIBLE]


def _update(update: object) -> str:
    if not isinstance(update, FlowUpdateFull):
        return repr(update)
    terms = update.table_id, update.priority, update.cookie, update.reason
    return f"{update.event} {update.match} {terms} {list(update.instructions)}"


def _state(controller: Controller, version: Version) -> list[str]:
    """The flow entries and groups that there are."""
    requests: list[Message] = [FlowStatsRequest()]
    if version >= V1_3:
        requests.append(GroupDescStatsRequest())
    controller.say(requests)
    heard: list[Any] = controller.hear()
    return sorted(
        f"{one.match} {one.priority} {one.cookie} {one.instructions}"
        if isinstance(reply, FlowStatsReply)
        else repr(one)
        for reply in heard
        if isinstance(reply, FlowStatsReply | GroupDescStatsReply)
        for one in reply.body
    )


def main(seed: int) -> None:
    """Print what was played, and what both switches said to it."""
    logging.disable()
    found = {}
    with tempfile.TemporaryDirectory() as folder, OpenVSwitch(Path(folder)) as ovs:
        for version in (V1_0, V1_3):
            steps = script(version, random.Random(f"{seed} {version}"))
            found[str(version)] = {
                "script": [f"{who}: {messages}" for who, messages in steps],
                "ovs": role_plays.play_to_ovs(ovs, steps, version, play),
                "ours": role_plays.play_to_ours(steps, version, play),
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
