"""A day in an hour: traffic through a switch whose flows and ports keep changing, and what must stay true.

    python -m benchmarks.soak [--minutes 60]

Four hosts, two on veth pairs and two on taps, send each other numbered datagrams and TCP streams, well within what the
switch can do. Meanwhile flow entries are added, modified, deleted and expire, groups and meters among them; ports come
and go. Whatever is changed, there is always an entry that forwards, so not one datagram may be lost. At the end of each
round the switch's counters must add up, and over the hours its memory must not grow.
"""
