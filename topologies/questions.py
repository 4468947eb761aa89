"""What one can ask a switch of a network, and how its answer looks to people.

The questions are the commands of a switch's control socket (`console.control`), the texts those
that ``ofswitch show`` and its like print.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from console.control import ControlError, decode_reply, encode_request
from console.failure import reason_of
from ofswitch import report
from ofswitch.trace import story
from openflow import V1_0
from topologies.network import LabError, Network

START_TIMEOUT_S = 20.0
FIRST_FLOW_TIMEOUT_S = 0.5
_LOOK_EVERY_S = 0.01
_LONGEST_ANSWER = 1 << 26


class Question(NamedTuple):
    """The arguments that always go with a command, and what makes text of the answer."""

    arguments: Mapping[str, str]
    format: Callable[[Any], str]


QUESTIONS = {
    "show": Question({}, report.switch),
    "flows": Question({"which": ""}, "\n".join),
    "ports": Question({}, report.ports),
    "drops": Question({}, report.drops),
    "trace": Question({}, story.plain),
}


async def wait_for_controller(network: Network, check: Callable[[], None] = lambda: None) -> None:
    """Wait until every switch has its controller, and then a moment for the first flow of each.

    Since OpenFlow 1.3 a switch drops everything until the controller has installed a table-miss
    entry, so hosts that speak earlier lose a second. A controller that installs none is not waited
    for. `check` may raise when waiting has become pointless.
    """
    late = await _names_when(network, _is_connected, check, START_TIMEOUT_S)
    if late:
        reasons = [await _reason(network, name) for name in late]
        why = "".join(f": {reason}" for reason in dict.fromkeys(filter(None, reasons)))
        raise LabError(f"{' '.join(late)}: no controller in {START_TIMEOUT_S:.0f} s{why}")
    await _names_when(network, _is_programmed, check, FIRST_FLOW_TIMEOUT_S)


async def _names_when(
    network: Network,
    condition: Callable[[Network, str], Awaitable[bool]],
    check: Callable[[], None],
    timeout_s: float,
) -> list[str]:
    """Wait until all switches fulfil a condition; return the names of those that do not in time."""
    names = list(network.topology.switches)
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while names := [name for name in names if not await condition(network, name)]:
                check()
                await asyncio.sleep(_LOOK_EVERY_S)
    return names


async def _is_connected(network: Network, switch: str) -> bool:
    """Whether a switch and a controller have agreed on a version."""
    return bool(_versions(await network.ask(switch, "show")))


async def _reason(network: Network, switch: str) -> str:
    """Why a switch is not connected, as far as it knows."""
    controllers = (await network.ask(switch, "show"))["controllers"]
    return ", ".join(one["reason"] for one in controllers)


async def _is_programmed(network: Network, switch: str) -> bool:
    """Whether a switch has a flow, or none of its controllers needs one to hear of packets."""
    versions = _versions(await network.ask(switch, "show"))
    return versions == {V1_0.text} or bool(await network.ask(switch, "flows"))


def _versions(answer: Mapping[str, Any]) -> set[str]:
    """Return the versions of the sessions in an answer to ``show``."""
    return {session["version"] for session in answer["sessions"] if session["version"]}


async def ask_at(socket: Path, question: str, arguments: Mapping[str, str]) -> Any:
    """Ask the switch that listens at a control socket; `LabError` if it cannot be asked."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket, limit=_LONGEST_ANSWER)
        try:
            writer.write(encode_request(question, {**QUESTIONS[question].arguments, **arguments}))
            return decode_reply(await reader.readline(), "switch")
        finally:
            writer.close()
    except ControlError as error:
        raise LabError(f"{socket.stem}: {error}") from None
    except OSError as error:
        raise LabError(f"{socket.stem} does not answer: {reason_of(error)}") from None
