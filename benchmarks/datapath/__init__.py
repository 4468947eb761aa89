"""Switches between two hosts: packets per second, TCP, round trips and processor time, as ratios in the same run.

    make bench-datapath                                  # all of it: an hour
    python -m benchmarks.datapath --quick                # one run of what matters most: some minutes

`network` lays the links, `switches` says how each contender is started, `rules` what it is told, `measure` what is
asked of it, and `report` and `plot` what came of it. `native/traffic` sends and counts the frames.
"""
