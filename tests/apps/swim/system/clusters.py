"""Agents of ours and Serf's in namespaces, on two of our switches that a cable joins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kernel.waiting import TIMEOUT_S, wait_until
from tests.ofswitch.system.switches import RunningSwitch, running_switch

OFSWIM = [sys.executable, "-m", "apps.swim.cli"]
PATIENCE_S = 90.0
"""Until something is seen; by far more than anybody is configured to take."""

HOSTS = ("o1", "s1", "o2", "s2", "o3", "s3")
"""Three agents of ours, and three of Serf's; half of them on each switch, in this order."""

_PREFIX = f"swi{os.getpid() % 100000}-"
"""What the names of all namespaces and interfaces begin with, so that several runs may be under way."""
_CABLE = (f"{_PREFIX}a", f"{_PREFIX}b")


@dataclass
class Agent:
    """One of either kind, which runs in a namespace of its own."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_serf(self) -> bool:
        """Whose it is."""
        return self.name.startswith("s")

    @property
    def namespace(self) -> str:
        """Where it runs."""
        return _PREFIX + self.name

    @property
    def address(self) -> str:
        """Its IP address."""
        return f"10.9.0.{HOSTS.index(self.name) + 1}"

    def start(self, join: Agent | None, key: str) -> None:
        """Run it."""
        tags = [f"{key}={value}" for key, value in self.tags.items()]
        words = self._serf_agent(tags, key) if self.is_serf else self._our_agent(tags, key)
        if join is not None:
            words.append(f"-join={join.address}" if self.is_serf else f"--join={join.address}")
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen([*self._enter, *words], stdout=log, stderr=log)
        wait_until(self.answers, f"the agent {self.name}", PATIENCE_S)

    def _serf_agent(self, tags: list[str], key: str) -> list[str]:
        config = self.folder / f"{self.name}.json"
        config.write_text(json.dumps({"reconnect_interval": "1s", "broadcast_timeout": "60s"}))
        words = ["serf", "agent", f"-node={self.name}", f"-bind={self.address}", "-profile=local"]
        words += [f"-config-file={config}", *(f"-tag={tag}" for tag in tags)]
        return [*words, f"-encrypt={key}"] if key else words

    def _our_agent(self, tags: list[str], key: str) -> list[str]:
        words = [*OFSWIM, "agent", "--name", self.name, "--bind", self.address, "--preset=local"]
        words += [*self._control, *(f"--meta={tag}" for tag in tags)]
        return [*words, "--key", key] if key else words

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of the commands that ask an agent."""
        command = ["serf", *words] if self.is_serf else [*OFSWIM, *words, *self._control]
        return subprocess.run(
            [*self._enter, *command], capture_output=True, text=True, check=False, timeout=TIMEOUT_S
        )

    def do(self, *words: str) -> None:
        """Run one of these commands, with success."""
        done = self.ask(*words)
        assert done.returncode == 0, done.stdout + done.stderr

    def answers(self) -> bool:
        """Whether it runs and can be asked."""
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        return self.ask("info").returncode == 0

    def states(self) -> dict[str, str]:
        """What it makes of each member."""
        return {one["name"]: self._state(one) for one in self._members()}

    def tags_of(self, name: str) -> dict[str, str]:
        """The tags of a member, as it sees them."""
        return next((dict(one["tags"]) for one in self._members() if one["name"] == name), {})

    def kill(self) -> None:
        """End it without a word."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(TIMEOUT_S)

    def wait(self) -> int:
        """Wait for its end; its exit status."""
        assert self.process is not None
        return self.process.wait(PATIENCE_S)

    def log(self) -> str:
        """What it has logged."""
        return (self.folder / f"{self.name}.log").read_text(errors="replace")

    def counter(self, name: str) -> int:
        """What one of ours has counted."""
        done = self.ask("info", "--json")
        return int(json.loads(done.stdout)["counters"][name]) if done.returncode == 0 else 0

    def _members(self) -> list[dict[str, Any]]:
        words = ["members", "-format=json"] if self.is_serf else ["members", "--json"]
        done = self.ask(*words)
        if done.returncode:
            return []
        found = json.loads(done.stdout)
        members: list[dict[str, Any]] = found["members"] if self.is_serf else found
        return members

    def _state(self, one: Mapping[str, Any]) -> str:
        """In Serf's words. Those of ours do not tell a suspect from the living either, which Serf never does."""
        if self.is_serf:
            return str(one["status"])
        state = str(one["state"])
        return {"suspect": "alive", "dead": "failed"}.get(state, state)

    @property
    def _enter(self) -> list[str]:
        return ["ip", "netns", "exec", self.namespace]

    @property
    def _control(self) -> list[str]:
        return ["--control", str(self.folder / f"{self.name}.sock")]


