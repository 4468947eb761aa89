"""What type checkers know of the fields of a match is what the codec knows of them."""

from __future__ import annotations

from typing import get_type_hints

from openflow.fields import KNOWN
from openflow.match_fields import Exact, Maskable, MatchFields


def test_every_field_is_there_with_a_mask_if_it_takes_one() -> None:
    kinds = {name: Maskable if field.maskable else Exact for name, field in KNOWN.items()}
    assert get_type_hints(MatchFields) == kinds
