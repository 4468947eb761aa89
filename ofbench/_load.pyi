from collections.abc import Callable
from typing import TypedDict

# What has happened to a load since somebody looked. `responses`: packet-ins that were answered, of each switch;
# `in_flight`: packet-ins whose responses are waited for now; `times`: nanoseconds from a packet-in to its
# response, and how often (not all packet-ins are timed); `polled`: seconds spent polling with nothing there.
class Counts(TypedDict):
    seconds: float
    responses: list[int]
    sent: int
    in_flight: int
    flow_mods: int
    packet_outs: int
    errors: int
    times: list[tuple[int, int]]
    polled: float

# Fake switches that are connected to a controller at `address` (an IP address and a port).
#
# `answers`: type of a request, first 16 bits of its body (None: any others), answer, where in it the datapath id goes;
# an answer of one byte is the type of one that repeats the request. `places`: where in `packet_in` are buffer, lower
# half of the port, destination and source address; its frame's last eight bytes are the load's.
#
# `told` is called now and then with how many are connected, and whether nobody listens; `timeout`: for each few.
#
# Raises OSError where nobody listens, ConnectionError when the controller refuses, TimeoutError when it is silent.
class Load:
    def __init__(
        self,
        address: str,
        *,
        version: int,
        hello: bytes,
        answers: list[tuple[int, int | None, bytes, int | None]],
        packet_in: bytes,
        places: tuple[int | None, int, int, int],
        flow_mod_buffer: int,
        switches: int,
        hosts: int,
        ports: int,
        in_flight: int,
        timeout: float,
        told: Callable[[int, bool], object],
    ) -> None: ...
    # Answers the controller for so long, and sends nothing unasked.
    def settle(self, seconds: float) -> None: ...
    # Loads the controller for so long, going on where the call before ended; `busy`: without ever sleeping.
    def run(self, seconds: float, busy: bool = False) -> None: ...
    # What has happened since this was last called.
    def take(self) -> Counts: ...

# A controller at `address` that answers every packet-in and does nothing else. `buffer_in`, `buffer_out`: where the
# buffer is in a packet-in and in `answer`.
class Bare:
    def __init__(
        self, address: str, *, greeting: bytes, answer: bytes, buffer_in: int, buffer_out: int
    ) -> None: ...
    # The address that it listens at, an IP address and a port.
    def address(self) -> str: ...
    # Serves for so long.
    def run(self, seconds: float) -> None: ...

# The controller's end of a connection to a switch, after the handshake. The descriptor stays the caller's.
class Stream:
    def __init__(self, fd: int) -> None: ...
    # Sends a message for each number from `first`, `times` of them, then `end`. The number is written at `places`, each
    # with its width in bytes. Returns when `count` messages of type `kind` have come, or nothing has for `patience`
    # seconds: seconds until the last one came, messages that came by type, the first error as text.
    def pour(
        self,
        message: bytes,
        places: list[tuple[int, int]],
        *,
        first: int,
        times: int,
        end: bytes,
        kind: int,
        count: int,
        patience: float,
    ) -> tuple[float, dict[int, int], str | None]: ...
    # Sends a message `times` times, each when the one before was answered by type `kind`: nanoseconds, how often.
    def ping(
        self, message: bytes, places: list[tuple[int, int]], kind: int, times: int, patience: float
    ) -> list[tuple[int, int]]: ...
