"""Two hosts in namespaces of their own, and what may stand between them. Needs root; leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PREFIX = f"ofb{os.getpid() % 10000}"
HOSTS = (f"{PREFIX}-a", f"{PREFIX}-b")
ADDRESSES = ("10.77.0.1", "10.77.0.2")
ENDS = (f"{PREFIX}v1", f"{PREFIX}v2")
"""The switch's ends of the hosts' veth pairs."""


def run(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a command; raise RuntimeError with what it complained of."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def in_host(index: int, *command: str) -> list[str]:
    """The command line that runs a command in a host."""
    return ["ip", "netns", "exec", HOSTS[index], *command]


@contextlib.contextmanager
def hosts(*, veth: bool) -> Iterator[None]:
    """Make the two namespaces; with veth pairs, or bare for taps that are moved in."""
    with contextlib.ExitStack() as stack:
        for index, host in enumerate(HOSTS):
            run("ip", "netns", "add", host)
            stack.callback(run, "ip", "netns", "delete", host)
            run(*in_host(index, "ip", "link", "set", "lo", "up"))
            if veth:
                _veth(index)
                # Before the namespace goes, which takes its end of the pair away only in the background.
                stack.callback(run, "ip", "link", "delete", ENDS[index])
        yield


def _veth(index: int) -> None:
    end, host = ENDS[index], HOSTS[index]
    run("ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", host)
    run("ip", "link", "set", end, "up")
    run(*in_host(index, "ip", "address", "add", f"{ADDRESSES[index]}/24", "dev", "eth0"))
    run(*in_host(index, "ip", "link", "set", "eth0", "up"))


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that forwards between the hosts; `start` is a context in which it does."""

    name: str
    start: Callable[[], contextlib.AbstractContextManager[None]]
    missing: str = ""


def switches() -> list[Switch]:
    """Ours with either kind of port, and its peers."""
    openvswitch = "" if shutil.which("ovs-vswitchd") else "apt-get install openvswitch-switch"
    return [
        Switch("ofswitch, veth", lambda: _ours(*(f"dev:{end}" for end in ENDS), veth=True)),
        Switch("ofswitch, tap", lambda: _ours(*map(_tap, range(2)), veth=False)),
        Switch("Open vSwitch userspace, veth", _openvswitch, openvswitch),
        Switch("Linux bridge", _bridge),
    ]


def _tap(index: int) -> str:
    address = f"{ADDRESSES[index]}/24"
    return f"tap:{PREFIX}t{index},netns={HOSTS[index]},name=eth0,ip={address}"


@contextlib.contextmanager
def _ours(*ports: str, veth: bool) -> Iterator[None]:
    command = [str(Path(sys.executable).parent / "ofswitch"), "run", PREFIX]
    for port in ports:
        command += ["--port", port]
    with hosts(veth=veth), tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        command += ["--control", f"{folder}/control", "--ready", str(ready)]
        with _process([*command, "--log-level", "error"], ready.exists):
            yield


@contextlib.contextmanager
def _bridge() -> Iterator[None]:
    name = f"{PREFIX}br"
    with hosts(veth=True):
        run("ip", "link", "add", name, "type", "bridge")
        try:
            for end in ENDS:
                run("ip", "link", "set", end, "master", name)
            run("ip", "link", "set", name, "up")
            yield
        finally:
            run("ip", "link", "delete", name)


@contextlib.contextmanager
def _openvswitch() -> Iterator[None]:
    """Open vSwitch with its userspace datapath, in a folder of its own."""
    with hosts(veth=True), tempfile.TemporaryDirectory() as folder:
        places = ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")
        env = {**os.environ, **dict.fromkeys(places, folder)}
        database, sock = f"{folder}/conf.db", f"unix:{folder}/db.sock"
        schema = "/usr/share/openvswitch/vswitch.ovsschema"
        run("ovsdb-tool", "create", database, schema, env=env)
        server = ["ovsdb-server", database, f"--remote=p{sock}", "-vconsole:off"]
        daemon = ["ovs-vswitchd", sock, "-vconsole:off", "--disable-system"]
        with (
            _process(server, Path(f"{folder}/db.sock").exists, env),
            _process(daemon, lambda: True, env),
        ):
            vsctl = ["ovs-vsctl", f"--db={sock}", "--timeout=20", "--"]
            vsctl += ["add-br", PREFIX, "--", "set", "bridge", PREFIX, "datapath_type=netdev"]
            for end in ENDS:
                vsctl += ["--", "add-port", PREFIX, end]
            run(*vsctl, env=env)
            try:
                yield
            finally:
                run("ovs-vsctl", f"--db={sock}", "--timeout=20", "del-br", PREFIX, env=env)


@contextlib.contextmanager
def _process(
    command: list[str], ready: Callable[[], bool], env: dict[str, str] | None = None
) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env
    )
    try:
        deadline = time.monotonic() + 20
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise RuntimeError(f"{command[0]} does not start: {process.communicate()[1]}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
