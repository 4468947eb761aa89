"""Our switch and controller as Mininet's classes.

    mn --custom topologies/mn.py --switch ofswitch --controller ofcontroller --topo tree,2,3
    mn --custom topologies/mn.py --switch ofswitch,failMode=standalone --controller none
    mn --custom topologies/mn.py --switch ofswitch --controller ofcontroller,app=./my_script.py

Mininet runs on the system's Python, our programs perhaps on another in a virtual environment. So this
file knows nothing but Mininet and the standard library: it starts ``ofswitch`` and ``ofcontroller``
and talks to switches over their control sockets, a line of JSON each way. The programs are looked
for in the folder that the environment variable OFSWITCH_BIN names, then beside this file (an
environment ``.venv`` of the clone, or the one that it is installed in), then on PATH.

Interfaces become ``dev:`` ports with Mininet's numbers, and keep their offloads. The programs end with
Mininet, however that ends, and write to /tmp/s1.log and the like.
"""

# Mininet has no types, and executes this file without __file__ or __name__.
# mypy: disable-error-code="misc, no-untyped-call"

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from difflib import get_close_matches
from inspect import signature
from pathlib import Path
from typing import Any

from mininet.log import warn
from mininet.node import Controller, Switch

HERE = Path((lambda: 0).__code__.co_filename).resolve()
RUN_FOLDER = Path("/run/ofswitch")
LOG_FOLDER = Path("/tmp")
ENDS_WITH_US = ["setpriv", "--pdeathsig", "TERM", "--"]
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
LOOK_EVERY_S = 0.01
ERRORS = ("ofswitch: ", "ofcontroller: ", "Error: ")
"""How our programs begin to say why they end."""
DPCTL = {"dump-flows": ["flows"], "dump-ports": ["port", "list"]}
"""The subcommands of ``ofswitch`` that say what those of ``ovs-ofctl`` do."""
TAKEN_BY_MININET = {"batch", "cls", "isSwitch", "privateDirs", "waitExited"}
"""Options of nodes that no signature names."""


def find_program(name: str) -> str:
    """Return where one of our programs is."""
    beside = [parent / place for parent in HERE.parents for place in (".venv/bin", "bin")]
    named = os.environ.get("OFSWITCH_BIN")
    folders = [Path(named)] if named else beside
    found = shutil.which(name, path=os.pathsep.join(map(str, folders))) or shutil.which(name)
    if found is None:
        where = f"in {named}" if named else f"beside {HERE}"
        raise RuntimeError(
            f"{name} is neither {where} nor on PATH; OFSWITCH_BIN may name its folder"
        )
    return found


def check_options(node: Any, name: str, params: dict[str, Any]) -> None:
    """Refuse a misspelt option; what resembles none is perhaps a topology's own: say that it does nothing."""
    ways = [getattr(cls, way) for cls in type(node).mro()[:-1] for way in ("__init__", "config")]
    known = {one.lower(): one for way in ways for one in signature(way).parameters}
    for option in params.keys() - known.values() - TAKEN_BY_MININET:
        near = get_close_matches(option.lower(), known, 1)
        if near:
            raise ValueError(f"{name}: no option {option!r}; did you mean {known[near[0]]}?")
        warn(f"{name}: no option {option!r}, so it does nothing\n")


class Program:
    """A program of ours that runs for a node."""

    def __init__(self, node: Any, command: list[str], ready: Path) -> None:
        """Start it in the node's namespaces; it will write the file `ready`."""
        self.name = node.name
        self.ready = ready
        self.log = LOG_FOLDER / f"{node.name}.log"
        ready.parent.mkdir(parents=True, exist_ok=True)
        ready.unlink(missing_ok=True)
        words = [*ENDS_WITH_US, *command, "--ready", str(ready)]
        with self.log.open("wb") as log:
            self.process = node.popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def check(self) -> None:
        """Raise an exception with its last words if it has ended: ``mn`` then deletes the log."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended: {self.last_words()}")

    def last_words(self) -> str:
        """Return its error, with the source line that may follow, else its last line."""
        lines = [line for line in self.log.read_text(errors="replace").split("\n") if line.strip()]
        errors = [number for number, line in enumerate(lines) if line.startswith(ERRORS)]
        return "\n".join(lines[errors[-1] if errors else -1 :]).strip() or "no reason given"

    def wait_until_ready(self) -> None:
        """Wait until it has written its file."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.ready.exists():
            self.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} is not ready after {START_TIMEOUT_S:.0f} s")
            time.sleep(LOOK_EVERY_S)

    def send_signal(self) -> None:
        """Ask it to end."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to end, and after a while make it."""
        self.send_signal()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.ready.unlink(missing_ok=True)


