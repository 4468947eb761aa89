"""Capture files: replayed and recorded, in all variants of the format."""

from __future__ import annotations

import io
import select
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.frame import GSO_TCPV4, NEEDS_CSUM, Frame, Offload
from ofswitch.ports import PortError, open_port
from ofswitch.ports.capture import CaptureError, CaptureWriter, Record, read_capture
from ofswitch.ports.pcap import PcapPort

FRAMES = [Frame(bytes([number]) * 60) for number in range(1, 4)]
Sample = tuple[int, bytes]


def capture(
    samples: list[Sample], order: str = "<", magic: int = 0xA1B2C3D4, link_type: int = 1
) -> bytes:
    """Return a capture file of (fraction of a second, frame)."""
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for fraction, data in samples:
        out += struct.pack(order + "IIII", 1000, fraction, len(data), len(data)) + data
    return out


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "nanos"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_both_byte_orders_and_both_resolutions_are_read(order: str, magic: int, nanos: int) -> None:
    data = capture([(7, b"frame"), (9, b"")], order, magic)
    records = list(read_capture(io.BytesIO(data)))
    assert records == [
        Record(1000 * 10**9 + 7 * nanos, b"frame", False),
        Record(1000 * 10**9 + 9 * nanos, b"", False),
    ]


@given(st.lists(st.tuples(st.integers(0, 2**62 - 1), st.binary(max_size=50))))
def test_what_is_written_is_read_again(samples: list[Sample]) -> None:
    file = io.BytesIO()
    writer = CaptureWriter(file)
    samples = [(time_ns % (2**32 * 10**9), data) for time_ns, data in samples]
    for time_ns, data in samples:
        writer.write(time_ns, data)
    file.seek(0)
    assert [(one.time_ns, one.data) for one in read_capture(file)] == samples


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no capture file"),
        (b"plain text, longer than a header", "no capture file"),
        (capture([])[:20], "no capture file"),
        (b"\x0a\x0d\x0d\x0a" + bytes(40), "editcap -F pcap"),
        (capture([], link_type=113), "link type 113"),
    ],
)
def test_what_cannot_be_replayed_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(CaptureError, match=said):
        read_capture(io.BytesIO(data))


@given(st.integers(0, 100))
def test_a_file_cut_anywhere_gives_the_records_before_the_cut(size: int) -> None:
    whole = capture([(0, b"x" * 20), (1, b"y" * 24)])
    cut = 24 + min(size, len(whole) - 24)
    got: list[bytes] = []
    try:
        for record in read_capture(io.BytesIO(whole[:cut])):
            got.append(record.data)  # noqa: PERF401 - what came before the failure counts
    except CaptureError:
        assert cut not in {24, 60, 100}
    assert got == [b"x" * 20, b"y" * 24][: (cut >= 60) + (cut >= 100)]


def test_a_length_out_of_reason_is_not_believed() -> None:
    data = capture([]) + struct.pack("<IIII", 0, 0, 2**31, 2**31)
    with pytest.raises(CaptureError, match="damaged"):
        list(read_capture(io.BytesIO(data)))


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Any]:
    ports: list[PcapPort] = []

    def make(data: bytes, options: str = "fast=yes") -> PcapPort:
        file = tmp_path / "in.pcap"
        file.write_bytes(data)
        port = open_port(f"pcap:read={file},write={tmp_path / 'out.pcap'},{options}")
        assert isinstance(port, PcapPort)
        ports.append(port)
        return port

    yield make
    for port in ports:
        port.close()


def readable(port: PcapPort) -> bool:
    return bool(select.select([port], [], [], 0)[0])


def test_a_capture_is_received_as_fast_as_it_is_taken(replay: Any) -> None:
    port = replay(capture([(n * 900_000, frame.data) for n, frame in enumerate(FRAMES)]))
    assert readable(port)
    assert port.receive(2) == FRAMES[:2]
    assert readable(port)
    assert not port.finished
    assert port.receive(2) == FRAMES[2:]
    assert port.finished
    assert not readable(port)
    assert port.receive(2) == []
    assert port.link_up()
    assert (port.counters.rx_packets, port.counters.rx_bytes) == (3, 180)


def test_a_capture_keeps_its_pace(replay: Any) -> None:
    times = [0, 0, 20_000]  # microseconds
    samples = [(time, frame.data) for time, frame in zip(times, FRAMES, strict=True)]
    port = replay(capture(samples), "fast=no")
    assert port.receive(9) == FRAMES[:2]
    assert not readable(port)
    assert select.select([port], [], [], 5)[0]
    assert port.receive(9) == FRAMES[2:]


def test_damage_ends_the_replay_under_a_name(replay: Any) -> None:
    port = replay(capture([(0, FRAMES[0].data), (0, FRAMES[1].data)])[:-1])
    assert port.receive(9) == FRAMES[:1]
    assert port.finished
    assert port.counters.drops == {"rx_bad_capture": 1}


def test_frames_that_are_cut_short_or_overlong_are_dropped_by_name(replay: Any) -> None:
    cut = struct.pack("<IIII", 1000, 0, 60, 1500) + bytes(60)
    port = replay(capture([(0, bytes(13)), (0, bytes(100_000))]) + cut)
    assert port.receive(9) == []
    assert port.counters.drops == {"rx_too_short": 1, "rx_too_long": 1, "rx_cut": 1}


def test_what_is_sent_is_recorded(replay: Any, tmp_path: Path) -> None:
    utils: Any = pytest.importorskip("scapy.utils")
    port = replay(capture([]))
    assert port.send(FRAMES) == 3
    recorded = utils.rdpcap(str(tmp_path / "out.pcap"))  # before the port is closed
    assert [bytes(packet) for packet in recorded] == [frame.data for frame in FRAMES]


def test_super_frames_are_recorded_as_on_a_wire(replay: Any, tmp_path: Path) -> None:
    layers: Any = pytest.importorskip("scapy.layers.all")
    whole = layers.Ether() / layers.IP(src="10.0.0.1", dst="10.0.0.2") / layers.TCP() / bytes(2500)
    offload = Offload(NEEDS_CSUM, GSO_TCPV4, 54, 1000, 34, 16)
    port = replay(capture([]))
    assert port.send([Frame(bytes(whole), offload)]) == 1
    with (tmp_path / "out.pcap").open("rb") as file:
        assert [len(one.data) for one in read_capture(file)] == [1054, 1054, 554]


def test_without_a_file_to_record_in_what_is_sent_is_dropped_by_name(tmp_path: Path) -> None:
    file = tmp_path / "in.pcap"
    file.write_bytes(capture([]))
    port = open_port(f"pcap:read={file}")
    assert port.name == "in"
    assert port.send(FRAMES) == 0
    assert port.counters.drops == {"tx_no_file": 3}
    port.close()
    assert port.send(FRAMES) == 0


def test_a_full_disk_is_a_named_drop() -> None:
    with Path("/dev/full").open("wb") as full:
        port = PcapPort("p", None, full)
        port.send(FRAMES)
        assert port.counters.drops["tx_file_failed"] >= 1
        port.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("read=missing.pcap", "No such file"),
        ("write=missing/out.pcap", "No such file"),
        ("read=.", "Is a directory"),
        ("read=text", "no capture file"),
        ("read=text,write=text", "would destroy it"),
    ],
)
def test_files_that_do_not_do_are_explained(
    options: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("not a capture")
    with pytest.raises(PortError, match=said):
        open_port(f"pcap:{options}")
    assert Path("text").read_text() == "not a capture"
