"""What a key in etcd has, and what may be written there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """A key's value, the lease that it has, and the revision at which it was created."""

    value: bytes
    lease: int
    created: int


@dataclass(frozen=True, slots=True)
class Put:
    """Write a key with our lease."""

    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Create:
    """Write a key with our lease unless there is one."""

    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a key that is ours."""

    key: bytes


@dataclass(frozen=True, slots=True)
class Revoke:
    """End the lease of another."""

    lease: int
    name: str


Deed = Put | Create | Delete | Revoke
