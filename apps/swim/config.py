"""How a member behaves: every time, every number, and every bound. All times are in seconds.

The presets LAN, WAN and LOCAL have memberlist's own times wherever others can tell: how often one probes and gossips,
and how long a suspect has, so that a cluster of both is of one mind. Only our patience is shorter: memberlist asks
others after half the interval and suspects at its end, so that a crash is first suspected 2 intervals after it, in the
mean; we suspect after two fifths of it, which makes it 1.4. Who is suspected a little earlier has as long to say that
it lives as ever, and a ping that is not answered is repeated meanwhile, so that a lost datagram accuses nobody.

FAST is for a handful of members on one network: a crash is known in about a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from apps.swim.messages import META_MOST
from apps.swim.packet import BUDGET, Envelope

SERF, BARE = bytes([1, 5, 5, 2, 5, 4]), bytes([1, 5, 5, 0, 0, 0])
"""Versions of the protocol and of the delegate above it: the least and the most understood, and the one spoken.

Those of a Serf agent, and those of memberlist with no delegate above it. The two would not have each other, either.
"""


_VERDICT, _ASKED = 0.4, 1.9
"""The part of the probe interval after which somebody is suspected; the probe time-outs after which nacks are there."""


@dataclass(frozen=True, slots=True)
class Config:
    """The same for all members of a cluster, as far as it goes over the wire."""

    probe_interval_s: float = 1.0
    """One member is probed in each; it grows with bad local health."""
    probe_timeout_s: float = 0.2
    """So long an answer may take before others are asked to try."""
    verdict_s: float | None = None
    """So long after the ping who has not answered is suspected, by way of others neither.

    None: two fifths of the probe interval, or as long as others have to ask, whichever is later. It grows with bad
    local health, as the interval does.
    """
    indirect_checks: int = 3
    """So many others are asked."""
    tcp_pings: bool = True
    """Whether a member that does not answer datagrams is also tried by a stream."""

    suspicion_mult: int = 4
    """A suspect has at least so many probe intervals, times the decimal logarithm of the members."""
    suspicion_max_mult: int = 6
    """And at most so many times that, while nobody else confirms."""
    awareness_max: int = 8
    """The probe interval grows at most by this factor."""
    leniency: int = 20
    """Who has lately been suspected in vain is asked a second time, and suspected so many times later; 1: as others."""

    gossip_interval_s: float = 0.2
    gossip_nodes: int = 3
    """So many members get what is new, in each interval."""
    retransmit_mult: int = 4
    """A rumour is sent so many times the decimal logarithm of the members."""
    gossip_to_dead_s: float = 30.0
    """The dead are gossiped to for so long: they may be cut off, and then they want to know."""

    push_pull_interval_s: float = 30.0
    """Between exchanges of everything with one member; it grows with the members beyond 32."""
    push_pull_most: int = 256
    """So many members' states are exchanged at a time, what is newest first; when joining and to reconnect, all.

    So the load of a member stays the same whatever the size of the cluster. Peers take any number.
    """
    reconnect_interval_s: float = 30.0
    """Between attempts to reach a failed member again."""
    stream_timeout_s: float = 10.0
    reclaim_s: float = 0.0
    """A name that has been dead for so long may come back at another address; 0: only one that has left."""
    forget_s: float = 86_400.0
    """The dead are remembered for so long."""

    envelope: Envelope = field(default_factory=Envelope)
    """Label and keys."""
    budget: int = BUDGET
    """Bytes of a datagram."""
    versions: bytes = SERF
    """What peers must agree with, to exchange everything."""

    members_most: int = 65_536
    rumours_most: int = 1024
    """Of applications; of each member there is at most one."""
    relays_most: int = 1024
    """Probes on behalf of others at a time."""
    streams_most: int = 128
    """Exchanges that others began, at a time."""
    streams_hold_most: int = 64 << 20
    """Bytes that all exchanges together hold, of theirs and ours; half of them are for all in equal shares."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the name of the field."""
        for name in (
            "probe_interval_s",
            "probe_timeout_s",
            "gossip_interval_s",
            "stream_timeout_s",
        ):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be more than 0, not {getattr(self, name)}")
        if self.probe_timeout_s >= self.probe_interval_s:
            raise ValueError("probe_timeout_s must be less than probe_interval_s")
        if self.verdict_s is not None and not self.probe_timeout_s < self.verdict_s:
            raise ValueError("verdict_s must be more than probe_timeout_s")
        if self.leniency < 1:
            raise ValueError(f"leniency must be 1 at least, not {self.leniency}")
        if len(self.versions) != 6:
            raise ValueError("versions are six bytes")
        if self.budget < 512 + META_MOST + self.envelope.overhead:
            raise ValueError(f"a budget of {self.budget} bytes does not hold a member's metadata")

    @property
    def patience_s(self) -> float:
        """What `verdict_s` stands for."""
        if self.verdict_s is not None:
            return self.verdict_s
        return max(_VERDICT * self.probe_interval_s, _ASKED * self.probe_timeout_s)


LAN = Config()
WAN = replace(
    LAN,
    stream_timeout_s=30.0,
    suspicion_mult=6,
    push_pull_interval_s=60.0,
    probe_timeout_s=1.25,
    probe_interval_s=5.0,
    gossip_nodes=4,
    gossip_interval_s=0.5,
    gossip_to_dead_s=60.0,
)
LOCAL = replace(
    LAN,
    stream_timeout_s=1.0,
    indirect_checks=1,
    suspicion_mult=3,
    push_pull_interval_s=15.0,
    gossip_interval_s=0.1,
    gossip_to_dead_s=15.0,
)
FAST = replace(
    LAN,
    stream_timeout_s=1.0,
    probe_interval_s=0.2,
    probe_timeout_s=0.06,
    suspicion_mult=3,
    suspicion_max_mult=3,
    leniency=4,
    gossip_interval_s=0.05,
    push_pull_interval_s=5.0,
    reconnect_interval_s=1.0,
)
PRESETS = {"lan": LAN, "wan": WAN, "local": LOCAL, "fast": FAST}
