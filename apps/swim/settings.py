"""What an agent is started with: checked values, and how each is written on the command line.

Nothing is opened here but files of keys. What could never work raises `SettingsError` with a sentence for the user.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from apps.swim.config import LAN, Config
from apps.swim.keyring import Keyring, parse_key
from apps.swim.packet import LABEL_MOST, Envelope
from console import places

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\Z")


class SettingsError(ValueError):
    """A setting is wrong; the text says which, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one agent."""

    name: str
    control: Path
    config: Config = LAN
    bind: str = "0.0.0.0"
    advertise: str | None = None
    join: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    serf: bool = True
    ready: Path | None = None
    metrics: tuple[str, int] | None = None
    """Host and port."""


def check_name(name: str) -> str:
    """A name that members and files may have. Raises SettingsError for others."""
    if not _NAME.match(name):
        raise SettingsError(
            f"name {name!r}: use letters, digits and . _ -, at most 128, and begin with a letter or a digit"
        )
    return name


def with_envelope(config: Config, label: str, keys: Iterable[str]) -> Config:
    """The configuration for a cluster with this label and these keys. Raises SettingsError."""
    raw_label = label.encode()
    if len(raw_label) > LABEL_MOST:
        raise SettingsError(f"--label: at most {LABEL_MOST} bytes, not {len(raw_label)}")
    ring = [key for text in keys for key in read_keys(text)]
    keyring = Keyring(*ring) if ring else None
    return replace(config, envelope=Envelope(raw_label, keyring))


def read_keys(text: str) -> list[bytes]:
    """The keys of `BASE64` or `@FILE`: in a file one in each line, or a JSON list as Serf's keyring file has it."""
    if not text.startswith("@"):
        return [_key(text, "--key")]
    path = Path(text[1:])
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(f"--key {text}: {why}") from None
    try:
        words = json.loads(content) if content.startswith("[") else content.split()
    except ValueError:
        raise SettingsError(f"--key {text}: it begins like JSON and is none") from None
    if not words:
        raise SettingsError(f"--key {text}: there is no key in it")
    return [_key(str(word), f"--key {text}") for word in words]


def run_dir() -> Path:
    """Where the control sockets of agents are."""
    return places.run_dir("ofswim")


def control_path(name: str) -> Path:
    """The control socket of the agent with this name, where none was named."""
    return run_dir() / f"{name}.sock"


def _key(text: str, where: str) -> bytes:
    try:
        return parse_key(text)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}; `ofswim keys generate` makes one") from None
