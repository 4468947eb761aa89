"""A switch that is not there: one end of a connection with just enough behaviour to be talked to.

`FakeSwitch` does no I/O. `attach` connects it in process with a controller whose world is a `ManualShell`, which has a
clock that tests turn.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any

from controller.controller import Controller
from controller.local import End
from controller.settings import Settings
from openflow import (
    V1_3,
    BarrierReply,
    BarrierRequest,
    FeaturesReply,
    FeaturesRequest,
    Message,
    Port,
    PortDescStatsReply,
    PortDescStatsRequest,
    Version,
)
from openflow.connection import Connection, Lost, Malformed, Negotiated, Received


class FakeWaiter:
    """A waiter whose result can be read without a loop."""

    def __init__(self) -> None:
        self.result: Any = None
        self.exception: BaseException | None = None
        self._done = False

    def done(self) -> bool:
        return self._done

    def set_result(self, result: Any, /) -> None:
        self.result, self._done = result, True

    def set_exception(self, exception: BaseException, /) -> None:
        self.exception, self._done = exception, True

    def __await__(self) -> Generator[Any, None, Any]:
        while not self._done:
            yield
        if self.exception is not None:
            raise self.exception
        return self.result


class ManualShell:
    """A world whose clock stands still until a test turns it."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.soon: list[Callable[[], None]] = []
        self.coroutines: list[Coroutine[Any, Any, None]] = []
        self.controller: Controller | None = None

    def now(self) -> float:
        return self.time

    def call_soon(self, fn: Callable[[], None], /) -> None:
        self.soon.append(fn)

    def wake_at(self, deadline: float, /) -> None:
        pass

    def spawn(self, coroutine: Coroutine[Any, Any, None], /) -> None:
        self.coroutines.append(coroutine)

    def waiter(self) -> FakeWaiter:
        return FakeWaiter()

    def run(self) -> None:
        """Do all that can be done without time passing."""
        idle = 0
        while self.soon or (self.coroutines and idle < 3):
            idle = 0 if self.soon else idle + 1
            soon, self.soon = self.soon, []
            for fn in soon:
                fn()
            self.coroutines = [c for c in self.coroutines if not _step(c)]

    def pass_time(self, seconds: float) -> None:
        """Let time pass, stopping wherever the controller has something to do."""
        assert self.controller is not None
        end = self.time + seconds
        self.run()
        while (deadline := self.controller.deadline) is not None and deadline <= end:
            self.time = max(self.time, deadline)
            self.controller.advance()
            self.run()
        self.time = end


def _step(coroutine: Coroutine[Any, Any, None]) -> bool:
    """Run a coroutine to where it waits next; whether it has ended."""
    try:
        coroutine.send(None)
    except StopIteration:
        return True
    return False


def make_controller(settings: Settings | None = None) -> tuple[Controller, ManualShell]:
    """A controller in a world of its own."""
    shell = ManualShell()
    controller = Controller(shell, settings)
    shell.controller = controller
    return controller, shell


class FakeSwitch:
    """Answers what every switch must, keeps what else it is sent in `received`."""

    def __init__(self, dpid: int = 1, version: Version = V1_3, n_ports: int = 2) -> None:
        self.dpid = dpid
        self.version = version
        self.ports = [Port(port_no=n, hw_addr=n, name=f"eth{n}") for n in range(1, n_ports + 1)]
        self.connection = Connection(frozenset({version}))
        self.received: list[Message] = []
        self.malformed: list[bytes] = []
        self.lost: str | None = None
        self.silent = False
        """Answers nothing, not even echo requests."""
        self.answers: dict[type[Message], Callable[[Any], list[Message]]] = {
            FeaturesRequest: self._features,
            PortDescStatsRequest: lambda _: [PortDescStatsReply(body=self.ports)],
            BarrierRequest: lambda _: [BarrierReply()],
        }

    def take(self, data: bytes) -> bytes:
        """Take bytes of the controller; return what to send back."""
        if self.silent:
            return b""
        for item in self.connection.receive(data, 0.0):
            self._take(item)
        return self.connection.take_output()

    def send(self, message: Message) -> bytes:
        """The bytes of a message, with what was queued before."""
        self.connection.send(message)
        return self.connection.take_output()

    def of_type(self, kind: type[Message]) -> list[Any]:
        """What was received of a kind, and not yet asked for."""
        found = [message for message in self.received if type(message) is kind]
        self.received = [message for message in self.received if type(message) is not kind]
        return found

    def _take(self, item: Received) -> None:
        if isinstance(item, Lost):
            self.lost = item.reason
        elif isinstance(item, Message):
            answer = self.answers.get(type(item))
            if answer is None:
                self.received.append(item)
                return
            for reply in answer(item):
                reply.xid = item.xid
                self.connection.send(reply)
        elif isinstance(item, Malformed):
            self.malformed.append(item.data)
        else:
            assert isinstance(item, Negotiated)

    def _features(self, request: FeaturesRequest) -> list[Message]:
        ports = self.ports if self.version < V1_3 else []
        return [FeaturesReply(datapath_id=self.dpid, n_buffers=256, n_tables=1, ports=ports)]


class Cable:
    """Connects a fake switch with a controller in the same process."""

    def __init__(self, controller: Controller, switch: FakeSwitch, peer: str = "local") -> None:
        self.switch = switch
        self.end: End = controller.local_connect(peer)[0]
        self.end.on_readable = self._read
        self.end.write(switch.connection.take_output())

    def send(self, *messages: Message) -> None:
        """Have the switch send messages."""
        for message in messages:
            self.end.write(self.switch.send(message))

    def write(self, data: bytes) -> None:
        """Have the switch send any bytes."""
        self.end.write(data)

    def _read(self) -> None:
        answer = self.switch.take(self.end.read())
        self.end.write(answer)
        if self.end.eof and self.switch.lost is None:
            self.switch.lost = "closed by the controller"


def attach(
    controller: Controller, shell: ManualShell, switch: FakeSwitch, peer: str = "local"
) -> Cable:
    """Connect a switch and let both shake hands."""
    cable = Cable(controller, switch, peer)
    shell.run()
    return cable
