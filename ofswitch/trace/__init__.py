"""`ofswitch trace`: what would become of a packet, asked in words and told in lines.

`words` reads the packet that the user describes, `compose` makes a frame of it, `answer` says as plain
values what a datapath's `trace` found, and `story` as lines for people.
"""
