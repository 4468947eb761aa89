"""A session with Mininet's API and our classes; run by the system's Python behind the wall.

It prints one JSON object: what the network did. Arguments: the path of ``topologies/mn.py``, and the
OpenFlow version.
"""

from __future__ import annotations

import json
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

from mininet.net import Mininet
from mininet.topo import SingleSwitchTopo

IPERF_SECONDS = 2
PROGRAMS = (b"ofswitch", b"ofcontroller")


def main(classes: str, protocol: str) -> dict[str, Any]:
    """Run the session."""
    ours = runpy.run_path(classes)
    net = Mininet(
        topo=SingleSwitchTopo(2),
        switch=lambda name, **options: ours["OFSwitch"](name, protocols=protocol, **options),
        controller=ours["OFController"],
        waitConnected=True,
    )
    net.start()
    facts: dict[str, Any] = {}
    try:
        facts["version"] = net["s1"].ask("show")["sessions"][0]["version"]
        facts["loss_percent"] = net.pingAll()
        facts["offloads"] = net["h1"].cmd("ethtool --show-offload h1-eth0")
        facts["gbit_per_s"] = measure_tcp(net["h1"], net["h2"])
        facts["flows"] = net["s1"].dpctl("dump-flows")
        facts["trace"] = net["s1"].dpctl("trace", "in_port=1,arp")
        facts["loss_percent_attached"], facts["loss_percent_detached"] = plug_in_and_out(net)
    finally:
        net.stop()
    facts["left_processes"] = our_processes()
    facts["left_interfaces"] = [name for _, name in socket.if_nameindex()]
    return facts


def measure_tcp(source: Any, target: Any) -> float:
    """Send TCP with iperf3 and return the Gbit/s that arrived."""
    server = target.popen(["iperf3", "--server", "--one-off", "--forceflush"])
    while b"listening" not in server.stdout.readline():
        assert server.poll() is None, "iperf3 would not start as a server"
    client = ["iperf3", "--client", target.IP(), "--time", str(IPERF_SECONDS), "--json"]
    answer, error, _ = source.pexec([*client, "--connect-timeout", "5000"])
    server.terminate()
    result = json.loads(answer)
    assert "error" not in result, (result["error"], error)
    return float(result["end"]["sum_received"]["bits_per_second"]) / 1e9


def plug_in_and_out(net: Any) -> tuple[float, float]:
    """Attach a third host to the running switch, then detach it; return the loss of each time."""
    host = net.addHost("h3")
    link = net.addLink(host, net["s1"])
    host.setIP("10.0.0.3", 8)
    net["s1"].attach(link.intf2)
    attached = net.ping([net["h1"], host], timeout=2)
    net["s1"].detach(link.intf2)
    return attached, net.ping([net["h1"], host], timeout=1)


def our_processes() -> list[str]:
    """Return the command lines of our programs that still run."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if any(Path(word.decode()).name.encode() in PROGRAMS for word in line.split(b"\0")[:2]):
            lines.append(line.replace(b"\0", b" ").decode())
    return lines


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
