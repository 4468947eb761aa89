"""What ovs-ofctl sends: it connects to a socket of ours as it would to a switch, and we keep its messages."""

from __future__ import annotations

import select
import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from openflow import Message, Version, decode

_HEADER = struct.Struct(">BBHI")
_HELLO, _ECHO_REQUEST, _ECHO_REPLY = 0, 2, 3
_BARRIER_REQUEST_1_0, _BARRIER_REQUEST = 18, 20
_TIMEOUT_S = 10.0


def sent(
    folder: Path, version: Version, command: str, *arguments: str, options: Sequence[str] = ()
) -> list[bytes]:
    """The messages that a command sends to a switch that speaks `version`, without hellos and barriers."""
    messages, complaint = _run(folder, version, [*options, command], arguments, None)
    assert not complaint, complaint
    return messages


def asked(
    folder: Path,
    version: Version,
    command: str,
    *arguments: str,
    options: Sequence[str] = (),
    after: type[Message] | None = None,
) -> bytes:
    """The first message of a command that wants an answer, which it does not get; the second after one of `after`."""
    wanted = 2 if after else 1
    messages, complaint = _run(folder, version, [*options, command], arguments, wanted)
    assert len(messages) == wanted, complaint
    assert after is None or isinstance(decode(messages[0]), after)
    return messages[-1]


def _run(
    folder: Path,
    version: Version,
    command: Sequence[str],
    arguments: Sequence[str],
    wanted: int | None,
) -> tuple[list[bytes], str]:
    """What a command sends, and what it complains of if it fails."""
    path = folder / "switch"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)
        line = ["ovs-ofctl", "--no-names", "-O", version.text, *command, f"unix:{path}"]
        with subprocess.Popen([*line, *arguments], stderr=subprocess.PIPE, text=True) as process:
            messages = _serve(listener, version, process, wanted)
            _, complaint = process.communicate(timeout=_TIMEOUT_S)
        path.unlink()
    return messages, complaint if process.returncode else ""


def _serve(
    listener: socket.socket, version: Version, client: subprocess.Popen[str], wanted: int | None
) -> list[bytes]:
    """Answer like a switch that agrees with everything until the other side goes, or never comes.

    Or, with a number of messages that are wanted, until there are so many: the last one wants an answer.
    """
    barrier = _BARRIER_REQUEST_1_0 if version == Version.V1_0 else _BARRIER_REQUEST
    replies = {_ECHO_REQUEST: _ECHO_REPLY, barrier: barrier + 1}
    messages: list[bytes] = []
    while not select.select([listener], [], [], 0.1)[0]:
        if client.poll() is not None:
            return messages
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as stream:
        connection.settimeout(_TIMEOUT_S)
        connection.sendall(_HEADER.pack(version, _HELLO, 8, 1))
        while len(head := stream.read(8)) == 8:
            _, type_, length, xid = _HEADER.unpack(head)
            body = stream.read(length - 8)
            if type_ in replies:
                connection.sendall(_HEADER.pack(version, replies[type_], 8, xid))
            elif type_ != _HELLO:
                messages.append(head + body)
                if len(messages) == wanted:
                    break
    return messages


def printed(folder: Path, message: bytes) -> str:
    """What `ovs-ofctl ofp-parse` says of a message."""
    path = folder / "message"
    path.write_bytes(message)
    command = ["ovs-ofctl", "-vANY:console:off", "ofp-parse", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
