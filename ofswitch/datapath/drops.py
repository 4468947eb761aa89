"""The names under which the datapath counts packets that it did not forward.

A packet that nothing came of adds one to exactly one of these counters: the last reason that was
met. A packet that was sent somewhere, if only to the controller on request, adds to none. So for
each port: frames received = frames that had an effect + frames counted here.
"""

from __future__ import annotations

DROPS: dict[str, str] = {
    "unknown_port": "came in on a port number that the switch does not have",
    "too_short": "is shorter than an Ethernet header",
    "port_down": "came in on a port that is administratively down (PORT_DOWN)",
    "port_no_recv": "came in on a port that is set to receive nothing (NO_RECV, NO_RECV_STP)",
    "fragment": "is an IP fragment, and the switch is set to drop those (FRAG_DROP)",
    "table_miss": "matched no entry of a table that has no table-miss entry",
    "drop_entry": "matched an entry without instructions, whose purpose is to drop",
    "no_output": "matched entries, or was sent with actions, that output nothing",
    "no_such_port": "was to leave through a port that the switch does not have",
    "output_to_in_port": "was to leave through the port it came from; that takes output to IN_PORT",
    "no_in_port": "was to leave through IN_PORT but came from no port",
    "output_port_down": "was to leave through a port that is administratively down (PORT_DOWN)",
    "output_no_fwd": "was to leave through a port that is set to send nothing (NO_FWD)",
    "no_flood_port": "was to be flooded, but no other port may send",
    "no_packet_in": "missed on a port whose misses do not go to the controller (NO_PACKET_IN)",
    "group_no_live_bucket": "was to be processed by a group of which no bucket is live",
    "group_too_many_copies": "had so many copies made by groups that no further one was",
    "meter": "was above the rate of a meter's band that drops",
    "invalid_ttl": "had its TTL decremented to zero, or below",
    "frame_too_long": "had so many tags pushed that no link could carry it",
    "normal_reserved": "is for a bridge itself (01:80:c2:00:00:0x), which NORMAL does not forward",
    "normal_same_port": "is for a host that NORMAL learned on the port it came from",
}
"""Every counter, with the end of a sentence that begins with "the packet"."""
