"""Sending the report by e-mail: who gets it, whether it may go out, the message, the server.

``guard`` decides whether there is a right report to send, ``addresses`` who gets it, ``message``
makes it an e-mail, ``server`` and ``delivery`` hand it over, ``sent`` remembers who has it, and
``notice`` tells the owner where it could not go out.
"""
