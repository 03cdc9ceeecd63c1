"""A client that costs next to nothing, so that the server is what is measured.

Keep-alive connections on one epoll loop. Bodies are discarded inside the kernel (``MSG_TRUNC``, tcp(7)) and
never copied out. Run it on a core of its own, with paths on standard input, one a line; it prints JSON:

    python -m bench.fetch PORT SECONDS CONNECTIONS
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle

_SINK = bytearray(1 << 20)
_HEAD = 4096


@dataclass
class Fetched:
    """What a run fetched, and in how many seconds."""

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0


class _Connection:
    """One request at a time."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests, self._left = requests, 0
        self._ask()

    def _ask(self) -> None:
        self._head = b""
        self.socket.sendall(next(self._requests))

    def read(self) -> tuple[int, bool]:
        """Take what has come: how much body, and whether the answer is complete; then ask for the next."""
        if self._left:
            got = self.socket.recv_into(_SINK, min(self._left, len(_SINK)), socket.MSG_TRUNC)
            if not got:
                raise ConnectionError("the server hung up within a body")
        else:
            got = self._read_head()
        self._left -= got
        complete = not self._left and not self._head
        if complete:
            self._ask()
        return got, complete

    def _read_head(self) -> int:
        part = self.socket.recv(_HEAD)
        if not part:
            raise ConnectionError("the server hung up")
        self._head += part
        head, found, body = self._head.partition(b"\r\n\r\n")
        if not found:
            return 0
        if b" 200 " not in head[:16]:
            raise ConnectionError(f"not 200: {head.splitlines()[0].decode('latin1')}")
        name = head.lower().index(b"content-length:") + 15
        self._left, self._head = int(head[name:].split(b"\r\n", 1)[0]), b""
        return len(body)


def fetch(port: int, paths: list[str], *, seconds: float, connections: int) -> Fetched:
    """Fetch ``paths`` over and over from 127.0.0.1 for some seconds.

    Raises ConnectionError for an answer that is not 200.
    """
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for path in paths])
    done = Fetched()
    with selectors.EpollSelector() as selector:
        open_ = [_Connection(port, requests) for _ in range(connections)]
        for connection in open_:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began = time.monotonic()
        while done.seconds < seconds:
            for key, _ in selector.select(1.0):
                size, complete = key.data.read()
                done.bytes += size
                done.requests += complete
            done.seconds = time.monotonic() - began
        for connection in open_:
            connection.socket.close()
    return done


def main() -> None:
    port, seconds, connections = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    paths = sys.stdin.read().split()
    print(json.dumps(asdict(fetch(port, paths, seconds=seconds, connections=connections))))


if __name__ == "__main__":
    main()
