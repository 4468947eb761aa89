"""What all ports do alike: counting, losing by name, finishing what cannot be carried."""

from __future__ import annotations

import errno
import os
from collections import deque

import pytest

from ofswitch.frame import GSO_TCPV4, NEEDS_CSUM, Frame, Offload
from ofswitch.ports.base import DROPS, Loss, Port

FRAME = Frame(bytes(60))


class ScriptedPort(Port):
    """A port that reads and writes as it is told: frames, None, or the errno to fail with."""

    kind = "scripted"

    def __init__(self) -> None:
        super().__init__("p", 1)
        self.incoming: deque[Frame | int | None] = deque()
        self.fail: int | None = None
        self.written: list[Frame] = []

    def fileno(self) -> int:
        return -1

    def link_up(self) -> bool:
        return True

    def close(self) -> None:
        pass

    def _read(self) -> Frame | None:
        if not self.incoming:
            raise BlockingIOError
        one = self.incoming.popleft()
        if isinstance(one, int):
            raise OSError(one, os.strerror(one))
        return one

    def _write(self, frame: Frame) -> None:
        if self.fail is not None:
            raise OSError(self.fail, os.strerror(self.fail))
        self.written.append(frame)


class PlainPort(ScriptedPort):
    """The same without a place for metadata."""

    carries_offload = False


def super_frame(payload: int = 3000) -> Frame:
    """Return a TCP super-frame with segments of 1000 octets."""
    tcp = bytes(12) + b"\x50\x10" + bytes(6)
    ip = b"\x45" + bytes(8) + b"\x06" + bytes(10)
    data = bytes(12) + b"\x08\x00" + ip + tcp + bytes(payload)
    return Frame(data, Offload(NEEDS_CSUM, GSO_TCPV4, 54, 1000, 34, 16))


def test_no_more_than_the_limit_is_received() -> None:
    port = ScriptedPort()
    port.incoming.extend([FRAME] * 5)
    assert len(port.receive(3)) == 3
    assert len(port.receive(3)) == 2
    assert port.receive(3) == []


def test_what_passes_is_counted() -> None:
    port = ScriptedPort()
    port.incoming.extend([FRAME, FRAME])
    port.receive(9)
    assert port.send([FRAME, FRAME, FRAME]) == 3
    counters = port.counters
    assert (counters.rx_packets, counters.rx_bytes) == (2, 120)
    assert (counters.tx_packets, counters.tx_bytes) == (3, 180)
    assert not counters.drops


@pytest.mark.parametrize(
    ("code", "name", "gone"),
    [
        (errno.EAGAIN, "tx_queue_full", False),
        (errno.ENOBUFS, "tx_queue_full", False),
        (errno.EIO, "tx_link_down", False),
        (errno.ENETDOWN, "tx_link_down", False),
        (errno.EPIPE, "tx_link_down", False),
        (errno.ENXIO, "tx_no_device", True),
        (errno.EBADFD, "tx_no_device", True),
        (errno.EMSGSIZE, "tx_too_long", False),
        (errno.EINVAL, "tx_refused", False),
        (errno.EPERM, "tx_refused", False),
    ],
    ids=lambda value: errno.errorcode.get(value, "") if type(value) is int else None,
)
def test_a_failed_write_is_a_named_drop(code: int, name: str, gone: bool) -> None:
    port = ScriptedPort()
    port.fail = code
    assert port.send([FRAME, FRAME]) == 0
    assert port.counters.drops == {name: 2}
    assert port.counters.tx_dropped + port.counters.tx_errors == 2
    assert port.gone is gone


def test_a_failed_read_ends_the_batch_and_keeps_what_was_read() -> None:
    port = ScriptedPort()
    port.incoming.extend([FRAME, errno.ENETDOWN, FRAME])
    assert port.receive(9) == [FRAME]
    assert not port.gone
    assert port.receive(9) == [FRAME]


def test_a_read_from_nothing_says_that_the_port_is_gone() -> None:
    port = ScriptedPort()
    port.incoming.append(errno.EBADFD)
    assert port.receive(9) == []
    assert port.gone


def test_a_port_that_is_administratively_down_passes_nothing() -> None:
    port = ScriptedPort()
    port.set_up(False)
    port.incoming.append(FRAME)
    assert port.receive(9) == []
    assert port.send([FRAME]) == 0
    assert port.counters.drops == {"rx_port_down": 1, "tx_port_down": 1}
    port.set_up(True)
    assert port.send([FRAME]) == 1


def test_unfinished_frames_pass_where_they_can_be_carried() -> None:
    port = ScriptedPort()
    frame = super_frame()
    assert port.send([frame]) == 1
    assert port.written == [frame]
    assert port.counters.tx_packets == 1


def test_unfinished_frames_are_finished_where_they_cannot_be_carried() -> None:
    port = PlainPort()
    assert port.send([super_frame(2500), FRAME]) == 2
    assert [len(frame.data) for frame in port.written] == [1054, 1054, 554, 60]
    assert all(frame.offload is None for frame in port.written)
    assert port.counters.tx_packets == 4


def test_a_super_frame_of_which_a_segment_is_lost_is_not_sent() -> None:
    port = PlainPort()
    port.fail = errno.EAGAIN
    assert port.send([super_frame(2500)]) == 0
    assert port.counters.drops == {"tx_queue_full": 3}


def test_contradicting_metadata_are_a_named_drop() -> None:
    port = PlainPort()
    frame = super_frame()
    assert frame.offload is not None
    assert port.send([frame._replace(offload=frame.offload._replace(gso_size=0))]) == 0
    assert port.counters.drops == {"tx_bad_offload": 1}
    assert port.counters.tx_errors == 1


def test_every_drop_belongs_to_the_total_of_its_direction() -> None:
    for name, drop in DROPS.items():
        assert drop.loss.value.startswith(name[:3])
        assert drop.meaning
    assert {drop.loss for drop in DROPS.values()} == set(Loss)


def test_totals_are_sums_of_named_drops() -> None:
    counters = ScriptedPort().counters
    for count, name in enumerate(DROPS, start=1):
        counters.drops[name] = count
    total = counters.rx_dropped + counters.rx_errors + counters.tx_dropped + counters.tx_errors
    assert total == sum(range(1, len(DROPS) + 1))
