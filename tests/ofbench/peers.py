"""A controller and a switch to measure, each on a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ofbench.address import Address
from ofbench.native import Bare
from ofbench.vocabulary import bare
from openflow import (
    BarrierReply,
    BarrierRequest,
    EchoReply,
    EchoRequest,
    FeaturesReply,
    FeaturesRequest,
    Message,
    Output,
    PacketIn,
    PacketOut,
    PortNo,
    Version,
)
from openflow.connection import Connection, Negotiated

Answer = Callable[[Message], list[Message]]


@contextmanager
def bare_controller(version: Version) -> Iterator[Address]:
    """The controller that only answers."""
    greeting, answer, buffer_in, buffer_out = bare(version)
    controller = Bare(
        "127.0.0.1:0",
        greeting=greeting,
        answer=answer,
        buffer_in=buffer_in,
        buffer_out=buffer_out,
    )
    host, _, port = controller.address().rpartition(":")
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            controller.run(0.02)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Address(host, int(port))
    finally:
        over.set()
        thread.join()


def like_a_switch(message: Message) -> list[Message]:
    """What a switch says, which keeps no flows and sends up what is sent to the controller."""
    match message:
        case FeaturesRequest():
            return [FeaturesReply(0xABC, xid=message.xid)]
        case BarrierRequest():
            return [BarrierReply(xid=message.xid)]
        case EchoRequest():
            return [EchoReply(message.data, xid=message.xid)]
        case PacketOut():
            to_us = [
                action
                for action in message.actions
                if isinstance(action, Output) and action.port == PortNo.CONTROLLER
            ]
            return [PacketIn(total_len=len(message.data), data=message.data) for _ in to_us]
    return []


@contextmanager
def peer(version: Version, answer: Answer, ask: Message | None = None) -> Iterator[Address]:
    """Whatever answers messages like this, for one connection, and asks something first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, version, answer, ask))
        thread.start()
        try:
            yield Address(*server.getsockname())
        finally:
            socket.create_connection(server.getsockname()).close()  # nobody may have come
            thread.join()


def _serve(server: socket.socket, version: Version, answer: Answer, ask: Message | None) -> None:
    sock, _ = server.accept()
    connection = Connection(frozenset({version}))
    with sock, suppress(ConnectionError):
        while True:
            sock.sendall(connection.take_output())
            data = sock.recv(1 << 16)
            if not data:
                return
            for received in connection.receive(data, 0.0):
                if isinstance(received, Negotiated) and ask is not None:
                    connection.send(ask)
                if isinstance(received, Message):
                    for message in answer(received):
                        connection.send(message)
