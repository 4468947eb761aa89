"""Which messages a controller is sent that it has not asked for, as it wishes (OpenFlow 1.3.5, 6.3.5 and 7.3.10).

A mask for each kind of message, with a bit for each reason: one for the role of master (and equal), one for slave. A
kind without a mask (None) is sent whatever its reason: before 1.4 nobody can say what he wants of role statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from openflow import (
    V1_4,
    ControllerRole,
    ErrorCode,
    GetAsyncReply,
    OpenFlowError,
    SetAsync,
    Version,
)

DEFAULT_ASYNC = SetAsync(
    packet_in_mask_master=0b111,
    port_status_mask_master=0b111,
    port_status_mask_slave=0b111,
    flow_removed_mask_master=0b1111,
)
"""A new controller is sent everything; as a slave, only what happens to ports (6.3.5), and to its role."""

_KINDS = (
    "packet_in",
    "port_status",
    "flow_removed",
    "role_status",
    "table_status",
    "requestforward",
)
_OLD_KINDS = _KINDS[:3]
"""What 1.3 can say."""

MASKS: tuple[str, ...] = tuple(
    f"{kind}_mask_{role}" for kind in _KINDS for role in ("slave", "master")
)
"""The masks by the number of their property (OpenFlow 1.4.0, 7.3.10)."""

_OLD_MASKS = MASKS[: 2 * len(_OLD_KINDS)]


def wants(wishes: SetAsync, role: ControllerRole, kind: str, reason: int) -> bool:
    """Whether a controller is to be sent a message: `kind` is packet_in, port_status, flow_removed or role_status."""
    suffix = "slave" if role is ControllerRole.SLAVE else "master"
    mask: int | None = getattr(wishes, f"{kind}_mask_{suffix}")
    return mask is None or bool(mask >> reason & 1)


def changed(wishes: SetAsync, said: Mapping[str, int | None]) -> SetAsync:
    """The wishes with the masks that were said; one that is None stays."""
    given: dict[str, Any] = {name: mask for name, mask in said.items() if mask is not None}
    return replace(wishes, **given)


def masks(message: object) -> dict[str, int | None]:
    """The masks that a message says."""
    return {name: getattr(message, name, None) for name in MASKS}


def masks_of_properties(properties: Iterable[tuple[int, int]]) -> dict[str, int | None]:
    """The masks that numbered properties say. Raises OpenFlowError: UNSUPPORTED for a number that is none's."""
    said: dict[str, int | None] = {}
    for number, mask in properties:
        if number >= len(MASKS):
            text = f"there is no asynchronous message with the number {number}"
            raise OpenFlowError(ErrorCode.ASYNC_CONFIG_FAILED__UNSUPPORTED, text)
        said[MASKS[number]] = mask
    return said


def reply(wishes: SetAsync, version: Version) -> GetAsyncReply:
    """The wishes as a version can say them."""
    names = _OLD_MASKS if version < V1_4 else MASKS
    given: dict[str, Any] = {name: getattr(wishes, name) for name in names}
    return GetAsyncReply(**given)
