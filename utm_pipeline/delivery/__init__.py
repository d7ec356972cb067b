"""Handing the report over: by e-mail and to chats."""
