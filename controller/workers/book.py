"""Who has which datapath id, and who waits for one: what the parent keeps, without I/O."""

from __future__ import annotations

from collections.abc import Callable

from controller.workers.words import Said, Word

Tell = Callable[[int, Said], None]
"""Takes a worker's number and what to say to it."""


class Book:
    """Datapath ids by worker. One that has died is forgotten with `forget`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._holders: dict[int, int] = {}
        self._waiting: dict[int, int] = {}
        """Who wants an id whose holder is being asked whether its switch lives."""

    def switches(self, worker: int) -> int:
        """How many datapath ids a worker has."""
        return sum(holder == worker for holder in self._holders.values())

    def hear(self, worker: int, said: Said) -> None:
        """Take what a worker says about a datapath id."""
        match said.word:
            case Word.CLAIM:
                self._claim(worker, said)
            case Word.RELEASE if self._holders.get(said.dpid) == worker:
                del self._holders[said.dpid]
            case Word.ALIVE if said.dpid in self._waiting:
                text = f"datapath id {said.dpid:016x} is connected already, and alive"
                self._tell(self._waiting.pop(said.dpid), Said(Word.REFUSED, said.dpid, text))
            case Word.DEAD if said.dpid in self._waiting:
                self._grant(self._waiting.pop(said.dpid), said.dpid)
            case _:
                pass

    def forget(self, worker: int) -> None:
        """A worker has died, and with it its connections."""
        self._waiting = {dpid: who for dpid, who in self._waiting.items() if who != worker}
        for dpid in [dpid for dpid, holder in self._holders.items() if holder == worker]:
            del self._holders[dpid]
            if dpid in self._waiting:
                self._grant(self._waiting.pop(dpid), dpid)

    def _claim(self, worker: int, said: Said) -> None:
        holder = self._holders.get(said.dpid, worker)
        if holder == worker:
            self._grant(worker, said.dpid)
        elif said.dpid in self._waiting:
            text = f"datapath id {said.dpid:016x} is shown by several connections"
            self._tell(worker, Said(Word.REFUSED, said.dpid, text))
        else:
            self._waiting[said.dpid] = worker
            self._tell(holder, Said(Word.PROBE, said.dpid, said.text))

    def _grant(self, worker: int, dpid: int) -> None:
        self._holders[dpid] = worker
        self._tell(worker, Said(Word.GRANTED, dpid))
