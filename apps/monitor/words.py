"""What is known of members, in few words, and with nothing in them that does something to a terminal."""

from __future__ import annotations

import re

from apps.swim.tags import decode_tags

_NUMBERS = re.compile(r"(\d+)")


def clean(text: str) -> str:
    """The same, with a dot for what cannot be printed."""
    return "".join(char if char.isprintable() else "·" for char in text)


def place(dpid: int, port_no: int) -> str:
    """A switch and a port."""
    return f"{dpid:x}:{port_no}" if port_no else "?"


def milliseconds(rtt_s: float | None) -> str:
    """A round-trip time; nothing if it is not known."""
    return "" if rtt_s is None else f"{rtt_s * 1000:.2f} ms"


def duration(seconds: float) -> str:
    """A time in its two greatest units."""
    whole = int(seconds)
    for unit, size, lesser, lesser_size in (("d", 86400, "h", 3600), ("h", 3600, "m", 60)):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // lesser_size}{lesser}"
    return f"{whole // 60}m{whole % 60}s" if whole >= 60 else f"{whole}s"


def metadata(meta: bytes) -> str:
    """Tags, or whatever it is."""
    tags = decode_tags(meta)
    text = meta.decode(errors="replace")
    if tags is not None:
        text = ", ".join(f"{key}={value}" for key, value in tags.items())
    return clean(text)


def count(number: int, one: str, many: str) -> str:
    """So many of something."""
    return f"{number} {one if number == 1 else many}"


def natural(name: str) -> list[tuple[int, str]]:
    """What names are sorted by, so that h2 comes before h10."""
    return [(int(part) if part.isdecimal() else -1, part) for part in _NUMBERS.split(name)]
