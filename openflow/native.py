"""Whether the native codec was compiled, and the functions it stands in for.

Installation compiles `openflow._codec` where there is a Rust toolchain; without it all works on the
pure Python functions, only slower. Programs say at start-up which it is: `openflow.native.ENGINE`.
"""

from __future__ import annotations

from openflow import framing

__all__ = ["AVAILABLE", "ENGINE", "split"]

try:
    from openflow import _codec
except ImportError:
    AVAILABLE = False
    split = framing.split
else:
    AVAILABLE = True
    split = _codec.split

ENGINE = "native" if AVAILABLE else "pure Python (the native modules were not compiled)"
"""What to tell people about the codec at start-up."""