class Cluster:
    """All agents, by name."""

    def __init__(self, folder: Path) -> None:
        self.agents = {name: Agent(name, folder) for name in HOSTS}
        self.switches: dict[str, RunningSwitch] = {}

    def __getitem__(self, name: str) -> Agent:
        return self.agents[name]

    def start(self, key: str = "") -> None:
        """Run all; each joins one of the other kind, if there is one."""
        before: Agent | None = None
        for agent in self.agents.values():
            agent.tags = {"role": f"of-{agent.name}"}
            agent.start(before, key)
            before = agent

    def cut(self) -> None:
        """Take the cable out of a switch: a partition."""
        switch = self.switches[_CABLE[0]]
        switch("port", "delete", switch.name, _CABLE[0])

    def mend(self) -> None:
        """Put it in again."""
        switch = self.switches[_CABLE[0]]
        switch("port", "add", switch.name, f"dev:{_CABLE[0]}")

    def drop_datagrams(self, name: str) -> None:
        """Have the switches drop all UDP from and to an agent."""
        for switch in self.switches.values():
            for field_name in ("nw_src", "nw_dst"):
                flow = f"priority=9,udp,{field_name}={self[name].address},actions=drop"
                command = ["ovs-ofctl", "add-flow", switch.listens_at(), flow]
                subprocess.run(command, check=True, timeout=TIMEOUT_S)

    def stop(self) -> None:
        """End those that still run."""
        for agent in self.agents.values():
            if agent.process is not None and agent.process.poll() is None:
                agent.kill()

    def wait_until_seen(self, state: str, *names: str, by: tuple[str, ...] = HOSTS) -> None:
        """Wait until these members are in a state, by the account of others."""
        for name in by:
            agent = self[name]

            def seen(agent: Agent = agent) -> bool:
                states = agent.states()
                return all(states.get(name) == state for name in names)

            try:
                wait_until(seen, f"{names} {state}", PATIENCE_S)
            except TimeoutError as error:
                raise AssertionError(
                    f"{error} by {name}: {agent.states()}\n{agent.log()}"
                ) from None

    def wait_until_tagged(self, name: str, tags: dict[str, str]) -> None:
        """Wait until all see these tags of a member."""
        for agent in self.agents.values():
            wait_until(
                lambda agent=agent: agent.tags_of(name) == tags,  # type: ignore[misc]
                f"{tags} of {name} at {agent.name}",
                PATIENCE_S,
            )

    def wait_until_all_answer(self, name: str, *words: str) -> str:
        """Have an agent ask all members, each time anew until all have answered; what it says then."""
        said = ""

        def answered() -> bool:
            nonlocal said
            done = self[name].ask(*words)
            said = done.stdout + done.stderr
            return done.returncode == 0

        try:
            wait_until(answered, " ".join(words), PATIENCE_S)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {said}") from None
        return said


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Namespaces and switches for a cluster that is not yet started."""
    made = Cluster(folder)
    with ExitStack() as stack:
        for agent in made.agents.values():
            _ip(f"netns add {agent.namespace}")
            stack.callback(_ip, f"netns del {agent.namespace}")
            _ip(f"-netns {agent.namespace} link set lo up")
        _ip("link add {} type veth peer name {}".format(*_CABLE))
        stack.callback(_ip, f"link del {_CABLE[0]}")
        for end, hosts in zip(_CABLE, (HOSTS[:3], HOSTS[3:])):
            _ip(f"link set {end} up")
            ports = [f"dev:{end}"]
            for name in hosts:
                inside = made[name].namespace
                ports.append(f"tap:{inside},netns={inside},name=eth0,ip={made[name].address}/24")
            options = ["--listen", "ptcp:0:127.0.0.1"]
            options += [word for port in ports for word in ("--port", port)]
            name = f"{end}-switch"
            made.switches[end] = stack.enter_context(running_switch(name, folder, *options))
        stack.callback(made.stop)
        yield made


def _ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True)
