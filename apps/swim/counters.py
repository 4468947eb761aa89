"""What a core counts, under which name: what was refused, what has failed, and what there was too much of."""

from __future__ import annotations

COUNTED = {
    "malformed": "messages, and claims in them, that cannot be",
    "bad_packet": "datagrams and streams with a wrong length, count or checksum",
    "wrong_label": "datagrams and streams of another cluster",
    "not_decryptable": "datagrams and streams that no key of ours opens",
    "incompatible": "push-pulls refused since there is no version that all understand",
    "unanswered": "streams on which the other side refused, or answered something else",
    "not_for_us": "pings for another name than ours",
    "acks_unasked": "answers to no question of ours, or too late",
    "nacks_unasked": "nacks to no question of ours, or too late",
    "conflicts": "claims of a member's name from another address",
    "members_refused": "members that the table had no place for",
    "rumours_dropped": "broadcasts of applications dropped for newer ones",
    "relays_refused": "probes on behalf of others that were too many at a time",
    "streams_refused": "streams of others that were too many at a time",
    "streams_crowded": "streams given up since all together held too much, and they more than an equal share",
    "streams_failed": "streams that ended before their exchange was over, or were refused",
    "push_pulls": "exchanges of everything",
    "probes_failed": "probes without an answer",
    "answered_by_stream_only": "probes answered on a stream while datagrams were lost",
    "stalls": "times that we were so late that we listened before we looked who is overdue",
    "refuted": "accusations that we have refuted",
    "not_serf": "messages in Serf's place that are none of Serf's, or do not fit a datagram",
}
