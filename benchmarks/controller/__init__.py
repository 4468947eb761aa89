"""Controllers under the load of fake switches: what each reaches, and the ratios to its peers in the same run.

    make bench-controller BENCH_FLAGS=--quick

Every controller runs its learning switch on one processor; `ofbench` loads it from another. All are measured in one
round before the next begins.
"""
