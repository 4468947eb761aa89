"""Four hosts around a switch. Needs root; leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.processes import run
from ofswitch.ports.namespace import inside, open_namespace

PREFIX = f"ofk{os.getpid() % 10000}"
_RECEIVE_BUFFER, _SO_RCVBUFFORCE = 16 << 20, 33


@dataclass(frozen=True, slots=True)
class Host:
    """A namespace with one interface; `port_no` is the switch's port that it hangs on."""

    port_no: int

    @property
    def name(self) -> str:
        """Its namespace."""
        return f"{PREFIX}-h{self.port_no}"

    @property
    def address(self) -> str:
        """Its IPv4 address."""
        return f"10.79.0.{self.port_no}"

    @property
    def mac(self) -> str:
        """Its hardware address."""
        return f"02:79:00:00:00:{self.port_no:02x}"

    @property
    def spec(self) -> str:
        """The port of the switch: the first two are veth pairs, the others taps."""
        if self.port_no <= 2:
            return f"dev:{PREFIX}v{self.port_no}"
        options = f"netns={self.name},name=eth0,mac={self.mac},ip={self.address}/24"
        return f"tap:{PREFIX}t{self.port_no},{options}"

    def inside(self, *command: str) -> list[str]:
        """The command line that runs a command there."""
        return ["ip", "netns", "exec", self.name, *command]

    def datagram_socket(self, port: int) -> socket.socket:
        """A UDP socket of this host, which never blocks."""

        def make() -> socket.socket:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
            sock.bind((self.address, port))
            sock.setblocking(False)
            return sock

        fd = open_namespace(self.name)
        try:
            return inside(fd, make)
        finally:
            os.close(fd)


HOSTS = tuple(map(Host, range(1, 5)))


@contextlib.contextmanager
def namespaces() -> Iterator[None]:
    """Make the hosts; those on taps get their interface from the switch."""
    with contextlib.ExitStack() as stack:
        for host in HOSTS:
            run("ip", "netns", "add", host.name)
            stack.callback(run, "ip", "netns", "delete", host.name)
            for scope in ("all", "default"):  # IPv6 speaks unasked, and would disturb the accounts
                setting = f"net.ipv6.conf.{scope}.disable_ipv6=1"
                run(*host.inside("sysctl", "-q", "-w", setting))
            run(*host.inside("ip", "link", "set", "lo", "up"))
            if host.port_no <= 2:
                _veth(host)
                stack.callback(run, "ip", "link", "delete", f"{PREFIX}v{host.port_no}")
        yield


def _veth(host: Host) -> None:
    end = f"{PREFIX}v{host.port_no}"
    peer = ["peer", "name", "eth0", "address", host.mac, "netns", host.name]
    run("ip", "link", "add", end, "type", "veth", *peer)
    run("ip", "link", "set", end, "up")
    run(*host.inside("ip", "address", "add", f"{host.address}/24", "dev", "eth0"))
    run(*host.inside("ip", "link", "set", "eth0", "up"))


def introduce() -> None:
    """Tell every host the others' hardware addresses, so that nothing but our datagrams has to be asked for."""
    for host in HOSTS:
        for other in HOSTS:
            if other is not host:
                entry = [other.address, "lladdr", other.mac, "dev", "eth0", "nud", "permanent"]
                run(*host.inside("ip", "neigh", "replace", *entry))
