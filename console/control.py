"""How a command talks to a program that runs: one JSON line asks, one JSON line answers.

    {"command": "delete_port", "arguments": {"port": "s1-eth2"}}
    {"result": {"port_no": 2, "name": "s1-eth2"}}      or      {"error": "there is no port s1-eth2"}

The lines go over a UNIX socket that only the program's owner may open (`console.sockets`): `console.asking` writes to
it, and `console.answering` reads. A command is a function; the annotations of its parameters, `str` or `list[str]`, say
what it may be asked with. What goes on happening is told by a line of null and then one for each time, until either
side closes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from console.failure import Failure

REQUEST_MOST = 1 << 16
"""Bytes of a request line; a longer one is refused."""

Commands = Mapping[str, Callable[..., Any]]


class ControlError(Failure):
    """The program refused a request, or cannot be asked."""


def encode_request(command: str, arguments: Mapping[str, Any]) -> bytes:
    """The line that asks."""
    return _line({"command": command, "arguments": dict(arguments)})


def decode_request(line: bytes, commands: Commands) -> Callable[[], Any]:
    """What a line asks for, ready to be called. Raises ControlError."""
    try:
        request = json.loads(line)
    except ValueError:
        request = None
    name = request.get("command") if isinstance(request, dict) else None
    arguments = request.get("arguments", {}) if isinstance(request, dict) else None
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise ControlError("a request is a JSON object with a command and its arguments")
    command = commands.get(name)
    if command is None:
        raise ControlError(f"there is no command {name!r}; there are {', '.join(commands)}")
    _check_arguments(command, arguments)
    return lambda: command(**arguments)


def encode_result(result: object) -> bytes:
    """The line that answers."""
    return _line({"result": result})


def encode_error(text: str) -> bytes:
    """The line that refuses."""
    return _line({"error": text})


def decode_reply(line: bytes, program: str) -> Any:
    """The result that a line of a `program` carries. Raises ControlError with its words if it is an error."""
    try:
        reply = json.loads(line)
    except ValueError:
        raise ControlError(f"the {program} ended before it answered") from None
    if not isinstance(reply, dict) or not reply.keys() & {"result", "error"}:
        raise ControlError(f"what answers at this socket is no {program}")
    if "error" in reply:
        raise ControlError(str(reply["error"]))
    return reply["result"]


_TYPES: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "list[str]": lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value),
}


def _check_arguments(command: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Every argument has the name of a parameter, and its type."""
    wanted = {name: str(kind) for name, kind in command.__annotations__.items() if name != "return"}
    if arguments.keys() != wanted.keys() or not all(
        _TYPES[kind](arguments[name]) for name, kind in wanted.items()
    ):
        words = ", ".join(f"{name} ({kind})" for name, kind in wanted.items()) or "none"
        raise ControlError(f"the arguments of this command are: {words}")


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode() + b"\n"
