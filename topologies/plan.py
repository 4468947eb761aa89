"""What the lab will start for a topology: cables and command lines. Pure, so it is tested as text.

Switches and controller live in the namespace `CORE`, hosts each in their own. A host hangs on its
switch by a tap: the switch's end is a descriptor in the switch, the kernel's end is moved into the
host's namespace and is its ``eth0``. Nothing else is as close to a cable that the switch holds in
its hand: the host's large TCP frames reach it whole, and both ends vanish when the switch does.

Between switches there is a veth pair with a ``dev:`` port on either end, as in Mininet. Two taps
would need somebody in the middle to carry frames from one to the other.

Inside `CORE` no name can collide with another lab's, so interfaces are called as in Mininet,
``s1-eth2``, and the controller listens where controllers listen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from console.tls.credentials import Credentials, complaint
from console.tls.options import as_options
from ofswitch.configuration import Address, ConfigurationError, parse_controller
from openflow.versions import USUAL, Version, parse_versions
from topologies.topology import End, Switch, Topology

CONTROLLER_ADDRESS = ("127.0.0.1", 6653)
HERE = Address(*CONTROLLER_ADDRESS)
CONTROLLER = HERE.dialled
HOST_INTERFACE = "eth0"
DEFAULT_CONTROLLER = "learning_switch"
NO_CONTROLLER = "none"


@dataclass(frozen=True, slots=True)
class LabOptions:
    """What a user may choose; None leaves it to the program."""

    controller: str = DEFAULT_CONTROLLER
    """Apps and scripts joined by commas, ``tcp:HOST:PORT`` or ``ssl:...`` for one that runs already, or ``none``."""
    protocols: str | None = None
    datapath: str | None = None
    fail_mode: str | None = None
    tls: Credentials | None = None
    """The switches', for a controller with TLS."""

    @property
    def remote(self) -> Address | None:
        """The address of a controller that is not ours to start; ConfigurationError if it is none."""
        is_address = self.controller.startswith(("tcp:", "ssl:"))
        address = parse_controller(self.controller) if is_address else None
        if wrong := complaint([address.dialled] if address and address.tls else [], self.tls):
            raise ConfigurationError(wrong)
        return address

    @property
    def scripts(self) -> list[str]:
        """The apps and scripts for a controller of ours; ConfigurationError if one has no name."""
        scripts = [name.strip() for name in self.controller.split(",")]
        if not all(scripts):
            wrong = f"{self.controller!r} lacks a name at a comma" if scripts[1:] else "it is empty"
            raise ConfigurationError(f"{wrong}; write apps or scripts, as in learning_switch,a.py")
        return scripts

    @property
    def versions(self) -> frozenset[Version]:
        """The versions that are spoken; ValueError for one that switches cannot."""
        if self.protocols is None:
            return frozenset(USUAL)
        return parse_versions(self.protocols, USUAL)

    @property
    def has_controller(self) -> bool:
        """Whether the switches have a controller at all."""
        return self.controller != NO_CONTROLLER

    @property
    def switch_fail_mode(self) -> str:
        """What switches do without a controller; alone they forward by themselves."""
        return self.fail_mode or ("secure" if self.has_controller else "standalone")


def cables(topology: Topology) -> list[tuple[str, str]]:
    """Return the veth pairs between switches."""
    return [
        (first.interface, second.interface)
        for first, second in topology.links
        if {first.node, second.node} <= topology.switches.keys()
    ]


def controller_command(program: str, ready: Path, options: LabOptions) -> list[str]:
    """Return the command line of the controller, which writes `ready` once it listens."""
    command = [program, "run", *options.scripts, "--listen", CONTROLLER, "--ready", str(ready)]
    command += ["--log-level", "warning"]  # which the user sees between the answers of the lab
    return [*command, *_given({"--protocols": options.protocols})]


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """What the command line of one switch is made from."""

    topology: Topology
    options: LabOptions
    folder: Path
    namespace_of: dict[str, str]
    """The namespace of every host."""

    def control_socket(self, switch: str) -> Path:
        """Return where a switch takes questions."""
        return self.folder / f"{switch}.sock"

    def ready_file(self, switch: str) -> Path:
        """Return the file that a switch writes when its ports are open."""
        return self.folder / f"{switch}.ready"

    def command(self, program: str, switch: Switch) -> list[str]:
        """Return the command line of a switch."""
        name, options = switch.name, self.options
        ports = [self._port(near, far) for near, far in self.topology.ends_of(name)]
        chosen = {
            "--controller": self._controller() if options.has_controller else None,
            "--protocols": options.protocols,
            "--datapath": options.datapath,
            "--fail-mode": options.switch_fail_mode,
            "--control": str(self.control_socket(name)),
            "--ready": str(self.ready_file(name)),
        }
        head = [program, "run", name, "--dpid", f"{switch.dpid:016x}"]
        words = [word for port in ports for word in ("--port", port)]
        return [*head, *words, *_given(chosen), *as_options(options.tls)]

    def _controller(self) -> str:
        """Return where the controller is, or the way to it."""
        remote = self.options.remote
        return replace(HERE, tls=remote.tls).dialled if remote else CONTROLLER

    def _port(self, near: End, far: End) -> str:
        """Return the port specification of one end of a link."""
        host = self.topology.hosts.get(far.node)
        if host is None:
            return f"dev:{near.interface},no={near.port_no}"
        settings = {
            "no": near.port_no,
            "netns": self.namespace_of[host.name],
            "name": HOST_INTERFACE,
            "mac": host.mac_text,
            "ip": host.ip,
        }
        options = ",".join(f"{key}={value}" for key, value in settings.items())
        return f"tap:{near.interface},{options}"


def _given(options: dict[str, str | None]) -> Sequence[str]:
    """Return the options that have a value, as words of a command line."""
    return [word for key, value in options.items() if value is not None for word in (key, value)]
