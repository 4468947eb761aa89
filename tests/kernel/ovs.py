"""An Open vSwitch of our own: database and switch daemon in a temporary folder, userspace datapath.

It lives in the network namespace of whoever starts it, and touches no Open vSwitch of the machine.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kernel.waiting import TIMEOUT_S, wait_until

SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")


class OpenVSwitch:
    """A running Open vSwitch; leaving the context ends it and removes its bridges."""

    def __init__(self, folder: Path, enter: Sequence[str] = ()) -> None:
        """Prepare one in `folder`; `enter` is the command that enters its network namespace."""
        self.folder = folder
        self._enter = list(enter)
        self._daemons: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which ``ovs-vsctl`` and Mininet find this Open vSwitch."""
        folders = dict.fromkeys(("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR"), str(self.folder))
        return {**os.environ, **folders}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        database, control = self.folder / "conf.db", self.folder / "db.sock"
        self._run("ovsdb-tool", "create", str(database), str(SCHEMA))
        self._start("ovsdb-server", str(database), f"--remote=punix:{control}")
        wait_until(control.exists, "ovsdb-server's socket")
        self.vsctl("--no-wait", "init")
        self._start("ovs-vswitchd", f"unix:{control}", "--disable-system")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._daemons[1:]:
            bridges = self.vsctl("list-br").split()
            for bridge in bridges:
                self.vsctl("del-br", bridge)
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for daemon in self._daemons:
            daemon.wait(TIMEOUT_S)

    def vsctl(self, *arguments: str) -> str:
        """Run ``ovs-vsctl`` and return what it prints."""
        return self._run("ovs-vsctl", f"--timeout={TIMEOUT_S:.0f}", *arguments)

    def add_bridge(
        self, name: str, controller: str, protocols: str, interfaces: Sequence[str]
    ) -> None:
        """Make a bridge of interfaces, with the userspace datapath, and give it a controller."""
        settings = [
            *("datapath_type=netdev", "fail_mode=secure", f"protocols={protocols}"),
            "other_config:disable-in-band=true",
        ]
        ports = [word for one in interfaces for word in ("--", "add-port", name, one)]
        self.vsctl("add-br", name, "--", "set", "bridge", name, *settings, *ports)
        self.vsctl("set-controller", name, controller)
        self.vsctl("set", "controller", name, "max_backoff=1000")

    def connected(self) -> bool:
        """Whether a bridge has had a controller since the start.

        The log tells at once; the database, which Mininet asks, only every five seconds.
        """
        return ": connected" in (self.folder / "ovs-vswitchd.log").read_text()

    def _run(self, *command: str) -> str:
        return subprocess.check_output(
            [*self._enter, *command], env=self.environment, text=True, timeout=TIMEOUT_S
        )

    def _start(self, program: str, *arguments: str) -> None:
        log = f"--log-file={self.folder / program}.log"
        quiet = ("-vconsole:off", "-vsyslog:off")
        command = [*self._enter, program, *arguments, "--pidfile", log, *quiet]
        self._daemons.append(subprocess.Popen(command, env=self.environment))
