"""Mastership that is written down in etcd: one key for each switch, which the master's lease holds.

coordinator   what the keys mean, and what is to be written (no I/O)
deeds         what a key has, and what may be written
runtime       the connection, lease and watch
"""
