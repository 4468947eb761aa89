from collections.abc import Callable
from typing import Any

from openflow.messages import Message
from openflow.packet import Packet as Packet
from openflow.versions import Version

def split(buffer: bytes | bytearray, limit: int) -> tuple[list[bytes], int]: ...

class Engine:
    def __init__(
        self,
        plan: Callable[[int], Any],
        python_encode: Callable[..., bytes],
        python_decode: Callable[..., Message],
        /,
    ) -> None: ...
    def encode(self, message: Message, version: Version, *, xid: int | None = None) -> bytes: ...
    def decode(self, data: bytes, /) -> Message: ...
