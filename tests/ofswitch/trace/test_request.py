"""What a switch is asked: packets from words, from hexadecimal, from captures."""

from __future__ import annotations

from pathlib import Path

import pytest

from ofswitch.ports.capture import CaptureWriter
from ofswitch.trace.request import LONGEST_FRAME, from_capture, from_hex, request
from openflow.packet import Packet


def capture(path: Path, *frames: bytes) -> str:
    """Write a capture file; its name."""
    with path.open("wb") as file:
        writer = CaptureWriter(file)
        for frame in frames:
            writer.write(0, frame)
    return str(path)


def test_words_become_a_frame_and_the_port_that_it_comes_in_on() -> None:
    asked = request("in_port=s1-h1,tcp,nw_dst=10.0.0.2,tp_dst=80")
    assert asked["in_port"] == "s1-h1"
    assert Packet(bytes.fromhex(asked["frame"])).fields()["tcp_dst"] == 80


@pytest.mark.parametrize("text", ["00ff10", "00 ff 10", "00:ff:10", "0x00ff10"])
def test_octets_may_be_written_in_every_usual_way(text: str) -> None:
    assert from_hex(text) == b"\x00\xff\x10"


def test_a_packet_of_a_capture_is_named_by_its_number(tmp_path: Path) -> None:
    name = capture(tmp_path / "some.pcap", b"first", b"second")
    assert [from_capture(name + which) for which in ("", ":1", ":2")] == [
        b"first",
        b"first",
        b"second",
    ]


def test_a_capture_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    assert from_capture(capture(tmp_path / "a:2", b"first")) == b"first"


@pytest.mark.parametrize(
    ("words", "frame", "told"),
    [
        ("tcp", None, "say where the packet comes in: in_port=1"),
        ("in_port=1,tcp", b"frame", "say in_port= alone"),
        ("in_port=1", bytes(LONGEST_FRAME + 1), "32001 octets: packets of 32000 at most"),
    ],
)
def test_what_cannot_be_asked_is_told(words: str, frame: bytes | None, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        request(words, frame)


@pytest.mark.parametrize("text", ["0", "xy", "00 f", "zz" * 50])
def test_what_is_not_hexadecimal_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="write pairs of hexadecimal digits"):
        from_hex(text)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none.pcap", "No such file or directory"),
        ("one.pcap:2", "there is no packet 2 in it"),
        ("one.pcap:0", "N counting packets from 1"),
        ("one.pcap:x", "N counting packets from 1"),
        ("text", "no capture file"),
        ("cut.pcap", "the file ends inside a record"),
    ],
)
def test_what_is_wrong_with_a_capture_is_told(tmp_path: Path, name: str, told: str) -> None:
    capture(tmp_path / "one.pcap", b"first")
    (tmp_path / "cut.pcap").write_bytes((tmp_path / "one.pcap").read_bytes()[:-1])
    (tmp_path / "text").write_text("not a capture at all, but long enough")
    with pytest.raises(ValueError, match=told):
        from_capture(str(tmp_path / name))
