"""The application without a socket: requests as a browser on this machine would send them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.testclient import TestClient

from utm_pipeline.settings import Settings
from utm_pipeline.web.app import create_app

HERE = "http://127.0.0.1:8000"


@contextmanager
def client_of(settings: Settings) -> Iterator[TestClient]:
    """A client of the application for the warehouse that the settings name."""
    with TestClient(create_app(settings), base_url=HERE, follow_redirects=False) as client:
        yield client
