"""How `ofswitch show` and its like talk to a running switch: one JSON line asks, one JSON line answers.

    {"command": "delete_port", "arguments": {"port": "s1-eth2"}}
    {"result": {"port_no": 2, "name": "s1-eth2"}}      or      {"error": "there is no port s1-eth2"}

The lines go over a UNIX socket that only the switch's owner may open. This module makes and reads the lines;
`ofswitch.runtime` listens, `ofswitch.cli` asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

REQUEST_MOST = 1 << 16
"""Bytes of a request line; a longer one is refused."""

Commands = Mapping[str, Callable[..., Any]]


class ControlError(Exception):
    """The switch refused a request, or cannot be asked; the text is for the user."""


def encode_request(command: str, arguments: Mapping[str, Any]) -> bytes:
    """The line that asks."""
    return _line({"command": command, "arguments": dict(arguments)})


def decode_reply(line: bytes) -> Any:
    """The result that a line carries. Raises ControlError with the switch's words if it is an error."""
    try:
        reply = json.loads(line)
    except ValueError:
        raise ControlError("the switch ended before it answered") from None
    if not isinstance(reply, dict) or not reply.keys() & {"result", "error"}:
        raise ControlError("what answers at this socket is no switch")
    if "error" in reply:
        raise ControlError(str(reply["error"]))
    return reply["result"]


def answer(line: bytes, commands: Commands) -> bytes:
    """Carry out what a line asks for; the line that answers. What the line says never raises."""
    try:
        name, arguments = _read(line)
        command = commands.get(name)
        if command is None:
            raise ControlError(f"there is no command {name!r}; there are {', '.join(commands)}")
        _check_arguments(command, arguments)
        return _line({"result": command(**arguments)})
    except ControlError as error:
        return encode_error(str(error))


def encode_error(text: str) -> bytes:
    """The line that refuses."""
    return _line({"error": text})


def _read(line: bytes) -> tuple[str, dict[str, Any]]:
    """What a line asks for: the name of a command, and its arguments."""
    try:
        request = json.loads(line)
    except ValueError:
        request = None
    if isinstance(request, dict):
        name, arguments = request.get("command"), request.get("arguments", {})
        if isinstance(name, str) and isinstance(arguments, dict):
            return name, arguments
    raise ControlError("a request is a JSON object with a command and its arguments")


def _check_arguments(command: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Every argument of a command is text, and has the name of a parameter."""
    parameters = command.__annotations__.keys() - {"return"}
    if arguments.keys() != parameters or not all(isinstance(v, str) for v in arguments.values()):
        wanted = ", ".join(sorted(parameters)) or "none"
        raise ControlError(f"the arguments of this command are texts: {wanted}")


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
