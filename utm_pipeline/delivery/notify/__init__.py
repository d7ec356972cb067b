"""Sending the short report to a chat: where it goes, one request, and what the answers mean.

``post`` hands it over and tries again, ``slack`` and ``telegram`` know their service's settings and
answers. What the report says is made by ``render.short``.
"""
