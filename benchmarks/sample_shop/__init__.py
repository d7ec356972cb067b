"""Where the sample shop comes from, and shops of millions of rows for benchmarks."""
