"""The work itself: settings, inputs, building, publishing, queries and reports.

Nothing in here knows the command line or the web.
"""
