"""A server that answers as Slack's and Telegram's documentation says, over TLS."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SLACK_PATH = "/services/T000/B000/sEcReTwEbHoOk"
TOKEN = "123456789:AAsEcReTtOkEn_of-a-bot-1234567890ab"


@dataclass
class Reply:
    """One answer."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    """``drop``: the connection breaks. ``silence``: no answer. ``drip``: a byte at a time."""


@dataclass
class Request:
    """One request as it came."""

    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """What it holds."""
        return json.loads(self.body)


@dataclass
class Chat:
    """What the server does: its replies are used up from the front; then all is well."""

    replies: list[Reply] = field(default_factory=list)
    received: list[Request] = field(default_factory=list)


def telegram(status: int, description: str = "", **parameters: int) -> Reply:
    """An answer of the Bot API."""
    said: dict[str, Any] = {"ok": status == 200}
    if status == 200:
        said["result"] = {"message_id": 1}
    else:
        said |= {"error_code": status, "description": description}
    if parameters:
        said["parameters"] = parameters
    return Reply(status, json.dumps(said), {"Content-Type": "application/json"})


@contextmanager
def chat_server(chat: Chat, certificate: Path | None) -> Iterator[int]:
    """The server on a free port of localhost, which it gives; TLS if there is a certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            chat.received.append(Request(self.path, body, dict(self.headers)))
            is_slack = self.path.startswith("/services/")
            reply = chat.replies.pop(0) if chat.replies else Reply() if is_slack else telegram(200)
            if reply.fault == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if reply.fault == "silence":
                # Until the other side has had enough.
                self.rfile.read(1)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            for letter in reply.body if reply.fault == "drip" else [reply.body]:
                try:
                    self.wfile.write(letter.encode())
                except OSError:
                    return
                time.sleep(0.1 if reply.fault == "drip" else 0)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Who refuses our certificate hangs up, which is no fault."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
