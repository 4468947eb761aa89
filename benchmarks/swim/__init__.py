"""How fast a crash is known, who is falsely accused, and what it costs, in simulated clusters of up to thousands.

    make bench-swim BENCH_FLAGS=--quick

Three protocols live in the same network, of `apps.swim.simulation`: ours, SWIM as its paper has it, and the rules of
mirage-swim (`paper` and `mirage` say which these are). Everything is drawn from a seed.
"""
