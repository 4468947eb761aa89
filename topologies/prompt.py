"""The prompt of a running network: pings, measurements, questions to switches, commands in hosts.

The words of a line are looked up in one table, `COMMANDS`; a line that begins with a host's name is
a command in that host. It knows only `topologies.network.Network`.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from ofswitch.trace.request import request
from ofswitch.words.fields import SHORTHANDS
from topologies.interrupts import Interrupts
from topologies.lines import Lines
from topologies.network import LabError, Network
from topologies.ping_trace import trace_ping
from topologies.pingall import pingall
from topologies.questions import QUESTIONS
from topologies.topology import Link

PROMPT = "oflab> "
PLACEHOLDER = "HOST"
"""What stands in the list of commands for any host."""
IPERF_SECONDS = 3


class Leave(Exception):
    """The user wants to leave the prompt."""


class Prompt:
    """Reads lines and carries them out."""

    def __init__(
        self, network: Network, interrupts: Interrupts, write: Callable[[str], None] = print
    ) -> None:
        self._network = network
        self._interrupts = interrupts
        self._write = write

    async def run(self, lines: Lines) -> None:
        """Carry out all lines until the last one or ``exit``."""
        self._write("Type help for what there is, exit or Ctrl-D to end.")
        try:
            while (line := await lines.read(PROMPT)) is not None:
                await self.carry_out(line)
        except Leave:
            pass

    async def carry_out(self, line: str) -> None:
        """Carry out one line; a mistake is told, never raised."""
        try:
            words = shlex.split(line, comments=True)
            if words:
                await self._carry_out(words)
        except (LabError, OSError) as error:
            self._write(f"{error}")
        except ValueError as error:  # an open quotation mark
            self._write(f"cannot read this line: {error}")

    async def _carry_out(self, words: Sequence[str]) -> None:
        name, *arguments = words
        if name in self._network.topology.hosts:
            await self._in_host(name, arguments)
        elif name in COMMANDS:
            await COMMANDS[name].do(self, arguments)
        else:
            raise LabError(f"{name!r} is neither a host nor a command; type help")

    async def _in_host(self, host: str, command: Sequence[str]) -> None:
        """Run a command in a host; words that are hosts' names become addresses, as in Mininet.

        So they do behind an option (``iperf3 -c h2``); what shall stay a name is written ``--name=h1``.
        """
        in_background = command[-1:] == ["&"]
        hosts = self._network.topology.hosts
        words = [str(hosts[word].ip.ip) if word in hosts else word for word in command]
        words = words[: len(words) - in_background]
        if not words:
            raise LabError(f"{host}: give a command, as in '{host} ping -c 1 10.0.0.2'")
        if in_background:
            self._write(str(await self._network.run_in_background(host, words)))
            return
        with self._interrupts.left_to_the_command():
            await self._network.run(host, words)

    # --- the commands of the table -------------------------------------------------------------

    async def help(self, arguments: Sequence[str]) -> None:
        """Print this."""
        width = max(len(command.usage) for command in COMMANDS.values())
        for command in dict.fromkeys(COMMANDS.values()):
            self._write(f"  {command.usage:{width}}  {command.summary}")

    async def nodes(self, arguments: Sequence[str]) -> None:
        """List hosts with their addresses, and switches."""
        topology = self._network.topology
        for host in topology.hosts.values():
            self._write(f"{host.name:6} {host.ip.ip}  {host.mac_text}")
        for switch in topology.switches.values():
            self._write(f"{switch.name:6} datapath {switch.dpid:016x}")

    async def links(self, arguments: Sequence[str]) -> None:
        """List the links."""
        for first, second in self._network.topology.links:
            self._write(f"{first.interface} -- {second.interface}")

    async def link(self, arguments: Sequence[str]) -> None:
        """Take the links between two nodes down, or up again."""
        *ends, state = arguments or [""]
        links = [link for link in self._network.topology.links if ends and _joins(link, ends)]
        if not links or state not in ("down", "up"):
            raise LabError("name two nodes with a link, then down or up: link s1 s2 down")
        for link in links:
            await self._network.set_link(link, state == "up")

    async def pingall(self, arguments: Sequence[str]) -> None:
        """Have every host ping every other."""
        self._write(str(await pingall(self._network)))

    async def iperf(self, arguments: Sequence[str]) -> None:
        """Measure TCP between two hosts."""
        hosts = list(self._network.topology.hosts)
        source, target = self._check_two_hosts(arguments or [hosts[0], hosts[-1]])
        rate = await self._network.iperf(source, target, IPERF_SECONDS)
        self._write(f"TCP {source} -> {target}: {rate:.2f} Gbit/s")

    async def trace(self, arguments: Sequence[str]) -> None:
        """Tell what would become of a packet at a switch, or of a ping between two hosts."""
        name, *words = arguments or [""]
        if name in self._network.topology.switches:
            await self._trace_packet(name, ",".join(words))
        elif name in self._network.topology.hosts:
            async for line in trace_ping(self._network, *self._check_two_hosts(arguments)):
                self._write(line)
        else:
            raise LabError("name two hosts, or a switch and a packet: trace s1 in_port=1,arp")

    async def _trace_packet(self, switch: str, words: str) -> None:
        try:
            arguments = request(words)
        except ValueError as error:
            raise LabError(str(error)) from None
        answer = await self._network.ask(switch, "trace", **arguments)
        self._write(QUESTIONS["trace"].format(answer))

    async def exit(self, arguments: Sequence[str]) -> None:
        """Leave."""
        raise Leave

    async def flows(self, arguments: Sequence[str]) -> None:
        """Print the flow entries of switches; words that say something of entries choose among them."""
        which = [
            word for word in arguments if "=" in word or SHORTHANDS.keys() >= set(word.split(","))
        ]
        switches = [word for word in arguments if word not in which]
        await self.ask("flows", switches, which=",".join(which))

    async def ask(self, question: str, switches: Sequence[str], **arguments: str) -> None:
        """Print what switches answer; all of them when none is named."""
        known = self._network.topology.switches
        for name in switches or known:
            if name not in known:
                raise LabError(f"{name!r} is no switch; there are {' '.join(known)}")
            if len(switches or known) > 1:
                self._write(f"--- {name}")
            answer = await self._network.ask(name, question, **arguments)
            self._write(QUESTIONS[question].format(answer))

    def _check_two_hosts(self, names: Sequence[str]) -> tuple[str, str]:
        hosts = self._network.topology.hosts
        if len(names) != 2 or not hosts.keys() >= set(names) or names[0] == names[1]:
            raise LabError(f"name two of the hosts {' '.join(hosts)}")
        return names[0], names[1]


class _Command(NamedTuple):
    """A row of the help text, and what carries it out."""

    usage: str
    summary: str
    do: Callable[[Prompt, Sequence[str]], Awaitable[None]]


def _ask(question: str) -> Callable[[Prompt, Sequence[str]], Awaitable[None]]:
    """Return what asks switches this."""
    return lambda prompt, switches: prompt.ask(question, switches)


def _joins(link: Link, ends: Sequence[str]) -> bool:
    """Return whether these are the nodes at the ends of a link."""
    return sorted(ends) == sorted(end.node for end in link)


async def _never(prompt: Prompt, arguments: Sequence[str]) -> None:
    raise LabError("put a host's name there, such as h1")


COMMANDS: dict[str, _Command] = {
    PLACEHOLDER: _Command(
        f"{PLACEHOLDER} COMMAND [&]",
        "run a command in a host, h2 as its address: h1 ping h2",
        _never,
    ),
    "pingall": _Command("pingall", "every host pings every other", Prompt.pingall),
    "iperf": _Command("iperf [HOST HOST]", "TCP between two hosts, in Gbit/s", Prompt.iperf),
    "show": _Command("show [SWITCH...]", "a switch and its controllers", _ask("show")),
    "flows": _Command(
        "flows [SWITCH...] [WHICH]",
        "the flow tables, or some of it: flows s1 tcp,out_port=2",
        Prompt.flows,
    ),
    "ports": _Command("ports [SWITCH...]", "the ports with their counters", _ask("ports")),
    "drops": _Command("drops [SWITCH...]", "what was dropped, and why", _ask("drops")),
    "trace": _Command(
        "trace HOST HOST",
        "what would become of a ping; of any packet: trace s1 in_port=1,arp",
        Prompt.trace,
    ),
    "nodes": _Command("nodes", "hosts with their addresses, and switches", Prompt.nodes),
    "links": _Command("links", "what is connected with what", Prompt.links),
    "link": _Command("link NODE NODE down|up", "take a link down, or up again", Prompt.link),
    "help": _Command("help", "this list", Prompt.help),
    "exit": _Command("exit", "end the lab", Prompt.exit),
}
COMMANDS["quit"] = COMMANDS["exit"]
