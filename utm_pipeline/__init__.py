"""Where a shop's visitors come from and what they buy: from raw files to reports."""

__version__ = "0.1.0"
CONTRACT_VERSION = "2"
"""The version of docs/metrics.md."""
