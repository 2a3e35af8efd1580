"""Benchmarks: simulated hints on colour photographs, and the solver against its peers."""
