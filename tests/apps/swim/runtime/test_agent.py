"""The process `ofswim agent`, and what asks it."""

from __future__ import annotations

import asyncio
import json
import select
import signal
import socket
import stat
import subprocess
import sys
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import pytest

from apps.swim import Swim
from apps.swim.config import LAN
from apps.swim.settings import with_envelope
from tests.apps.swim.runtime.agents import OFSWIM, PATIENCE_S, RunningAgent, running_agent
from tests.kernel.waiting import wait_until

KEY, OTHER = (b64encode(bytes([number]) * 32).decode() for number in (1, 2))


def test_two_agents_see_each_other_change_and_leave(tmp_path: Path) -> None:
    with running_agent("h1", tmp_path, "--meta", "role=web", "--meta", "zone=a") as one:
        with running_agent("h2", tmp_path, "--join", one.address()) as two:
            two.wait_until_sees("h1", "alive")
            one.wait_until_sees("h2", "alive")
            assert two.members()["h1"]["tags"] == {"role": "web", "zone": "a"}
            one("update", "--meta", "zone=b", "--meta", "role=")
            wait_until(lambda: two.members()["h1"]["tags"] == {"zone": "b"}, "tags", PATIENCE_S)
            table = two("members")
            assert "zone=b" in table
            assert "members: 2 alive" in two("info")
            two("leave")
            assert two.process.wait(PATIENCE_S) == 0
            assert not two.control.exists()
            assert not two.ready.exists()
        one.wait_until_sees("h2", "left")
        assert one.end() == 0
    assert "h2" in one.log()
    assert "Traceback" not in one.log() + two.log()


