"""The native engine's examples of header edits are what the reference does."""

from __future__ import annotations

from tests.ofswitch.datapath.edit_vectors import (
    FILE,
    action_lines,
    all_actions,
    lines_for,
    read_frame,
)


def test_every_example_is_what_the_reference_makes_of_the_frame() -> None:
    actions = all_actions()
    written = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    expected = action_lines(actions)
    for line in written:
        if line.startswith("frame "):
            expected += [line, *lines_for(read_frame(line), actions)]
    assert written == expected
