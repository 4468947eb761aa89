"""Failover: how long new flows fail when a controller does, and whether established ones notice.

    python -m benchmarks.failover --runs 10 [--fault kill|pause|oneway] [--coordinator etcd]

Three replicas, each in a network namespace of its own; a row of eight switches of ours, each connected to all three;
a host at either end. The hosts ping each other a hundred times a second, and as often a frame of a host that nobody
has seen yet crosses all switches, each of which asks its master for a flow. Then the replica that is the master of
most switches fails.
"""
