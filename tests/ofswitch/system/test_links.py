"""Interfaces that somebody takes down and raises while they are ports: the switch tells, and leaves them alone."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from openflow import V1_0, PacketIn, PortState, PortStatus
from tests.kernel.waiting import wait_until
from tests.ofswitch.agent.world import frame
from tests.ofswitch.runtime.rig import Peer, running

pytestmark = pytest.mark.system

DATAPATHS = pytest.mark.parametrize(
    "datapath", ["reference", pytest.param("native", marks=pytest.mark.native)]
)


@pytest.fixture
def pair() -> Iterator[tuple[str, str]]:
    """Two ends of a link, both up, and the kernel has noticed."""
    near, far = f"trc-a{os.getpid() % 100000}", f"trc-b{os.getpid() % 100000}"
    subprocess.run(["ip", "link", "add", near, "type", "veth", "peer", far], check=True)
    try:
        for end in (near, far):
            subprocess.run(["ip", "link", "set", end, "up"], check=True)
        wait_until(lambda: "state UP" in described(near), "a carrier")
        yield near, far
    finally:
        subprocess.run(["ip", "link", "del", near], check=True)


def described(name: str) -> str:
    """What `ip link` says of an interface."""
    return subprocess.check_output(["ip", "-o", "link", "show", name], text=True)


def is_up(name: str) -> bool:
    """Whether the interface is, as far as its owner is concerned."""
    return "UP" in described(name).partition("<")[2].partition(">")[0].split(",")


def send(name: str, data: bytes) -> None:
    """Send a frame there."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as packets:
        packets.bind((name, 0))
        packets.send(data)


async def state_becomes(peer: Peer, live: bool) -> None:
    """Wait until the switch says that its port's link is live, or not."""
    while (await peer.expect(PortStatus)).desc.state & PortState.LINK_DOWN == live:
        pass


@DATAPATHS
def test_an_interface_that_is_taken_down_stays_down_until_it_is_raised(
    datapath: str, pair: tuple[str, str]
) -> None:
    near, far = pair

    async def test() -> None:
        async with running(datapath=datapath) as switch:
            peer = await Peer.local(switch, V1_0)
            switch.add_port(f"dev:{near}")
            for _ in range(2):
                subprocess.run(["ip", "link", "set", near, "down"], check=True)
                await state_becomes(peer, live=False)
                assert not is_up(near)
                subprocess.run(["ip", "link", "set", near, "up"], check=True)
                await state_becomes(peer, live=True)
                send(far, frame())
                assert (await peer.expect(PacketIn)).in_port == 1

    asyncio.run(test())


def test_an_interface_that_is_to_stay_down_is_not_raised_when_it_becomes_a_port(
    pair: tuple[str, str],
) -> None:
    near, _ = pair
    subprocess.run(["ip", "link", "set", near, "down"], check=True)

    async def test() -> None:
        async with running() as switch:
            switch.add_port(f"dev:{near},up=no")
            assert not is_up(near)

    asyncio.run(test())
