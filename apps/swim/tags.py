"""Metadata as Serf has it: tags, names and values, in a msgpack map behind a byte that says so."""

from __future__ import annotations

from collections.abc import Mapping

import msgpack

from apps.swim.messages import META_MOST

_MAGIC = b"\xff"


def encode_tags(tags: Mapping[str, str]) -> bytes:
    """Metadata that a Serf agent shows as tags. Raises ValueError for more than fits."""
    packed: bytes = msgpack.packb(dict(tags), use_bin_type=False, unicode_errors="surrogateescape")
    if len(packed) >= META_MOST:
        raise ValueError(f"the metadata takes {len(packed) + 1} bytes, more than {META_MOST}")
    return _MAGIC + packed


def decode_tags(meta: bytes) -> dict[str, str] | None:
    """The tags in metadata, None if it is of another kind."""
    if not meta:
        return {}
    if not meta.startswith(_MAGIC):
        return None
    try:
        found = msgpack.unpackb(meta[1:], raw=True, strict_map_key=False)
    except Exception:  # noqa: BLE001 - whatever msgpack makes of bytes at random
        return None
    if not isinstance(found, dict):
        return None
    pairs = [*found.keys(), *found.values()]
    if not all(isinstance(text, bytes) for text in pairs):
        return None
    return {_text(key): _text(value) for key, value in found.items()}


def parse_tag(text: str) -> tuple[str, str]:
    """Read `KEY=VALUE`. Raises ValueError for anything else."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ValueError(f"{text!r}: write KEY=VALUE")
    return key, value


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
