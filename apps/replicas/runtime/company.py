"""Who is missing, and who does not belong: what the log says of it, so that a wrong option is found."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from controller import Controller
from controller.counters import worth_logging
from controller.settings import Cluster

LOOK_S = 5.0

STRANGERS = {
    "wrong_label": "another cluster",
    "not_decryptable": "a replica with another --key, or none",
}
"""What SWIM counts of those that are not understood, and who they are."""

log = logging.getLogger("replicas")


class Company:
    """Looks, now and then, at the names of the other living replicas and at what SWIM counts."""

    def __init__(
        self,
        ctrl: Controller,
        cluster: Cluster,
        others: Callable[[], Iterable[str]],
        counters: Mapping[str, int],
    ) -> None:
        self._ctrl = ctrl
        self._cluster = cluster
        self._others = others
        self._counters = counters
        self._seen: Counter[str] = Counter()
        self._looks: Counter[str] = Counter()

    def begin(self) -> None:
        """Look, and look again."""
        self._ctrl.post_callback(LOOK_S, self._look)

    def _look(self) -> None:
        if self._cluster.join and not any(self._others()):
            self._say("alone", "no other replica answers at %s; we go on trying", self._where)
        for name, who in STRANGERS.items():
            count = self._counters.get(name, 0)
            if count > self._seen[name]:
                text = "somebody talks to us whom we do not understand (%d times): from %s"
                self._say(name, text, count, who)
                self._seen[name] = count
        self.begin()

    @property
    def _where(self) -> str:
        return ", ".join(self._cluster.join)

    def _say(self, what: str, text: str, *args: object) -> None:
        self._looks[what] += 1
        if worth_logging(self._looks[what]):
            log.warning(text, *args)
