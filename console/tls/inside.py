"""The protocol inside of a layer of TLS, as the layer sees it; asyncio's own are such."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Inside(Protocol):
    """What a layer calls."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Both ends have agreed."""

    def data_received(self, data: bytes) -> None:
        """Bytes came."""

    def eof_received(self) -> bool | None:
        """The peer sends no more."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""

    def pause_writing(self) -> None:
        """The peer reads too slowly."""

    def resume_writing(self) -> None:
        """The peer has read."""


Make = Callable[[], Inside]
