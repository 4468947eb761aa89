"""A member of the network, as the MEMBER_* events show it to apps (`apps.membership` raises them)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemberEvent:
    """A member of a cluster, or a host without an agent, as it is now.

    The event's datapath id is that of the switch behind which it is, 0 when that is not known.
    """

    name: str
    address: str
    """Its IP address."""
    mac: int | None
    """Its Ethernet address; None when it is not known."""
    port_no: int
    """The switch's port behind which it is; 0 when that is not known."""
    state: str
    """`alive`, `suspect`, `failed` or `left`."""
    meta: bytes = b""
    """What it says of itself."""
    incarnation: int = 0
    """It grows whenever the member refutes a suspicion or changes."""
    passive: bool = False
    """Whether it is a host without an agent, which is probed by ARP, ND or echo requests."""
    other: str = ""
    """On a conflict: the address from which its name is claimed."""
