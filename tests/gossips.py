"""Servers that refuse everything, and repeat the secrets that they were told."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from threading import Thread

_HANDSHAKE = 1536


class GossipingService(ThreadingHTTPServer):
    """On any request it fails, with the request's headers in what it says. ``heard`` has them too."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        super().__init__(("127.0.0.1", 0), _Service)


class _Service(BaseHTTPRequestHandler):
    server: GossipingService

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = str(self.headers)
        self.server.heard.append(told)
        secrets = [value for name, value in self.headers.items() if "authorization" in name.lower()]
        body = f'{{"error": {{"message": "no: {" ".join(secrets)}"}}}}'.encode()
        self.send_response(500)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, *_: object) -> None:
        """Nothing: what it hears is looked at instead."""


class GossipingIngest(ThreadingTCPServer):
    """Takes an RTMP connection as far as ``publish``, which it refuses with ``words``."""

    daemon_threads = True

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(("127.0.0.1", 0), _Ingest)


class _Ingest(StreamRequestHandler):
    """RTMP 1.0, sections 5.2 to 7.2: the replies that a publisher waits for, each when it asks."""

    server: GossipingIngest

    def handle(self) -> None:
        hello = self.rfile.read(1 + _HANDSHAKE)
        if len(hello) <= _HANDSHAKE:
            return  # somebody who only looked whether we are here
        self.wfile.write(b"\x03" + bytes(_HANDSHAKE) + hello[1:])
        self.rfile.read(_HANDSHAKE)
        self.wfile.write(_message(1, struct.pack(">I", 4096), channel=2))  # length of chunks
        status = {"level": "error", "code": "NetStream.Publish.BadName", "description": self.server.words}
        replies = {
            b"connect": _command("_result", 1, {}, {"code": "NetConnection.Connect.Success"}),
            b"createStream": _command("_result", 4, None, 1),
            b"publish": _command("onStatus", 0, None, status),
        }
        heard = b""
        while replies and (data := self.request.recv(4096)):
            heard += data
            for call in [call for call in replies if b"\x02\x00" + bytes([len(call)]) + call in heard]:
                self.wfile.write(_message(20, replies.pop(call)))


def _message(kind: int, payload: bytes, channel: int = 3) -> bytes:
    return bytes([channel, 0, 0, 0]) + len(payload).to_bytes(3, "big") + bytes([kind, 0, 0, 0, 0]) + payload


def _command(*values: object) -> bytes:
    return b"".join(_amf(value) for value in values)


def _amf(value: object) -> bytes:
    match value:
        case None:
            return b"\x05"
        case str():
            return b"\x02" + _text(value)
        case dict():
            return (
                b"\x03" + b"".join(_text(key) + _amf(held) for key, held in value.items()) + b"\x00\x00\x09"
            )
        case _:
            return b"\x00" + struct.pack(">d", value)


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


@contextmanager
def gossiping_service() -> Iterator[GossipingService]:
    with GossipingService() as server, _served(server):
        yield server


@contextmanager
def gossiping_ingest(words: str) -> Iterator[GossipingIngest]:
    with GossipingIngest(words) as server, _served(server):
        yield server


@contextmanager
def _served(server: BaseServer) -> Iterator[None]:
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
