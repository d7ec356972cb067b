"""Handing the report over: by e-mail, or as a short message to a chat.

``guard`` says whether there is a right report to send and who has it already, ``mail`` sends it by
e-mail (``addresses`` to whom, ``message`` as what, ``smtp`` through which server), ``chat`` sends
the short one to Slack or Telegram.
"""
