"""A controller that becomes master once and then writes and writes, whatever happens to it: a program of its own.

    python -m tests.ofswitch.system.masters COOKIE GENERATION_ID

It says the port that it listens at. Once a write is refused it asks for its role again, says what it was told of both,
and ends.
"""

from __future__ import annotations

import socket
import sys
from itertools import count

from openflow import (
    V1_3,
    BarrierRequest,
    ControllerRole,
    ErrorMsg,
    Match,
    Message,
    RoleRequest,
)
from openflow.connection import Connection, Received
from openflow.requests import Answer
from tests.kernel.waiting import TIMEOUT_S
from tests.ofswitch.agent.world import forward

AT_ONCE = 20
PORTS = 1000
"""So many different entries it writes, one for each port, before it begins anew."""


class Master:
    """The connection with a switch that came to a listener, from its hello on."""

    def __init__(self, server: socket.socket) -> None:
        server.settimeout(TIMEOUT_S)
        self._stream, _ = server.accept()
        self._stream.settimeout(TIMEOUT_S)
        self._connection = Connection(frozenset({V1_3}))
        self._flush()
        while not self._hear():
            pass

    def become(self, generation_id: int) -> ErrorMsg | None:
        """Ask to be master; the error if that is refused."""
        return self.say(RoleRequest(ControllerRole.MASTER, generation_id))

    def say(self, *messages: Message) -> ErrorMsg | None:
        """Send messages and hear all that comes up to a barrier's reply; the first error."""
        for message in messages:
            self._connection.send(message)
        self._connection.request(BarrierRequest())
        self._flush()
        heard: list[Received] = []
        while not any(isinstance(one, Answer) for one in heard):
            heard += self._hear()
        return next((one for one in heard if isinstance(one, ErrorMsg)), None)

    def close(self) -> None:
        """Hang up."""
        self._stream.close()

    def _hear(self) -> list[Received]:
        data = self._stream.recv(1 << 16)
        if not data:
            raise ConnectionError("the switch is gone")
        heard = self._connection.receive(data, 0.0)
        self._flush()
        return heard

    def _flush(self) -> None:
        self._stream.sendall(self._connection.take_output())


def insist(master: Master, cookie: int, generation_id: int) -> tuple[ErrorMsg, ErrorMsg | None]:
    """Write until that is refused, and ask to be master again; what both were answered with."""
    for turn in count():
        numbers = range(turn * AT_ONCE, (turn + 1) * AT_ONCE)
        entries = [forward(2, Match(in_port=1 + n % PORTS), cookie=cookie) for n in numbers]
        refused = master.say(*entries)
        if refused is not None:
            return refused, master.become(generation_id)
    raise AssertionError("count() has no end")


def main(cookie: int, generation_id: int) -> None:
    """Be a master that does not let go."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        master = Master(server)
    if master.become(generation_id) is not None:
        raise SystemExit("refused from the beginning")
    for error in insist(master, cookie, generation_id):
        print(error and error.error, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
