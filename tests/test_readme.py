"""What the README shows is run: its controller script, and the files that it names."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from topologies.lab import Lab, open_lab
from topologies.plan import LabOptions
from topologies.topology import parse_topology

README = Path(__file__).parent.parent / "README.md"
SERVE = """
import socketserver, sys
socketserver.TCPServer.allow_reuse_address = True
socketserver.TCPServer(("", int(sys.argv[1])), socketserver.BaseRequestHandler).serve_forever()
"""
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], sys.argv[2]), 1).close()"


def script_of_the_readme() -> str:
    """The first block of Python in the README."""
    script, *_ = re.findall(
        r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return script


def test_the_files_that_the_readme_links_to_exist() -> None:
    links = re.findall(r"\]\(([\w./]+)\)", README.read_text("utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []


@pytest.mark.parametrize("protocols", ["OpenFlow10", "OpenFlow13"])
@pytest.mark.system
def test_the_script_of_the_readme_blocks_port_80_of_one_host_only(
    tmp_path: Path, protocols: str
) -> None:
    script = tmp_path / "firewall.py"
    script.write_text(script_of_the_readme(), "utf-8")
    assert len(script.read_text("utf-8").splitlines()) <= 20

    async def connections() -> dict[tuple[str, int], bool]:
        options = LabOptions(controller=str(script), protocols=protocols)
        async with open_lab(parse_topology("single,3"), options, say=print) as lab:
            for host, port in (("h1", 80), ("h1", 8080), ("h2", 80)):
                await lab.run_in_background(host, [sys.executable, "-c", SERVE, str(port)])
            targets = [("h1", 8080), ("h2", 80), ("h1", 80)]
            return {target: await reaches(lab, "h3", *target) for target in targets}

    assert asyncio.run(connections()) == {("h1", 8080): True, ("h2", 80): True, ("h1", 80): False}


async def reaches(lab: Lab, source: str, target: str, port: int, tries: int = 3) -> bool:
    """Whether a TCP connection comes about; it is tried again, since the server may yet be starting."""
    address = str(lab.topology.hosts[target].ip.ip)
    command = [sys.executable, "-c", CONNECT, address, str(port)]
    for _ in range(tries):
        if await lab.run(source, command) == 0:
            return True
        await asyncio.sleep(0.2)
    return False
