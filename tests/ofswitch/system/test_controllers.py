"""A switch as a process, with controllers as processes: an old master, and Open vSwitch's tool as a controller."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from openflow import FlowMod, FlowModCommand, Match, TableId
from tests.kernel.isolation import ROOT
from tests.kernel.waiting import TIMEOUT_S, wait_until
from tests.needs import needs
from tests.ofswitch.agent.world import forward
from tests.ofswitch.system.masters import Master
from tests.ofswitch.system.switches import TAP, RunningSwitch, running_switch

pytestmark = pytest.mark.system

OLD, NEW = 0x01D, 0x2E3
"""The cookies of those who write."""


def cookies(switch: RunningSwitch) -> set[int]:
    """Whose flow entries there are."""
    return {int(cookie, 0) for cookie in re.findall(r"cookie=(\w+)", switch("flows", switch.name))}


def succeeds(command: Sequence[str]) -> bool:
    """Whether a command ends well."""
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
    return done.returncode == 0


@contextmanager
def old_master() -> Iterator[subprocess.Popen[str]]:
    """A master of generation 1 that writes as long as it may; it waits for a switch."""
    command = [sys.executable, "-m", "tests.ofswitch.system.masters", str(OLD), "1"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=TIMEOUT_S)


def test_an_old_master_that_was_stopped_and_goes_on_cannot_write(tmp_path: Path) -> None:
    with old_master() as old, socket.create_server(("127.0.0.1", 0)) as server:
        assert old.stdout is not None
        ports = (int(old.stdout.readline()), server.getsockname()[1])
        controllers = [w for port in ports for w in ("--controller", f"tcp:127.0.0.1:{port}")]
        options = ["--fail-mode", "secure", "--port", f"tap:{TAP}6,up=no", *controllers]
        with running_switch("agt-s3", tmp_path, *options) as switch:
            wait_until(lambda: cookies(switch) == {OLD}, "the old master's entries")
            old.send_signal(signal.SIGSTOP)
            new = Master(server)
            assert new.become(2) is None
            everything = FlowMod(command=FlowModCommand.DELETE, table_id=TableId.ALL)
            assert new.say(everything, forward(2, Match(in_port=1), cookie=NEW)) is None
            assert cookies(switch) == {NEW}
            old.send_signal(signal.SIGCONT)
            said, _ = old.communicate(timeout=TIMEOUT_S)
            assert re.findall(r"[A-Z_]{9,}", said) == [
                *("BAD_REQUEST__IS_SLAVE", "ROLE_REQUEST_FAILED__STALE")
            ]
            assert cookies(switch) == {NEW}
            shown = switch("show", "agt-s3")
            assert re.search(r"refused: \d+ slave_write, 1 stale_generation_id", shown)
            assert "generation id 2" in shown
            new.close()
            assert "Traceback" not in switch.log()


@needs("ovs-ofctl")
@pytest.mark.parametrize("protocol", ["OpenFlow10", "OpenFlow13"])
def test_open_vswitchs_monitor_hears_and_writes_as_its_role_lets_it(
    tmp_path: Path, protocol: str
) -> None:
    """`ovs-ofctl monitor` sends what `ovs-appctl ofctl/send` gives it, in hex."""
    options = ["--listen", "ptcp:0:127.0.0.1", "--fail-mode", "secure"]
    with running_switch("agt-s3", tmp_path, *options) as switch:
        log = tmp_path / "monitor.log"
        socket_ = tmp_path / "monitor.ctl"
        command = [
            *("ovs-ofctl", "-O", protocol, "monitor", switch.listens_at(), "65535"),
            *(f"--unixctl={socket_}", "--no-chdir"),
        ]
        with log.open("wb") as output:
            monitor = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            control = ["ovs-appctl", "-t", str(socket_)]
            wait_until(lambda: succeeds([*control, "version"]), "the monitor's control socket")
            for message, answer in CONVERSATION[protocol]:
                assert succeeds([*control, "ofctl/send", message])
                wait_until(lambda answer=answer: answer in log.read_text(), answer)  # type: ignore[misc]
            assert "1 slave_write" in switch("show", "agt-s3")
            assert switch("flows", "agt-s3") == ""
        finally:
            monitor.terminate()
            monitor.wait(TIMEOUT_S)
            print(log.read_text())


CONVERSATION = {
    "OpenFlow10": [
        ("01040014 00000031 00002320 0000000a 00000001", "NXT_ROLE_REPLY (xid=0x31): role=primary"),
        (
            "01040014 00000032 00002320 0000000a 00000002",
            "NXT_ROLE_REPLY (xid=0x32): role=secondary",
        ),
        (
            "010e0048 00000033 003fffff" + "00" * 36 + "0000000000000000 0000 0000 0000 8000"
            "ffffffff ffff 0000",
            "OFPT_ERROR (xid=0x33): OFPBRC_EPERM",
        ),
        ("01040014 00000034 00002320 0000000a 00000007", "OFPT_ERROR (xid=0x34): OFPRRFC_BAD_ROLE"),
    ],
    "OpenFlow13": [
        (
            "04180018 00000031 00000002 00000000 0000000000000005",
            "OFPT_ROLE_REPLY (OF1.3) (xid=0x31): role=primary generation_id=5",
        ),
        (
            "04180018 00000032 00000002 00000000 0000000000000004",
            "OFPT_ERROR (OF1.3) (xid=0x32): OFPRRFC_STALE",
        ),
        (
            "04180018 00000033 00000003 00000000 0000000000000006",
            "OFPT_ROLE_REPLY (OF1.3) (xid=0x33): role=secondary generation_id=6",
        ),
        (
            "040f0010 00000034 0000 0000 00000001",
            "OFPT_ERROR (OF1.3) (xid=0x34): OFPBRC_IS_SECONDARY",
        ),
        (
            "04040014 00000035 00002320 0000000a 00000000",
            "NXT_ROLE_REPLY (OF1.3) (xid=0x35): role=equal",
        ),
    ],
}
