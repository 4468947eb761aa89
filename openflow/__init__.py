"""The shared codec: OpenFlow messages, byte layouts, framing, connection."""
