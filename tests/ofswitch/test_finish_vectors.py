"""The native engine's examples of unfinished frames are what `ofswitch.offload` makes of them."""

from __future__ import annotations

from tests.ofswitch.finish_vectors import FILE, lines_for, read_frame


def test_every_example_is_what_becomes_of_the_frame() -> None:
    written = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    expected: list[str] = []
    for line in written:
        if line.startswith("frame "):
            expected += [line, *lines_for(read_frame(line))]
    assert written == expected
