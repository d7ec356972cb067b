"""Refreshes and reports by themselves: crontab entries, and the runs that they start.

``plan`` says what shall run and when it is due, ``entries`` writes it as lines for cron and units
for systemd, ``crontab`` puts the lines into the user's crontab, ``run`` is what they start, and
``journal`` keeps its log and its notes.
"""
