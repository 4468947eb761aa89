"""Benchmarks: each prints ratios to peers measured in the same run, medians of several rounds."""
