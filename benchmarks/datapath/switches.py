"""What may stand between the hosts: how each contender is started, and how it is told its rules.

Ours in several guises, the bare loops and the bridge that it is measured by, and Open vSwitch.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.datapath import traffic
from benchmarks.datapath.rules import SINK
from benchmarks.network import HOSTS, PORTS, PREFIX, SWITCH, configure, hosts, inside, move_in
from benchmarks.processes import process, run

_PORT = 6653
"""Nobody else listens in the switch's namespace."""


@dataclass(frozen=True, slots=True)
class Running:
    """A switch at work. What takes no rules has no `target`."""

    pid: int | None = None
    """Its process; the bridge has none."""
    target: str = ""
    """Where ovs-ofctl reaches it."""

    def program(self, rules: Path) -> None:
        """Replace all its rules by those of a file."""
        ofctl = inside(SWITCH, "ovs-ofctl", "-O", "OpenFlow13")
        run(*ofctl, "del-flows", self.target)
        run(*ofctl, "add-flows", self.target, str(rules))


Start = Callable[[], AbstractContextManager[Running]]


@dataclass(frozen=True, slots=True)
class Switch:
    """A contender; `start` is a context in which it forwards."""

    name: str
    family: str
    """ofswitch, bare, bridge or ovs."""
    ports: str
    """veth or tap."""
    yardstick: str
    """The bare loop with the same kind of socket."""
    start: Start
    missing: str = ""
    quick: bool = False
    """Whether it takes part in a quick run."""

    @property
    def takes_rules(self) -> bool:
        """Bare loops and the bridge forward all alike."""
        return self.family in {"ofswitch", "ovs"}

    @property
    def holds_a_million(self) -> bool:
        """Whether it can be asked to hold a million flows."""
        return self.name.startswith("ofswitch native")


def switches() -> list[Switch]:
    """All contenders; `missing` says what to install where one is not here."""
    return [*_bare_loops(), *_bridges(), *_open_vswitches(), *_ours()]


def _bare_loops() -> Iterator[Switch]:
    for kind, quick in (("mmsg", False), ("ring", True)):
        start = _starter(_bare_veth, kind)
        yield Switch(f"bare {kind}, veth", "bare", "veth", f"bare {kind}, veth", start, quick=quick)
    yield Switch("bare tap", "bare", "tap", "bare tap", _bare_tap, quick=True)


def _bridges() -> Iterator[Switch]:
    yield Switch("Linux bridge, veth", "bridge", "veth", "bare ring, veth", _bridge, quick=True)


def _open_vswitches() -> Iterator[Switch]:
    missing = "" if shutil.which("ovs-vswitchd") else "apt-get install openvswitch-switch"
    kinds = {
        "veth": ("veth", "bare mmsg, veth", "", False),
        "veth, TSO": ("veth", "bare mmsg, veth", "", True),
        "veth, AF_XDP": ("veth", "bare ring, veth", "afxdp", False),
        "tap": ("tap", "bare tap", "tap", False),
        "tap, TSO": ("tap", "bare tap", "tap", True),
    }
    for name, (ports, yardstick, kind, tso) in kinds.items():
        start = _starter(_open_vswitch, ports, kind, tso)
        quick = name in {"veth", "tap"}
        yield Switch(f"Open vSwitch, {name}", "ovs", ports, yardstick, start, missing, quick)


def _ours() -> Iterator[Switch]:
    for io in ("", "ring", "mmsg", "xdp"):
        yardstick = f"bare {io if io == 'mmsg' else 'ring'}, veth"
        start = _starter(_ofswitch, _veth_specs(io), "native")
        name = f"ofswitch native, veth{io and ', '}{io}"
        yield Switch(name, "ofswitch", "veth", yardstick, start, quick=not io)
    for io in ("", "xdp"):
        start = _starter(_ofswitch, _veth_specs(io), "native", "--busy-poll")
        name = f"ofswitch native, veth{io and ', '}{io}, busy polling"
        yield Switch(name, "ofswitch", "veth", "bare ring, veth", start)
    start = _starter(_ofswitch, _tap_specs(), "native")
    yield Switch("ofswitch native, tap", "ofswitch", "tap", "bare tap", start, quick=True)
    start = _starter(_ofswitch, _veth_specs(), "reference")
    name = "ofswitch reference, veth"
    yield Switch(name, "ofswitch", "veth", "bare mmsg, veth", start, quick=True)
    start = _starter(_ofswitch, _tap_specs(), "reference")
    yield Switch("ofswitch reference, tap", "ofswitch", "tap", "bare tap", start)


def _veth_specs(io: str = "") -> list[str]:
    return [f"dev:{port}" + (f",io={io}" if io else "") for port in PORTS]


def _tap_specs() -> list[str]:
    return [
        f"tap:{port},netns={host.namespace},name=eth0,mac={host.mac},ip={host.address}/24"
        for host, port in zip(HOSTS, PORTS)
    ]


