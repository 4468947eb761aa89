"""Whether the native codec was compiled, and the functions it stands in for.

Installation compiles `openflow._codec` where there is a Rust toolchain; without it all works on the
pure Python functions, only slower. Programs say at start-up which it is: `openflow.native.ENGINE`.
`OFSWITCH_ENGINE=python` in the environment has the pure Python functions used although the others are there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from openflow import framing

if TYPE_CHECKING:
    from openflow._codec import Engine

__all__ = ["AVAILABLE", "CODEC", "ENGINE", "chosen", "engine", "split", "wanted"]

try:
    from openflow import _codec
except ImportError:
    CODEC: Any = None
    split = framing.split
else:
    CODEC = _codec
    split = _codec.split

AVAILABLE = CODEC is not None


def wanted() -> bool:
    """Whether the native codec is there and the environment does not ask for the one in Python."""
    return AVAILABLE and os.environ.get("OFSWITCH_ENGINE") != "python"


def chosen(name: str, plain: Any) -> Any:
    """The native codec's class of this name if it is wanted, else the `plain` one, which is in Python."""
    return getattr(CODEC, name) if wanted() else plain


def engine(
    plan: Callable[[int], Any], encode: Callable[..., bytes], decode: Callable[..., Any]
) -> Engine | None:
    """The native engine, which leaves what it does not do to these two; None where it is not used."""
    return _codec.Engine(plan, encode, decode) if wanted() else None


def _described() -> str:
    if not AVAILABLE:
        return "pure Python (the native modules were not compiled)"
    return "native" if wanted() else "pure Python (as OFSWITCH_ENGINE asks)"


ENGINE = _described()
"""What to tell people about the codec at start-up."""