def test_events_are_shown_as_they_happen(tmp_path: Path) -> None:
    with running_agent("h1", tmp_path) as one:
        command = [*OFSWIM, "events", "--json", "--control", str(one.control)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
            assert reader.stdout is not None
            # Whoever comes before the reader listens is not seen by it.
            one("update", "--meta", "a=0")
            number = 0
            while not _readable(reader.stdout):
                number += 1
                one("update", "--meta", f"a={number}")
            with running_agent("h2", tmp_path, "--join", one.address()) as two:
                one.wait_until_sees("h2", "alive")
                assert two.end() == 0
            one.wait_until_sees("h2", "left")
            assert one.end() == 0
            events = [json.loads(line) for line in reader.stdout]
            assert reader.wait(PATIENCE_S) == 0
    told = [(event["event"], event["name"]) for event in events if event["name"] == "h2"]
    told = [(kind, name) for kind, name in told if kind in ("member_join", "member_leave")]
    assert told == [("member_join", "h2"), ("member_leave", "h2")]


def _readable(stream: IO[str]) -> bool:
    return bool(select.select([stream], [], [], 0.1)[0])


@pytest.mark.parametrize("words", [("members", "--watch"), ("events",)], ids=" ".join)
def test_what_shows_until_it_is_interrupted_ends_quietly(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    with running_agent("h1", tmp_path) as one:
        command = [*OFSWIM, *words, "--control", str(one.control)]
        with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as reader:
            assert reader.stdout is not None
            number = 0
            while not _readable(reader.stdout):
                number += 1
                one("update", "--meta", f"a={number}")
            for _ in range(2):
                assert "h1" in reader.stdout.readline() or words[0] == "members"
                one("update", "--meta", f"b={number}")
            reader.send_signal(signal.SIGINT)
            assert reader.wait(PATIENCE_S) == 0
            assert reader.stderr is not None
            assert reader.stderr.read() == ""
        assert set(one.members()) == {"h1"}


def test_a_second_interrupt_does_not_wait(tmp_path: Path) -> None:
    # Nobody listens where it joins, and so it would take its time.
    with closing(socket.create_server(("127.0.0.1", 0), backlog=1)) as silent:
        join = f"127.0.0.1:{silent.getsockname()[1]}"
        with running_agent("h1", tmp_path, "--join", join) as one:
            one.process.send_signal(signal.SIGINT)
            assert one.end(signal.SIGINT) in (0, 1)
            assert not one.control.exists()


def test_keys_are_changed_while_it_runs(tmp_path: Path) -> None:
    with (
        running_agent("h1", tmp_path, "--key", KEY) as one,
        running_agent("h2", tmp_path, "--key", KEY, "--join", one.address()) as two,
    ):
        two.wait_until_sees("h1", "alive")
        for agent in (one, two):
            agent("keys", "add", OTHER)
        for agent in (one, two):
            agent("keys", "use", OTHER)
        for agent in (one, two):
            agent("keys", "remove", KEY)
            assert agent("keys", "list").split() == [OTHER]
        one("update", "--meta", "after=1")
        wait_until(lambda: two.members()["h1"]["tags"] == {"after": "1"}, "tags", PATIENCE_S)
        for words, told in (
            (("keys", "use", KEY), "add it first"),
            (("keys", "remove", OTHER), "primary"),
            (("keys", "add", "x"), "base64"),
        ):
            done = one.ask(*words)
            assert (done.returncode, told in done.stderr) == (1, True), done.stderr


def test_who_cannot_be_joined_is_named_with_the_reason(tmp_path: Path) -> None:
    with running_agent("h1", tmp_path) as one:
        join = ["--join", one.address(), "--join", "127.0.0.1:9"]
        with running_agent("h2", tmp_path, "--no-serf", *join) as two:
            wait_until(lambda: two.log().count("cannot join") == 2, "two warnings", PATIENCE_S)
            assert "cannot join 127.0.0.1:9: Connection refused" in two.log()
            assert f"cannot join {one.address()}: " in two.log()
            assert "version" in two.log()
            assert set(two.members()) == {"h2"}


def test_prometheus_may_read_its_figures(tmp_path: Path) -> None:
    with running_agent("h1", tmp_path, "--metrics", "127.0.0.1") as one:
        wait_until(lambda: "metrics at http" in one.log(), "the place", PATIENCE_S)
        url = one.log().split("metrics at ")[1].split()[0]
        with urlopen(url, timeout=PATIENCE_S) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert b'ofswim_members{state="alive"} 1\n' in answer.read()
        assert one.end() == 0


def test_requests_that_are_wrong_are_told_so(tmp_path: Path) -> None:
    with running_agent("h1", tmp_path) as one:
        for words, told in (
            (("keys", "list"), "does not encrypt"),
            (("update", "--meta", "x"), "KEY=VALUE"),
            (("update", "--meta", "k=" + "v" * 600), "more than 512"),
            (("join", "127.0.0.1:9"), "none of them has answered"),
            (("join", "127.0.0.1:x"), "a port is a number"),
        ):
            done = one.ask(*words)
            assert (done.returncode, done.stderr.count("\n")) == (1, 1)
            assert told in done.stderr
        assert "Traceback" not in one.log()


def test_the_control_socket_is_for_its_owner_and_survives_anything(tmp_path: Path) -> None:
    with running_agent("h1", tmp_path) as one:
        assert stat.S_IMODE(one.control.stat().st_mode) == 0o600
        for data in (b"\n", b"{}\n", b"x" * 100_000, b'{"command": "events"}\n'):
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PATIENCE_S)
                client.connect(str(one.control))
                client.sendall(data)
                client.recv(1)
        assert set(one.members()) == {"h1"}


def test_an_agent_of_the_same_name_is_refused_before_anybody_hears_of_it(tmp_path: Path) -> None:
    with (
        running_agent("h1", tmp_path) as one,
        running_agent("h2", tmp_path, "--join", one.address()) as two,
    ):
        one.wait_until_sees("h2", "alive")
        again = [*OFSWIM, "agent", "--name", "h1", "--bind", "127.0.0.1:0", "--join", two.address()]
        done = subprocess.run(
            [*again, "--control", str(one.control), "--log-level", "error"],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 1
        assert "is running already" in done.stderr
        assert set(one.members()) == {"h1", "h2"}
    assert "CONFLICT" not in two.log()


def test_the_socket_of_an_agent_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    with running_agent("h1", tmp_path) as one:
        assert one.end(signal.SIGKILL) == -signal.SIGKILL
        assert one.control.exists()
        one.ready.unlink()
    with running_agent("h1", tmp_path) as again:
        assert set(again.members()) == {"h1"}


def test_a_name_at_two_addresses_is_reported_loudly(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with running_agent("h1", tmp_path) as one, running_agent("h2", tmp_path) as two:
        two("join", one.address())
        with running_agent("h2", tmp_path / "other", "--join", one.address()) as other:
            wait_until(lambda: "NAME CONFLICT: h2 is at" in one.log(), "a report", PATIENCE_S)
            wait_until(lambda: "with another --name" in other.log(), "a report", PATIENCE_S)
            assert "ERROR" in one.log()
            assert one.members()["h2"]["address"] == two.address()


def test_an_agent_takes_less_than_40_mib_in_a_cluster_of_a_hundred(tmp_path: Path) -> None:
    async def test(agent: RunningAgent) -> None:
        config = with_envelope(LAN, "", [KEY])
        seeds = [agent.address()]
        others = [
            await Swim(f"m{number}", config, bind="127.0.0.1:0", join=seeds).__aenter__()
            for number in range(99)
        ]
        while await asyncio.to_thread(lambda: len(agent.members())) < 100:
            await asyncio.sleep(0.1)
        for other in others:
            await other.close()
        assert agent.memory() < 40 << 20

    with running_agent("h1", tmp_path, "--key", KEY) as one:
        asyncio.run(asyncio.wait_for(test(one), PATIENCE_S))


@pytest.mark.parametrize(
    "module", ["rich", "scapy", "pyroute2", "openflow", "controller", "ofswitch"]
)
def test_an_agent_loads_nothing_that_it_does_not_need(module: str) -> None:
    code = f"import sys, apps.swim.cli, apps.swim.runtime.main; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
