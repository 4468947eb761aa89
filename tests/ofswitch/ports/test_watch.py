"""The watcher of interfaces, in our namespace and in those of tap ports."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from ofswitch.ports import LinkChange, LinkId, LinkWatcher, Port, memory_pair
from ofswitch.ports.netlink import OUR_NAMESPACE
from tests.ofswitch.ports.lab import Lab, fresh_name, run, wait_for


class News:
    """What a watcher says of one port, until it has said what is expected."""

    def __init__(self, watcher: LinkWatcher) -> None:
        self.watcher = watcher

    def of(self, port: Port, key: Callable[[LinkChange], Any], expected: list[Any]) -> None:
        """Wait until the changes that concern the port, seen through `key`, are as expected."""
        heard: list[Any] = []

        def done() -> bool:
            heard.extend(key(one) for one in self.watcher.receive() if one.concerns(port))
            return heard[: len(expected)] == expected

        wait_for(self.watcher, done)
        assert heard == expected


@pytest.fixture
def watcher() -> Iterator[LinkWatcher]:
    with closing(LinkWatcher()) as one:
        yield one


def up(change: LinkChange) -> bool:
    return change.up


def test_a_port_without_interface_concerns_only_a_loss_of_messages() -> None:
    port, peer = memory_pair("a", "b")
    with closing(port), closing(peer):
        assert not LinkChange(LinkId(OUR_NAMESPACE, 1)).concerns(port)
        assert LinkChange(None).concerns(port)


@pytest.mark.system
def test_up_and_down_are_reported_once_each(lab: Lab, watcher: LinkWatcher) -> None:
    near, far = lab.veth()
    port = lab.open(f"dev:{near}")
    News(watcher).of(port, up, [False])
    run("ip", "link", "set", far, "up")
    News(watcher).of(port, up, [True])
    run("ip", "link", "set", near, "mtu", "1400")  # no news
    run("ip", "link", "set", far, "down")
    News(watcher).of(port, up, [False])


@pytest.mark.system
def test_a_change_tells_the_state(lab: Lab, watcher: LinkWatcher) -> None:
    port = lab.open(f"tap:{fresh_name('t')},mac=02:00:00:00:00:55")
    link_id = port.link_id
    expected = LinkChange(link_id, port.name, True, 0x020000000055, False)
    wait_for(watcher, lambda: expected in watcher.receive())


@pytest.mark.system
def test_a_new_address_and_the_removal_are_reported(lab: Lab, watcher: LinkWatcher) -> None:
    port = lab.open(f"dev:{lab.veth()[0]}")
    watcher.receive()
    run("ip", "link", "set", port.name, "address", "02:00:00:00:00:55")
    News(watcher).of(port, lambda change: change.hw_addr, [0x020000000055])
    run("ip", "link", "del", port.name)
    wait_for(watcher, lambda: any(one.removed and one.concerns(port) for one in watcher.receive()))


@pytest.mark.system
def test_a_taps_end_in_another_namespace_is_watched(lab: Lab, watcher: LinkWatcher) -> None:
    netns = lab.namespace()
    port = lab.open(f"tap:{fresh_name('t')},netns={netns},name=eth0")
    watcher.receive()
    run("ip", "-n", netns, "link", "set", "eth0", "down")
    News(watcher).of(port, up, [False])
    run("ip", "-n", netns, "link", "set", "eth0", "up")
    News(watcher).of(port, up, [True])


@pytest.mark.system
def test_a_carrier_taken_by_the_port_is_reported(lab: Lab, watcher: LinkWatcher) -> None:
    port = lab.open(f"tap:{fresh_name('t')}")
    watcher.receive()
    port.set_up(False)
    News(watcher).of(port, up, [False])


@pytest.mark.system
def test_after_a_burst_too_long_everything_is_to_be_looked_at(
    lab: Lab, watcher: LinkWatcher
) -> None:
    port = lab.open(f"dev:{lab.veth()[0]}")
    watcher.receive()
    with socket.socket(fileno=socket.dup(watcher.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for mtu in range(1300, 1310):
        run("ip", "link", "set", port.name, "mtu", str(mtu))
    lost = [change for change in watcher.receive() if change.link_id is None]
    assert lost
    assert lost[0].concerns(port)
