"""The network: namespaces, switches, replicas, hosts, and what can be done to a replica. Needs root; leaves nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from apps.replicas.rendezvous import choose
from benchmarks.failover import traffic, watch
from benchmarks.network import inside
from benchmarks.processes import end, run

PREFIX = f"rep{os.getpid()}"
"""Of the namespaces; a process has one lab at a time."""
CORE = f"{PREFIX}-core"
HOSTS = (f"{PREFIX}-h1", f"{PREFIX}-h2")
MACS = ("02:00:00:00:00:0a", "02:00:00:00:00:0b")
ADDRESSES = ("10.78.0.1", "10.78.0.2")
ETCD = "10.79.0.253"
GATEWAY = "10.79.0.254"
ETCD_OPTIONS = ("--coordinator", f"etcd://{ETCD}:2379")
PATIENCE_S = 60.0
_NO_IPV6 = "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 || true"
PAUSE_S = 0.01
"""Between frames."""


def wait_until(condition: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for something. Raises RuntimeError."""
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {patience_s:g} s")
        time.sleep(0.02)


class Background:
    """A process, and all that it prints in a file."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.output = folder / f"{name}.out"
        self.errors = folder / f"{name}.err"
        with self.output.open("ab") as output, self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                list(command), stdout=output, stderr=errors, process_group=0
            )

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def lines(self) -> list[str]:
        """What it has printed, whole lines."""
        return self.output.read_text().split("\n")[:-1]

    def signal(self, number: int) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def end(self) -> None:
        """End it, even if it is paused."""
        self.signal(signal.SIGCONT)
        end(self.process)


class Replica:
    """A controller in a namespace of its own."""

    def __init__(
        self, number: int, count: int, words: tuple[Sequence[str], Sequence[str]], folder: Path
    ) -> None:
        """`words`: the apps, and options."""
        self.number = number
        self.name = f"r{number}"
        self.namespace = f"{PREFIX}-r{number}"
        self.address = f"10.79.0.{number}"
        self._others = [f"10.79.0.{n}" for n in range(1, count + 1) if n != number]
        self._apps, self._options = words
        self._folder = folder
        self._lives = 0
        self.program: Background

    def start(self) -> None:
        """Start it, for the first time or again."""
        self._lives += 1
        joins = [f"--join={address}" for address in self._others]
        cluster = ["--cluster", "lab", "--replica-name", self.name]
        bind = ["--cluster-bind", f"{self.address}:7946", "--listen", "tcp:0.0.0.0:6653"]
        scripts = [*self._apps, str(watch.__file__)]
        command = ["-m", "controller.cli", "run", *scripts, *cluster, *bind, *joins, *self._options]
        inner = inside(self.namespace, sys.executable, *command)
        self.program = Background(f"{self.name}-{self._lives}", inner, self._folder)

    @property
    def switches(self) -> set[int]:
        """The switches that its apps have."""
        found: set[int] = set()
        for line in self.program.lines():
            if line.startswith("{"):
                said = json.loads(line)
                (found.add if said["what"] == "join" else found.discard)(said["dpid"])
        return found

    def cut_off(self, *, hears: bool) -> None:
        """Let it hear nothing from the others, or them from it: the other direction stays."""
        for other in self._others:
            namespace = f"{PREFIX}-r{other.rpartition('.')[2]}"
            where, whom = (self.namespace, other) if hears else (namespace, self.address)
            run("ip", "-n", where, "route", "replace", "blackhole", whom)

    def reconnect(self) -> None:
        """Let all hear each other again."""
        for other in self._others:
            namespace = f"{PREFIX}-r{other.rpartition('.')[2]}"
            for where, whom in ((self.namespace, other), (namespace, self.address)):
                subprocess.run(
                    ["ip", "-n", where, "route", "del", "blackhole", whom],
                    capture_output=True,
                    check=False,
                )


class Lab:
    """All of it, running."""

    def __init__(
        self,
        folder: Path,
        replicas: int,
        switches: int,
        words: tuple[Sequence[str], Sequence[str]],
    ) -> None:
        self.folder = folder
        self.switches = range(1, switches + 1)
        self.replicas = [Replica(n, replicas, words, folder) for n in range(1, replicas + 1)]
        self.programs: list[Background] = []
        self._runs = 0

    # --- making it -----------------------------------------------------------------------------------

    def wire(self, stack: ExitStack) -> None:
        """Make the namespaces and links, which the stack removes."""
        for namespace in (CORE, *HOSTS, *(replica.namespace for replica in self.replicas)):
            run("ip", "netns", "add", namespace)
            stack.callback(run, "ip", "netns", "del", namespace)
            run(*inside(namespace, "sh", "-c", _NO_IPV6))
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        run(*inside(CORE, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"))
        self._ip(CORE, f"address add {ETCD} dev lo")
        for replica in self.replicas:
            near, inner = f"c{replica.number}", replica.namespace
            self._ip(CORE, f"link add {near} type veth peer name eth0 netns {inner}")
            self._ip(CORE, f"address add {GATEWAY} dev {near}")
            self._ip(CORE, f"link set {near} up")
            self._ip(CORE, f"route add {replica.address} dev {near}")
            self._ip(inner, f"address add {replica.address} dev eth0")
            self._ip(inner, "link set eth0 up")
            self._ip(inner, f"route add {GATEWAY} dev eth0")
            self._ip(inner, f"route add default via {GATEWAY}")
        for number in self.switches[:-1]:
            self._ip(CORE, f"link add x{number}r type veth peer name x{number}l")
            for side in "rl":
                self._ip(CORE, f"link set x{number}{side} up")

    def start_etcd(self) -> Background:
        """Start a database for the replicas; they are told by `ETCD_OPTIONS`."""
        where = f"http://{ETCD}:2379"
        urls = ["--listen-client-urls", where, "--advertise-client-urls", where]
        folder = ["--data-dir", str(self.folder / "etcd.data")]
        program = Background("etcd", inside(CORE, "etcd", *folder, *urls), self.folder)
        self.programs.append(program)
        asked = inside(CORE, "ss", "-Hltn", "sport = :2379")
        wait_until(lambda: run(*asked), "etcd")
        return program

    def start_switches(self) -> None:
        """Start the switches, in a row between the hosts."""
        for number in self.switches:
            first, last = number == self.switches[0], number == self.switches[-1]
            left = self._host(0) if first else f"dev:x{number - 1}l"
            right = self._host(1) if last else f"dev:x{number}r"
            ready = self.folder / f"s{number}.ready"
            controllers = [f"--controller=tcp:{replica.address}:6653" for replica in self.replicas]
            files = ["--control", str(self.folder / f"s{number}.sock"), "--ready", str(ready)]
            options = ["--fail-mode", "secure", "--dpid", f"{number:016x}"]
            ports = ["--port", left, "--port", right]
            words = ["-m", "ofswitch", "run", f"s{number}", *ports, *controllers, *files, *options]
            program = Background(f"s{number}", inside(CORE, sys.executable, *words), self.folder)
            self.programs.append(program)
        for number in self.switches:
            wait_until((self.folder / f"s{number}.ready").exists, f"switch {number}")
        for at, other in ((0, 1), (1, 0)):
            entry = f"neighbour replace {ADDRESSES[other]} lladdr {MACS[other]} dev eth0"
            self._ip(HOSTS[at], entry)

    def _host(self, at: int) -> str:
        where = f"netns={HOSTS[at]},name=eth0,mac={MACS[at]},ip={ADDRESSES[at]}/24"
        return f"tap:host{at},{where}"

    @staticmethod
    def _ip(namespace: str, command: str) -> None:
        run("ip", "-n", namespace, *command.split())

    # --- what is asked of it -------------------------------------------------------------------------

    @property
    def masters(self) -> dict[int, list[Replica]]:
        """The replicas whose apps have each switch, of those that run."""
        alive = [replica for replica in self.replicas if replica.program.alive]
        shares = [(replica, replica.switches) for replica in alive]
        return {dpid: [r for r, share in shares if dpid in share] for dpid in self.switches}

    def settled(self) -> bool:
        """Whether each switch has the master that it is to have."""
        names = [replica.name for replica in self.replicas if replica.program.alive]
        return all(
            [replica.name for replica in found] == [choose(dpid, names)]
            for dpid, found in self.masters.items()
        )

    def busiest(self) -> Replica:
        """The replica that is the master of most switches."""
        return max(self.replicas, key=lambda replica: len(replica.switches))

    def reachable(self) -> bool:
        """Whether the hosts reach each other."""
        command = inside(HOSTS[0], "ping", "-c", "1", "-W", "1", ADDRESSES[1])
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    @contextmanager
    def flows(self) -> Iterator[Flows]:
        """Have the hosts talk for as long as the context is entered."""
        self._runs += 1
        script = str(traffic.__file__)
        name = f"run{self._runs}"
        receive = inside(HOSTS[1], sys.executable, script, "receive", "eth0")
        send = inside(HOSTS[0], sys.executable, script, "send", "eth0", MACS[1], str(PAUSE_S))
        ping = inside(HOSTS[0], "ping", "-i", str(PAUSE_S), ADDRESSES[1])
        receiver = Background(f"{name}-receive", receive, self.folder)
        flows = Flows(receiver)
        try:
            wait_until(receiver.lines, "the receiver")
            flows.ping = Background(f"{name}-ping", ping, self.folder)
            flows.sender = Background(f"{name}-send", send, self.folder)
            yield flows
        finally:
            flows.end()


class Flows:
    """What the hosts say to each other."""

    def __init__(self, receiver: Background) -> None:
        self.receiver = receiver
        self.sender: Background | None = None
        self.ping: Background | None = None

    def sent(self) -> list[tuple[int, float]]:
        """Each new flow, and when it began."""
        lines = self.sender.lines() if self.sender is not None else []
        return [(int(number), float(when)) for number, when in map(str.split, lines)]

    def arrived(self) -> set[int]:
        """Those whose frame has arrived."""
        return {int(line) for line in self.receiver.lines()[1:]}

    def flow_well(self, since: float, for_s: float) -> bool:
        """Whether all that began in the last seconds, and after a moment, have arrived: but the youngest may yet."""
        now = time.monotonic()
        began = [number for number, when in self.sent() if now - for_s < when < now - 0.5]
        return now - since > for_s and len(began) > 10 and self.arrived().issuperset(began)

    def work(self, since: float) -> bool:
        """Whether some that began after a moment have arrived, be it late."""
        arrived = self.arrived()
        return sum(number in arrived for number, when in self.sent() if when > since) > 10

    def outage_s(self, since: float) -> float:
        """How long after a moment flows began that failed."""
        arrived = self.arrived()
        end = self.sent()[-1][1] - 0.5  # what began later may still be on its way
        lost = [when for number, when in self.sent() if number not in arrived and when < end]
        return max([when - since for when in lost if when >= since], default=0.0)

    def lost_before(self, moment: float) -> int:
        """How many failed before."""
        arrived = self.arrived()
        return sum(number not in arrived for number, when in self.sent() if when < moment - 0.5)

    def end(self) -> None:
        """No more."""
        for program in (self.sender, self.ping, self.receiver):
            if program is not None:
                program.end()

    def pings(self) -> tuple[int, int]:
        """How many echo requests were answered, and how many of those before the last answered one were not."""
        assert self.ping is not None
        found = [re.search(r"icmp_seq=(\d+) ttl", line) for line in self.ping.lines()]
        answered = {int(one[1]) for one in found if one is not None}
        return len(answered), max(answered, default=0) - len(answered)


@contextmanager
def running(
    folder: Path,
    options: Sequence[str] = (),
    *,
    apps: Sequence[str] = ("learning_switch",),
    replicas: int = 3,
    switches: int = 8,
) -> Iterator[Lab]:
    """Run a lab until the context is left."""
    lab = Lab(folder, replicas, switches, (apps, options))
    with ExitStack() as stack:
        lab.wire(stack)
        stack.callback(_end, lab)
        if set(ETCD_OPTIONS) <= set(options):
            lab.start_etcd()
        for replica in lab.replicas:
            replica.start()
        lab.start_switches()
        wait_until(lab.settled, "each switch has a master")
        wait_until(lab.reachable, "the hosts reach each other")
        yield lab


def _end(lab: Lab) -> None:
    for program in (*(replica.program for replica in lab.replicas), *reversed(lab.programs)):
        program.end()
