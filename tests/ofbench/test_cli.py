"""The command line, from its arguments to its files."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from errno import ENOSPC
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from ofbench import native
from ofbench.address import Address
from ofbench.cli import main
from ofbench.cli.ending import told
from openflow import V1_0, FeaturesRequest
from tests.ofbench.peers import bare_controller, like_a_switch, peer

SHORT = ["--switches", "2", "--macs", "10", "--warm-up", "0", "--rounds", "1", "--seconds", "0.1"]


@pytest.mark.native
def test_a_controller_is_measured_and_what_was_found_is_written(tmp_path: Path) -> None:
    with bare_controller(V1_0) as address:
        files = ["--json", str(tmp_path / "found.json")]
        done = CliRunner().invoke(main, ["controller", str(address), *SHORT, *files])
    assert done.exit_code == 0, done.output
    assert "throughput" in done.output
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["address"] == str(address)
    assert found["settings"]["macs"] == 10
    assert found["cut_short_by"] is None
    assert [one["mode"] for one in found["results"]] == ["throughput", "latency"]
    for one in found["results"]:
        assert one["responses_per_s"] > 0
        assert 0.4 < one["fairness"] <= 1
        assert one["latency_us"]["p50"] > 0


@pytest.mark.native
def test_a_picture_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    plot = tmp_path / "found.png"
    with bare_controller(V1_0) as address:
        arguments = ["controller", str(address), *SHORT, "--mode", "latency", "--plot", str(plot)]
        done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.native
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_file_that_finds_no_room_is_told_by_its_option() -> None:
    with bare_controller(V1_0) as address:
        arguments = ["controller", str(address), *SHORT, "--mode", "latency", "--json", "/dev/full"]
        done = CliRunner().invoke(main, arguments, prog_name="ofbench")
    assert done.exit_code == 1
    assert done.output.endswith("ofbench: --json /dev/full: No space left on device\n")


@pytest.mark.native
def test_what_is_printed_and_finds_no_room_is_no_fault_of_who_is_measured() -> None:
    with pytest.raises(OSError, match="No space left"), told(Address("localhost", 6653)):
        raise OSError(ENOSPC, "No space left on device")


@pytest.mark.native
def test_a_controller_that_answers_nothing_is_told_as_such(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    with peer(V1_0, lambda message: [], ask=FeaturesRequest()) as address:
        given = [*SHORT, "--switches", "1", "--mode", "throughput", "--json", str(found)]
        done = CliRunner().invoke(main, ["controller", str(address), *given])
    assert done.exit_code == 1
    (result,) = json.loads(found.read_text())["results"]
    sent = result["packet_ins"]["in_flight"]
    assert result["packet_ins"] == {
        "sent": sent,
        "answered": 0,
        "unanswered": 0,
        "in_flight": sent,
    }
    complaint = f"answered none of {sent:,} packet-ins in throughput mode: does its app answer?"
    assert complaint in done.output


def interrupted_in(phase: str) -> Callable[..., AbstractContextManager[Callable[..., None]]]:
    """A progress that is watched by somebody who loses patience."""

    @contextmanager
    def progress(console: Console, mode: str) -> Iterator[Callable[..., None]]:
        def watch(now: str, part: float, rate: float) -> None:
            if (mode, now) == ("latency", phase):
                raise KeyboardInterrupt

        yield watch

    return progress


@pytest.mark.native
def test_ctrl_c_keeps_the_rounds_that_are_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ofbench.progress.progress", interrupted_in("round 3 of 5"))
    given = [*SHORT, "--rounds", "5", "--json", str(tmp_path / "found.json")]
    with bare_controller(V1_0) as address:
        done = CliRunner().invoke(main, ["controller", str(address), *given])
    assert done.exit_code == 130
    assert "responses/s" in done.output
    assert done.output.endswith("ofbench: interrupted\n")
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["cut_short_by"] == "interrupt"
    assert [len(result["rounds"]) for result in found["results"]] == [5, 2]


@pytest.mark.native
def test_ctrl_c_before_a_round_is_over_leaves_nothing_but_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ofbench.progress.progress", interrupted_in("warm-up"))
    given = [*SHORT, "--warm-up", "0.1", "--mode", "latency", "--json", str(tmp_path / "x.json")]
    with bare_controller(V1_0) as address:
        done = CliRunner().invoke(main, ["controller", str(address), *given])
    assert (done.exit_code, done.output) == (130, "ofbench: interrupted\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.native
def test_a_switch_is_measured_and_what_was_found_is_written(tmp_path: Path) -> None:
    with peer(V1_0, like_a_switch) as address:
        short = ["--flows", "20", "--packets", "80", "--rounds", "1"]
        arguments = ["switch", str(address), *short, "--json", str(tmp_path / "found.json")]
        done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "flow-mods that add" in done.output
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["datapath_id"] == "0000000000000abc"
    assert all(ability["per_s"] > 0 for ability in found["abilities"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["controller"], "Missing argument"),
        (["controller", "host:x"], "'x' is no port"),
        (["controller", "localhost", "--protocol", "OpenFlow09"], "unknown OpenFlow version"),
        (["controller", "localhost", "--macs", "1"], "not in the range"),
        (["controller", "localhost", "--switches", "65536"], "not in the range"),
        (["controller", "localhost", "--frame-size", "20"], "not in the range"),
        (["switch", "localhost", "--packets", "1"], "not in the range"),
    ],
)
def test_what_cannot_work_is_refused(arguments: list[str], complaint: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert complaint in done.output


@pytest.mark.native
def test_a_processor_that_is_not_there_is_told() -> None:
    done = CliRunner().invoke(main, ["controller", "localhost", "--cpu", "4095"])
    assert done.exit_code == 2
    assert "no processor 4095" in done.output


@pytest.mark.native
def test_a_host_that_is_not_known_is_told_in_one_line() -> None:
    done = CliRunner().invoke(main, ["switch", "tcp:no-such-host.invalid:6653"])
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith("main: tcp:no-such-host.invalid:6653: Name or service not known")


@pytest.mark.native
def test_an_address_that_is_taken_is_told_without_numbers_of_errors() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"ptcp:{taken.getsockname()[1]}:127.0.0.1"
        for command in ("switch", "bare"):
            done = CliRunner().invoke(main, [command, place], prog_name="ofbench")
            assert done.exit_code == 1
            assert done.output == f"ofbench: {place}: Address already in use\n"


def test_without_the_native_module_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "AVAILABLE", False)
    done = CliRunner().invoke(main, ["controller", "localhost"])
    assert done.exit_code == 1
    assert native.MISSING in done.output


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--seconds", "nan", "no number of seconds"),
        ("--warm-up", "inf", "not in the range"),
        ("--rounds", "9" * 30, "not in the range"),
        ("--cpu", "9" * 30, "there is no processor"),
        ("--json", "/no/such/folder/found.json", "there is no folder /no/such/folder"),
        ("--plot", "/no/such/folder/found.png", "there is no folder /no/such/folder"),
        ("--plot", "found.txt", "found.txt must end in .png"),
    ],
)
@pytest.mark.native
def test_what_cannot_come_to_an_end_is_refused_before_it_begins(
    option: str, value: str, complaint: str
) -> None:
    done = CliRunner().invoke(main, ["controller", "127.0.0.1:1", option, value])
    assert done.exit_code == 2
    assert complaint in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("command", "place", "instead"),
    [
        ("controller", "ptcp:6653", "try tcp:HOST:PORT"),
        ("bare", "tcp:127.0.0.1:6653", "try ptcp:PORT[:HOST]"),
        ("controller", "ssl:127.0.0.1:6653", "no TLS, just tcp:"),
        ("switch", "pssl:6653", "no TLS, just tcp:"),
    ],
)
def test_an_address_of_the_wrong_kind_is_told_from_the_right_one(
    command: str, place: str, instead: str
) -> None:
    done = CliRunner().invoke(main, [command, place])
    assert done.exit_code == 2
    assert instead in " ".join(done.output.split())


@pytest.mark.native
def test_ctrl_c_does_not_wait_for_who_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "ofbench", "controller", place, "--switches", "1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        peer, _ = silent.accept()
        with peer:  # still there when it is over: that it was closed would be another reason to end
            peer.recv(8)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "ofbench: interrupted\n"
