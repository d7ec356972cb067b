"""Refreshes and reports by themselves: crontab entries, and the runs that they start.

``plan`` says what shall run, when it is due, and how cron and systemd are told so; ``crontab`` puts
the lines into the user's crontab; ``run`` is what they start, with its log and its notes.
"""
