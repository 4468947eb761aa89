"""What the app counts, under which name: what was dropped, refused, or could not be sent."""

from __future__ import annotations

COUNTED = {
    "port_limited": "frames above the rate of their port",
    "limited": "frames above the rate of all ports together",
    "ports_cut": "times that a port which went on was held back for a while, by a meter or by flow entries that drop",
    "not_understood": "frames to our Ethernet address that are nothing to us",
    "not_for_us": "packets to another address or port than ours",
    "fragment": "packets in fragments",
    "bad_checksum": "packets with a wrong checksum",
    "address_conflict": "frames in which another claims our address",
    "no_place": "packets to an address that nobody has answered for, or too many of them at a time",
    "floods_limited": "questions for an address that were not asked, as there were too many",
    "places_refused": "addresses whose place was not remembered, as there were too many",
    "hosts_refused": "hosts without an agent that were not taken, as there were too many, of their port or of all",
    "connections_refused": "TCP connections that were refused, as there were too many, of one peer or of all",
    "connections_failed": "TCP connections that ended before their time",
    "segments_unasked": "TCP segments of no connection",
}
