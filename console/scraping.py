"""Where Prometheus reads the figures of a program that runs: `GET /metrics`, over HTTP, and nothing else.

One request a connection. Who is slow, or one of too many, is cut off and costs the others nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus

from console.metrics import CONTENT_TYPE, Metric, exposition

PATH = "/metrics"
CLIENTS_MOST = 16
REQUEST_MOST = 1 << 13
PATIENCE_S = 10.0
"""So long a request and its answer may take."""

_END = b"\r\n\r\n"

Collect = Callable[[], Iterable[Metric]]


def respond(request: bytes, collect: Collect) -> bytes:
    """The answer to the head of a request."""
    method, _, rest = request.partition(b" ")
    target = rest.split(b" ", 1)[0].split(b"?", 1)[0].decode("ascii", "replace")
    if method not in (b"GET", b"HEAD"):
        return _response(HTTPStatus.METHOD_NOT_ALLOWED, "only GET\n", "text/plain")
    if target != PATH:
        return _response(HTTPStatus.NOT_FOUND, f"there is {PATH} only\n", "text/plain")
    found = _response(HTTPStatus.OK, exposition(collect()), CONTENT_TYPE)
    return found if method == b"GET" else found[: found.index(_END) + len(_END)]


def _response(status: HTTPStatus, text: str, kind: str) -> bytes:
    body = text.encode("utf-8", "backslashreplace")
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + _END + body


class Scraping:
    """Answers at an address until it is closed."""

    def __init__(self, collect: Collect) -> None:
        self._collect = collect
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def listen(self, host: str, port: int) -> str:
        """Begin; the URL. Raises OSError. Port 0 chooses one."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=REQUEST_MOST)
        port = self._server.sockets[0].getsockname()[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"

    async def close(self) -> None:
        """Listen no longer, and answer nobody."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= CLIENTS_MOST:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # It is gone, too slow, or asks nothing.
        with suppress(OSError, EOFError, asyncio.LimitOverrunError):
            async with asyncio.timeout(PATIENCE_S):
                writer.write(respond(await reader.readuntil(_END), self._collect))
                writer.close()
                await writer.wait_closed()
