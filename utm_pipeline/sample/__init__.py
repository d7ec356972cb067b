"""The sample shop and the generator of large inputs for benchmarks."""
