"""Our topologies against Mininet's own: the same nodes, links, port numbers and datapath ids.

Mininet runs on the system's Python, so it is asked in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from topologies.topology import parse_topology

SYSTEM_PYTHON = Path("/usr/bin/python3")
MININET = Path("/usr/lib/python3/dist-packages/mininet")

ASK_MININET = """
import json, sys
from mininet.topo import LinearTopo, SingleSwitchTopo
from mininet.topolib import TreeTopo
from mininet.util import buildTopo
topo = buildTopo({"single": SingleSwitchTopo, "linear": LinearTopo, "tree": TreeTopo}, sys.argv[1])
ends = [[[i["node1"], i["port1"]], [i["node2"], i["port2"]]] for _, _, i in topo.links(withInfo=True)]
print(json.dumps({"hosts": topo.hosts(), "switches": topo.switches(), "links": ends}))
"""

pytestmark = pytest.mark.skipif(
    not (SYSTEM_PYTHON.exists() and MININET.exists()), reason="Mininet is not installed"
)


def ask_mininet(text: str) -> dict[str, list[object]]:
    """Describe a topology as Mininet understands it."""
    command = [str(SYSTEM_PYTHON), "-W", "ignore", "-c", ASK_MININET, text]
    answer: dict[str, list[object]] = json.loads(subprocess.check_output(command))
    return answer


@pytest.mark.parametrize(
    "text", ["single,1", "single,12", "linear,1", "linear,4", "linear,3,2", "tree,1,2", "tree,3,3"]
)
def test_a_topology_is_the_one_that_mininet_builds(text: str) -> None:
    ours, theirs = parse_topology(text), ask_mininet(text)
    assert list(ours.hosts) == theirs["hosts"]
    assert sorted(ours.switches) == sorted(map(str, theirs["switches"]))
    pairs = [[list(link.first), list(link.second)] for link in ours.links]
    assert sorted(pairs) == sorted(theirs["links"])  # type: ignore[type-var]
