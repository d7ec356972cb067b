"""The HTTP API and the dashboard: the catalogue's answers for programs and for people."""
