"""SWIM: who is a member of a cluster, and who is alive, in the protocol of hashicorp/memberlist.

The core knows no sockets, no clock and no chance: datagrams, the time and a random generator are given to it, and it
returns what is to be sent and what has happened.
"""
