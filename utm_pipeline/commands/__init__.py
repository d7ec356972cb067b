"""The commands of ``utm-pipeline``: one module each, which reads options and shows results."""
