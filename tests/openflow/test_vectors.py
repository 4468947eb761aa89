"""Messages captured elsewhere: they decode to what is known to be in them, and encode back to the same bytes."""

from __future__ import annotations

from pathlib import Path

from openflow import Version, decode, encode
from tests.openflow.vectors import PATHS, every_vector


def test_the_vectors_are_all_there() -> None:
    assert len(PATHS) in (0, 117)


@every_vector
def test_a_message_encodes_back_to_the_bytes_it_was_decoded_from(path: Path) -> None:
    data = path.read_bytes()
    assert encode(decode(data), Version(data[0])) == data
