"""The parent: it listens, hands connections over, and sees that all workers run."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from controller.address import Address
from controller.settings import Settings
from controller.transport import Listener, bind, stopped_by_signals
from controller.workers.book import Book
from controller.workers.words import SIZE_MAX, Said, Word, decode

STOP_TIMEOUT_S = Settings().shutdown_timeout_s + 3.0
"""How long a worker may take to stop before it is killed: its apps, and then its connections."""
BACKOFF_S = (0.5, 16.0)
"""The first and the longest pause before a worker that has died is started again."""
LIVED_S = 10.0
"""A worker that has lived for so long was well."""

log = logging.getLogger(__name__)


class WorkerError(Exception):
    """The workers cannot start; the first has said why."""


class Worker:
    """One process, started again whenever it ends."""

    def __init__(self, number: int, command: Sequence[str], pool: Pool) -> None:
        self.number = number
        self.connections = 0
        self.ready = asyncio.Event()
        self._command = command
        self._pool = pool
        self._socket: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> int:
        """Run the process to its end; return its status."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._socket, self.connections = ours, 0
        loop = asyncio.get_running_loop()
        with ours:
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    f"--worker={self.number}:{theirs.fileno()}",
                    pass_fds=[theirs.fileno()],
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                    process_group=0,
                )
            loop.add_reader(ours, self._readable)
            try:
                return await self._process.wait()
            finally:
                loop.remove_reader(ours)
                self.ready.clear()
                self._socket = None

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid if self._process else 0

    def give(self, sock: socket.socket, scheme: str) -> bool:
        """Hand a connection over; whether the worker takes it."""
        if self._socket is None or not self.ready.is_set():
            return False
        said = Said(Word.CONNECTION, text=scheme)
        try:
            socket.send_fds(self._socket, [said.encode()], [sock.fileno()])
        except OSError as error:
            log.warning("worker %d takes no connection: %s", self.number, error.strerror)
            return False
        self.connections += 1
        return True

    def tell(self, said: Said) -> None:
        """Say something to it; what it does not take is lost, and the switch tries again."""
        if self._socket is not None:
            try:
                self._socket.send(said.encode())
            except OSError as error:
                log.warning("worker %d does not hear %s: %s", self.number, said.word, error)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _readable(self) -> None:
        while self._socket is not None:
            try:
                data = self._socket.recv(SIZE_MAX)
            except OSError:
                return
            if not data:
                asyncio.get_running_loop().remove_reader(self._socket)
                return
            self._hear(decode(data))

    def _hear(self, said: Said) -> None:
        match said.word:
            case Word.READY:
                self.ready.set()
            case Word.CLOSED:
                self.connections -= 1
            case _:
                self._pool.book.hear(self.number, said)


class Pool:
    """All workers. `command` is what each runs."""

    def __init__(self, commands: Sequence[Sequence[str]]) -> None:
        self.book = Book(lambda number, said: self.workers[number - 1].tell(said))
        self.workers = [Worker(n, command, self) for n, command in enumerate(commands, 1)]
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Start all. The first alone, for what is wrong with the scripts to be said once; raises WorkerError then."""
        for workers in (self.workers[:1], self.workers[1:]):
            first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            for worker in workers:
                self._tasks.append(asyncio.create_task(self._keep(worker, first)))
            every = asyncio.gather(*(worker.ready.wait() for worker in workers))
            waited_for: list[asyncio.Future[Any]] = [every, first]
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if not every.done():
                every.cancel()
                with suppress(asyncio.CancelledError):
                    await every
                raise WorkerError(first.result())

    def give(self, scheme: str, sock: socket.socket) -> None:
        """Hand a connection to the worker that has the fewest."""
        with sock:
            for worker in sorted(self.workers, key=lambda worker: worker.connections):
                if worker.give(sock, scheme):
                    return
            log.warning("a connection is refused: no worker is ready")

    async def stop(self) -> None:
        """Stop all; kill those that take too long."""
        self._stopping = True
        for worker in self.workers:
            worker.signal(signal.SIGTERM)
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=STOP_TIMEOUT_S)
        if late:
            for worker in self.workers:
                worker.signal(signal.SIGKILL)
            await asyncio.wait(late)

    def kill(self) -> None:
        """End all at once."""
        for worker in self.workers:
            worker.signal(signal.SIGKILL)

    def _stopped(self) -> bool:
        return self._stopping

    async def _keep(self, worker: Worker, first: asyncio.Future[str]) -> None:
        pause, longest = BACKOFF_S
        while not self._stopped():
            began = time.monotonic()
            status = await worker.run()
            if self._stopped():
                return
            how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
            text = f"worker {worker.number} (process {worker.pid}) ended with {how}"
            if not first.done():
                first.set_result(text)
            lost = self.book.switches(worker.number)
            self.book.forget(worker.number)
            if time.monotonic() - began > LIVED_S:
                pause = BACKOFF_S[0]
            log.error("%s; %d switches lost it; starting it again in %g s", text, lost, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)


async def serve_with_workers(
    commands: Sequence[Sequence[str]],
    listen: Sequence[Address],
    started: Callable[[list[Address]], None],
) -> None:
    """Accept switches for a worker of each command until Ctrl-C or SIGTERM.

    Raises ListenError, and WorkerError when the workers cannot start.
    """
    sockets = [(where, await bind(where)) for where in listen]
    pool = Pool(commands)
    with stopped_by_signals(pool.kill) as stopped:
        listeners: list[Listener] = []
        try:
            stop = asyncio.create_task(stopped.wait())
            start = asyncio.create_task(pool.start())
            await asyncio.wait([stop, start], return_when=asyncio.FIRST_COMPLETED)
            if start.done():
                start.result()
                listeners = [Listener(bound, partial(pool.give, w.scheme)) for w, bound in sockets]
                bound = [Address(w.host, o.port, w.tls) for (w, _), o in zip(sockets, listeners)]
                for address in bound:
                    log.info("listening at %s with %d workers", address, len(commands))
                started(bound)
                await stop
            start.cancel()
        finally:
            for listener in listeners:
                listener.close()
            await pool.stop()