def _starter(start: Callable[..., AbstractContextManager[Running]], *arguments: object) -> Start:
    return lambda: start(*arguments)


@contextmanager
def _ofswitch(specs: list[str], datapath: str, *options: str) -> Iterator[Running]:
    taps = specs[0].startswith("tap:")
    listen = f"ptcp:{_PORT}:127.0.0.1"
    with hosts(veth=not taps), tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        command = [str(Path(sys.executable).parent / "ofswitch"), "run", PREFIX]
        command += ["--datapath", datapath, "--fail-mode", "secure", "--listen", listen]
        command += ["--control", f"{folder}/control", "--ready", str(ready)]
        command += options
        for spec in specs:
            command += ["--port", spec]
        with process(inside(SWITCH, *command, "--log-level", "error"), ready.exists) as pid:
            if taps:
                for host in HOSTS:
                    configure(host)
            yield Running(pid, f"tcp:127.0.0.1:{_PORT}")


@contextmanager
def _bare_veth(kind: str) -> Iterator[Running]:
    with hosts(veth=True), _bare(kind) as pid:
        yield Running(pid)


@contextmanager
def _bare_tap() -> Iterator[Running]:
    with hosts(veth=False), _bare("tap") as pid:
        for host, port in zip(HOSTS, PORTS):
            move_in(host, port)
        yield Running(pid)


@contextmanager
def _bare(kind: str) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        command = [str(traffic.program()), "bare", kind, *PORTS, "--ready", str(ready)]
        with process(inside(SWITCH, *command), ready.exists) as pid:
            yield pid


@contextmanager
def _bridge() -> Iterator[Running]:
    with hosts(veth=True):
        ip = ["ip", "-n", SWITCH, "link"]
        run(*ip, "add", "bridge", "type", "bridge")
        for port in PORTS:
            run(*ip, "set", port, "master", "bridge")
        run(*ip, "set", "bridge", "up")
        # Rules of iptables for what is bridged: not what a bridge is for, but the default once the module is there.
        with contextlib.suppress(RuntimeError):
            run(*inside(SWITCH, "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0"))
        run("bridge", "-n", SWITCH, "fdb", "add", SINK, "dev", PORTS[1], "master", "static")
        yield Running()


@contextmanager
def _open_vswitch(ports: str, kind: str, tso: bool) -> Iterator[Running]:
    """Open vSwitch with its userspace datapath, in a folder of its own."""
    with ExitStack() as stack:
        stack.enter_context(hosts(veth=ports == "veth"))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        places = ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")
        env = {**os.environ, **dict.fromkeys(places, folder)}
        database, sock = f"{folder}/conf.db", Path(folder) / "db.sock"
        schema = "/usr/share/openvswitch/vswitch.ovsschema"
        run("ovsdb-tool", "create", database, schema, env=env)
        server = ["ovsdb-server", database, f"--remote=punix:{sock}", "-vconsole:off"]
        server += [f"--unixctl={folder}/server.ctl"]
        stack.enter_context(process(server, sock.exists, env))
        vsctl = ["ovs-vsctl", f"--db=unix:{sock}", "--timeout=20"]
        run(*vsctl, "--no-wait", "init", env=env)
        # Where AF_XDP is polled: not where `traffic` sends. Whether TSO is enabled is read at start-up only.
        settings = [
            f"pmd-cpu-mask={1 << min(os.sched_getaffinity(0)):x}",
            f"userspace-tso-enable={tso}".lower(),
        ]
        words = [f"other_config:{setting}" for setting in settings]
        run(*vsctl, "--no-wait", "set", "Open_vSwitch", ".", *words, env=env)
        control = Path(folder) / "vswitchd.ctl"
        daemon = ["ovs-vswitchd", f"unix:{sock}", "-vconsole:off", "--disable-system"]
        daemon += [f"--unixctl={control}"]
        pid = stack.enter_context(process(inside(SWITCH, *daemon), control.exists, env))
        run(*vsctl, *_bridge_of(kind), env=env)
        stack.callback(run, *vsctl, "del-br", PREFIX, env=env)
        if ports == "tap":
            for host, port in zip(HOSTS, PORTS):
                move_in(host, port)
        yield Running(pid, f"unix:{folder}/{PREFIX}.mgmt")


def _bridge_of(kind: str) -> list[str]:
    """The words that make ovs-vsctl add a bridge with our ports, numbered from 1."""
    words = ["--", "add-br", PREFIX, "--", "set", "bridge", PREFIX, "datapath_type=netdev"]
    words += ["fail_mode=secure", "protocols=[OpenFlow10,OpenFlow13]"]
    for number, port in enumerate(PORTS, 1):
        words += ["--", "add-port", PREFIX, port, "--", "set", "interface", port]
        words += [f"ofport_request={number}", *([f"type={kind}"] if kind else [])]
    return words
