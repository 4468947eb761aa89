"""What can be set about a controller."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.tls.credentials import Credentials
from openflow import CONTROLLER_NO_BUFFER, Version
from openflow.versions import SUPPORTED


@dataclass(frozen=True, slots=True)
class Cluster:
    """The replicas that a controller is one of (`apps.replicas`)."""

    name: str
    replica: str
    """Our name; each replica has another, and keeps it."""
    bind: str = "0.0.0.0:7946"
    """Where the others reach us."""
    join: tuple[str, ...] = ()
    """Where some of the others are."""
    preset: str = "fast"
    """How fast a crash is noticed (`apps.swim.config.PRESETS`)."""
    key: str = field(default="", repr=False)
    """Encrypts what the replicas tell each other: 16, 24 or 32 bytes in base64; none if empty."""
    coordinator: str = ""
    """`etcd://HOST:PORT,...` decides about mastership; the replicas themselves, if empty."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are seconds, sizes bytes."""

    versions: frozenset[Version] = frozenset(SUPPORTED)
    """Which versions of OpenFlow may be agreed on; the highest that the switch has, too, is spoken."""
    miss_send_len: int = CONTROLLER_NO_BUFFER
    """How much of a missed frame a switch sends up; whole frames, so that apps need no buffers."""
    handshake_timeout_s: float = 10.0
    """From the connection to the end of the handshake; also what each of its requests may take."""
    probe_after_s: float = 15.0
    """Silence after which a switch is probed; it has missed three probes when it is given up."""
    duplicate_timeout_s: float = 2.0
    """How long a switch has to show that it lives when another connects with its datapath id."""
    high_water: int = 1 << 20
    """Unread output above which packet-outs to a switch are dropped."""
    output_limit: int = 16 << 20
    """Unread output above which the connection is closed."""
    blocked_after_s: float = 0.25
    """A callback that runs longer is reported as blocking; 0 for never."""
    shutdown_timeout_s: float = 3.0
    """What async callbacks of SHUTDOWN may take, all together, before the connections are closed."""
    max_connections: int = 4096
    """Connections of switches at once; more are refused."""
    max_ports: int = 65536
    """Ports that are kept of one switch."""
    cluster: Cluster | None = None
    tls: Credentials | None = None
    """For addresses that begin with `ssl:`."""
