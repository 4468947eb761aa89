"""How a controller sends: `send`, in native code where there is some.

The native `SenderBase.send` writes messages to simple cases (the switch is there and reads) straight into the output of
its connection; all else, and everything where there is no native code, goes by `send_with_care`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from openflow import Message, native

__all__ = ["NativeStreams", "PlainSender", "SenderBase"]


class NativeStreams(Protocol):
    """`openflow._codec.Streams`: the connections of all switches."""

    def fileno(self) -> int:
        """The descriptor that is readable while `take` has something."""

    def add(self, fd: int, owner: Any, /) -> Any:
        """Serve a connection, whose `Lane` is returned; what comes is handed out with `owner`."""

    def take(self) -> list[tuple[Any, int, Any]] | None:
        """What comes next."""

    def flush(self) -> None:
        """Send all output."""


class PlainSender:
    """Sends everything with care."""

    def send(self, dpid: int, message: Message) -> int:
        """Send a message to a switch; return its xid, or 0 for a packet-out that was dropped as it reads too slowly.

        Raises NotConnected when no switch has this datapath id, Unsupported or EncodeError, naming the field, for what
        its version of OpenFlow cannot say; then nothing was sent.
        """
        return self.send_with_care(dpid, message)

    def send_with_care(self, dpid: int, message: Message) -> int:
        """Do what `send` does."""
        raise NotImplementedError

    def send_by(self, streams: NativeStreams) -> None:
        """Use native connections (`controller.lanes`) for what is simple."""


if TYPE_CHECKING:
    SenderBase = PlainSender
else:
    SenderBase = native.chosen("SenderBase", PlainSender)