class OFSwitch(Switch):
    """An ``ofswitch``."""

    def __init__(
        self,
        name: str,
        datapath: str | None = None,
        protocols: str | None = None,
        failMode: str = "secure",  # noqa: N803 - as Mininet's other switches call it
        batch: bool = False,
        **params: Any,
    ) -> None:
        """Take the options that stand behind ``--switch ofswitch``.

        datapath: native (the default where it was compiled) or reference; protocols: OpenFlow10,
        OpenFlow13, or both joined by ``+``; failMode: secure or standalone; opts: more options for
        ``ofswitch run``, as one text.
        """
        check_options(self, name, params)
        Switch.__init__(self, name, **params)
        self.options = {"--fail-mode": failMode}
        if datapath:
            self.options["--datapath"] = datapath
        if protocols:
            self.options["--protocols"] = protocols.replace("+", ",")
        self.batch = batch
        self.control = RUN_FOLDER / f"{name}.sock"
        self.program: Program | None = None
        self.watched: list[Any] = []

    @classmethod
    def setup(cls) -> None:
        """Check that the program is there."""
        find_program("ofswitch")

    def start(self, controllers: list[Any]) -> None:
        """Start the switch; with others it is waited for in `batchStartup`."""
        self.watched = list(controllers)
        words = [word for option in self.options.items() for word in option]
        for intf in self.intfList():
            if self.ports[intf] and not intf.IP():
                words += ["--port", self.port_spec(intf)]
        for one in controllers:
            words += ["--controller", f"{one.protocol}:{one.IP()}:{one.port}"]
        if self.listenPort:
            host = "0.0.0.0" if self.inNamespace else "127.0.0.1"  # whose loopback is down
            words += ["--listen", f"ptcp:{self.listenPort}:{host}"]
        command = [find_program("ofswitch"), "run", self.name, "--dpid", self.dpid]
        command += ["--control", str(self.control), *words, *shlex.split(self.opts)]
        self.program = Program(self, command, RUN_FOLDER / f"{self.name}.ready")
        if not self.batch:
            self.program.wait_until_ready()

    @classmethod
    def batchStartup(cls, switches: list[OFSwitch]) -> list[OFSwitch]:  # noqa: N802
        """Wait for switches that were started at the same time."""
        for switch in switches:
            if switch.program is not None:
                switch.program.wait_until_ready()
        return switches

    @classmethod
    def batchShutdown(cls, switches: list[OFSwitch]) -> list[OFSwitch]:  # noqa: N802
        """Ask all to end at the same time; Mininet then stops one after the other."""
        for switch in switches:
            if switch.program is not None:
                switch.program.send_signal()
        return []

    def stop(self, deleteIntfs: bool = True) -> None:  # noqa: N803
        """End the switch."""
        if self.program is not None:
            self.program.stop()
            self.program = None
        Switch.stop(self, deleteIntfs)

    def connected(self) -> bool:
        """Return whether a controller is connected, or none is needed.

        Mininet asks again and again, without limit; so a program that has ended raises an exception.
        """
        if self.program is None:
            return False
        for one in (self, *self.watched):
            program = getattr(one, "program", None)
            if program is not None:
                program.check()
        if not self.watched or self.options["--fail-mode"] == "standalone":
            return self.program.ready.exists()
        return any(session["version"] for session in self.ask("show")["sessions"])

    def attach(self, intf: Any) -> None:
        """Add an interface, or its name, as a port."""
        self.ask("add_port", spec=self.port_spec(intf))

    def detach(self, intf: Any) -> None:
        """Remove the port of an interface, or of its name."""
        self.ask("delete_port", port=str(intf))

    def dpctl(self, *args: str) -> str:
        """Run ``ofswitch flows``, ``show``, ``drops``, ``trace`` and so on for this switch."""
        verb, *rest = args
        words = [*DPCTL.get(verb, [verb]), self.name, *rest]
        out, err, _ = self.pexec([find_program("ofswitch"), *words])
        return str(out) + str(err)

    def port_spec(self, intf: Any) -> str:
        """Return the port specification of an interface, with Mininet's number if it has one."""
        number = self.ports.get(self.nameToIntf.get(str(intf)))
        return f"dev:{intf},no={number}" if number else f"dev:{intf}"

    def ask(self, command: str, **arguments: str) -> Any:
        """Ask the running switch, over its control socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(START_TIMEOUT_S)
            connection.connect(str(self.control))
            with connection.makefile("rw") as lines:
                lines.write(json.dumps({"command": command, "arguments": arguments}) + "\n")
                lines.flush()
                reply = json.loads(lines.readline())
        if "error" in reply:
            raise RuntimeError(f"{self.name}: {reply['error']}")
        return reply["result"]


class OFController(Controller):
    """An ``ofcontroller`` that runs an app or a script."""

    def __init__(
        self,
        name: str,
        app: str = "learning_switch",
        protocols: str | None = None,
        opts: str = "",
        **params: Any,
    ) -> None:
        """Take the options that stand behind ``--controller ofcontroller``.

        app: the name of an app or the path of a script, several joined by ``+``; protocols: OpenFlow10,
        OpenFlow13, or both joined by ``+``; opts: more options for ``ofcontroller run``, as one text.
        With Mininet's own protocol="ssl" the files for TLS are named there, and in the switches' opts.
        """
        check_options(self, name, params)
        self.opts = opts
        self.apps = app.split("+")
        self.protocols = protocols.replace("+", ",") if protocols else None
        self.program: Program | None = None
        Controller.__init__(self, name, **params)

    @classmethod
    def setup(cls) -> None:
        """Check that the program is there."""
        find_program("ofcontroller")

    def checkListening(self) -> None:  # noqa: N802
        """Leave it to the controller to say that its port is taken."""

    def start(self) -> None:
        """Start the controller and wait until it listens."""
        words = ["--listen", f"{self.protocol}:{self.IP()}:{self.port}", *shlex.split(self.opts)]
        if self.protocols:
            words += ["--protocols", self.protocols]
        command = [find_program("ofcontroller"), "run", *self.apps, *words]
        self.program = Program(self, command, RUN_FOLDER / f"{self.name}.ready")
        self.program.wait_until_ready()

    def stop(self, *args: Any, **kwargs: Any) -> None:
        """End the controller."""
        if self.program is not None:
            self.program.stop()
            self.program = None
        super(Controller, self).stop(*args, **kwargs)


switches = {"ofswitch": OFSwitch}
controllers = {"ofcontroller": OFController}
