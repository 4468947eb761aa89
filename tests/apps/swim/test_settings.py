"""What an agent is started with."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from apps.swim.config import LAN
from apps.swim.settings import SettingsError, check_name, control_path, read_keys, with_envelope

KEYS = [bytes([number]) * 32 for number in range(3)]
TEXTS = [b64encode(key).decode() for key in KEYS]


@pytest.mark.parametrize(
    "content", ["\n".join(TEXTS), json.dumps(TEXTS), f"  {TEXTS[0]}\t{TEXTS[1]}\n\n{TEXTS[2]}\n"]
)
def test_keys_come_from_files_too(content: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(content)
    assert read_keys(f"@{file}") == KEYS


def test_the_first_key_encrypts() -> None:
    keyring = with_envelope(LAN, "blue", TEXTS).envelope.keyring
    assert keyring is not None
    assert keyring.keys == tuple(KEYS)
    assert with_envelope(LAN, "", []).envelope == LAN.envelope


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no key in it"),
        (b"[]", "no key in it"),
        (b"[3]", "written in base64"),
        (b"[", "none"),
        (b"\xff\xfe\x00", "no text"),
        (b"c2hvcnQ=", "16, 24 or 32 bytes, this has 5"),
    ],
)
def test_a_file_without_keys_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=told) as raised:
        read_keys(f"@{file}")
    assert str(file) in str(raised.value)


def test_names_are_those_that_files_may_have() -> None:
    assert check_name("web-1.example_org") == "web-1.example_org"
    for name in ("", "a/b", "-a", ".a", "a b", "a" * 129, "ä"):
        with pytest.raises(SettingsError, match="name"):
            check_name(name)


def test_a_label_that_is_too_long_is_refused() -> None:
    with pytest.raises(SettingsError, match="at most 255"):
        with_envelope(LAN, "x" * 256, [])


def test_who_is_not_root_has_a_folder_of_his_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert control_path("h1") == Path("/run/user/1000/ofswim/h1.sock")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert control_path("h1") == Path("/tmp/ofswim-1000/h1.sock")
