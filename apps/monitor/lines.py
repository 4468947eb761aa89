"""A line for each thing that happens: words, or an object of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from apps.membership import Membership
from apps.monitor.words import clean, metadata, milliseconds, place
from controller import Controller, MemberEvent


class Lines:
    """Words, for people."""

    def __init__(
        self, ctrl: Controller, membership: Membership, write: Callable[[str], object]
    ) -> None:
        self._ctrl = ctrl
        self._membership = membership
        self._write = write
        self._begin = ctrl.now()

    def report(self, what: str, dpid: int, member: MemberEvent) -> None:
        """This has happened to a member."""
        words = [
            f"{self._after_s():9.3f}",
            f"{what:8}",
            f"{clean(member.name):16}",
            f"{member.address:15}",
            place(dpid, member.port_no),
            milliseconds(self._rtt_s(member)),
            metadata(member.meta),
            f"also claimed by {member.other}" if member.other else "",
        ]
        self._write("  ".join(word for word in words if word).rstrip())

    def _after_s(self) -> float:
        return self._ctrl.now() - self._begin

    def _rtt_s(self, member: MemberEvent) -> float | None:
        seen = self._membership.member(member.name)
        return None if seen is None else seen.rtt_s


class Objects(Lines):
    """JSON, for programs."""

    def report(self, what: str, dpid: int, member: MemberEvent) -> None:
        """This has happened to a member."""
        told = {
            "event": what,
            "time": round(self._after_s(), 6),
            "name": member.name,
            "address": member.address,
            "dpid": f"{dpid:016x}",
            "port": member.port_no,
            "mac": None if member.mac is None else f"{member.mac:012x}",
            "state": member.state,
            "rtt_s": self._rtt_s(member),
            "incarnation": member.incarnation,
            "passive": member.passive,
            "meta": metadata(member.meta),
            "other": member.other,
        }
        self._write(json.dumps(told))
