"""Whether the native packet engine was compiled, and the functions it stands in for.

As in `openflow.native`: without a Rust toolchain at installation all works in pure Python. Programs
say at start-up which it is: `ofswitch.native.ENGINE`.
"""

from __future__ import annotations

from openflow.packet import Packet

__all__ = ["AVAILABLE", "ENGINE", "flow_key"]


def _flow_key(frame: bytes, total_len: int = 0) -> dict[str, int]:
    """Return every match field that a frame has, by OXM name."""
    return Packet(frame, total_len).fields()


try:
    from ofswitch import _datapath
except ImportError:
    AVAILABLE = False
    flow_key = _flow_key
else:
    AVAILABLE = True
    flow_key = _datapath.flow_key

ENGINE = "native" if AVAILABLE else "pure Python (the native modules were not compiled)"
"""What to tell people about the packet engine at start-up."""
