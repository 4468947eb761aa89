"""The keys of a cluster: AES-GCM, as memberlist encrypts with it.

Sealed bytes are a version, a nonce of 12 bytes, and the ciphertext with its tag of 16. Version 0, of old peers, pads
to blocks of 16 (PKCS #7) before it encrypts; version 1 does not. All keys of the ring open, the primary one seals: so a
cluster changes its key without a break, first adding the new one everywhere, then using it, then removing the old one.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.swim.errors import NotDecryptable

KEY_SIZES = (16, 24, 32)
OVERHEAD = 1 + 12 + 16
"""Bytes that sealing adds."""

_VERSION = 1
_NONCE = 12
_TAG = 16
_BLOCK = 16

Randomness = Callable[[int], bytes]
"""Gives so many bytes that nobody can foresee (`os.urandom`)."""


class Keyring:
    """Keys by their bytes; the first is the primary one."""

    def __init__(self, primary: bytes, *others: bytes) -> None:
        self._keys: dict[bytes, AESGCM] = {}
        for key in (primary, *others):
            self.add(key)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """All keys, the primary one first."""
        return tuple(self._keys)

    def add(self, key: bytes) -> None:
        """Open with this key, too. Raises ValueError for one of another size than 16, 24 or 32 bytes."""
        if len(key) not in KEY_SIZES:
            raise ValueError(f"a key has 16, 24 or 32 bytes, not {len(key)}")
        self._keys.setdefault(key, AESGCM(key))

    def use(self, key: bytes) -> None:
        """Make a key of the ring the primary one. Raises ValueError when it is not there."""
        if key not in self._keys:
            raise ValueError("this key is not in the keyring: add it first")
        rest = {other: cipher for other, cipher in self._keys.items() if other != key}
        self._keys = {key: self._keys[key], **rest}

    def remove(self, key: bytes) -> None:
        """Do not open with this key any more. Raises ValueError for the primary one."""
        if key == self.keys[0]:
            raise ValueError("the primary key cannot be removed: use another one first")
        self._keys.pop(key, None)

    def seal(self, data: bytes, also: bytes, randomness: Randomness) -> bytes:
        """Encrypt, and vouch for `also`, which is sent in clear."""
        nonce = randomness(_NONCE)
        sealed = self._keys[self.keys[0]].encrypt(nonce, data, also)
        return bytes([_VERSION]) + nonce + sealed

    def open(self, data: bytes, also: bytes) -> bytes:
        """Decrypt by whichever key does. Raises NotDecryptable."""
        if len(data) < OVERHEAD or data[0] > _VERSION:
            raise NotDecryptable("not encrypted, or in a way that is not known")
        nonce, sealed = data[1 : 1 + _NONCE], data[1 + _NONCE :]
        for cipher in self._keys.values():
            try:
                opened = cipher.decrypt(nonce, sealed, also)
            except InvalidTag:
                continue
            return opened if data[0] else _unpadded(opened)
        raise NotDecryptable("no key of the ring opens it")


def parse_key(text: str) -> bytes:
    """Read a key as `serf keygen` writes it, in base64; raise ValueError saying what is wrong."""
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        raise ValueError("a key is written in base64, as `serf keygen` does it") from None
    if len(key) not in KEY_SIZES:
        raise ValueError(f"a key has 16, 24 or 32 bytes, this has {len(key)}")
    return key


def _unpadded(data: bytes) -> bytes:
    count = data[-1] if data else 0
    if not 1 <= count <= min(_BLOCK, len(data)):
        raise NotDecryptable("its padding is wrong")
    return data[:-count]
