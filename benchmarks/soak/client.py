"""A controller for one switch, without threads: what it says and asks, and what came unasked."""

from __future__ import annotations

import itertools
import socket
from typing import Any, TypeVar

from openflow import V1_3, EchoReply, EchoRequest, ErrorMsg, Hello, Message, decode, encode
from openflow.framing import split
from openflow.messages.base import MultipartReply
from openflow.messages.flows import FlowRemoved
from openflow.messages.switch import BarrierReply, BarrierRequest

M = TypeVar("M", bound=Message)


class Client:
    """A connection with a switch's listener, OpenFlow 1.3."""

    def __init__(self, host: str, port: int) -> None:
        self.removed: list[FlowRemoved] = []
        self.errors: list[ErrorMsg] = []
        self._socket = socket.create_connection((host, port), 10)
        self._socket.settimeout(60)
        self._buffer = bytearray()
        self._inbox: list[Message] = []
        self._xids = itertools.count(1)
        self.send(Hello())
        self._wait(Hello, None)

    def send(self, *messages: Message) -> None:
        """Say something; nothing is waited for."""
        self._socket.sendall(b"".join(encode(message, V1_3) for message in messages))

    def do(self, *changes: Message) -> None:
        """Carry out changes, to the end. RuntimeError when one is refused."""
        xid = next(self._xids)
        self.send(*changes, BarrierRequest(xid=xid))
        self._wait(BarrierReply, xid)
        if self.errors:
            raise RuntimeError(f"refused: {self.errors[0].error}")

    def ask(self, request: Message) -> list[Any]:
        """Send a multipart request; everything in its replies' bodies."""
        request.xid = next(self._xids)
        self.send(request)
        body: list[Any] = []
        more = True
        while more:
            reply = self._wait(MultipartReply, request.xid)
            found = reply.body  # type: ignore[attr-defined]
            body += found
            more = bool(reply.flags & 1)
        return body

    def poll(self) -> None:
        """Take note of what came unasked, as far as it has come."""
        self._socket.setblocking(False)
        try:
            while data := self._socket.recv(1 << 16):
                self._take(data)
        except BlockingIOError:
            pass
        finally:
            self._socket.settimeout(60)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _wait(self, kind: type[M], xid: int | None) -> M:
        while True:
            for message in self._inbox:
                if isinstance(message, kind) and (xid is None or message.xid == xid):
                    self._inbox.remove(message)
                    return message
            data = self._socket.recv(1 << 16)
            if not data:
                raise RuntimeError("the switch has hung up")
            self._take(data)

    def _take(self, data: bytes) -> None:
        self._buffer += data
        found, consumed = split(self._buffer, 1 << 30)
        messages = list(map(decode, found))
        del self._buffer[:consumed]
        for message in messages:
            match message:
                case EchoRequest():
                    self.send(EchoReply(message.data, xid=message.xid))
                case FlowRemoved():
                    self.removed.append(message)
                case ErrorMsg():
                    self.errors.append(message)
                case _:
                    self._inbox.append(message)
