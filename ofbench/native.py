"""Whether the native loads were compiled; there is no other engine for them: one in Python would limit the rate."""

from __future__ import annotations

__all__ = ["AVAILABLE", "MISSING", "Bare", "Load", "Stream"]

try:
    from ofbench._load import Bare, Load, Stream
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

MISSING = (
    "ofbench needs its native module, which installing compiles where there is Rust 1.85 or later"
)
"""What to tell people who lack it."""
