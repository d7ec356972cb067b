"""``python -m utm_pipeline``: the same as the command ``utm-pipeline``."""

from utm_pipeline.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
