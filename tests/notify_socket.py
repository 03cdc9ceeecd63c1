"""The service manager's end of sd_notify(3)."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotifySocket:
    """A bound datagram socket. ``address`` is what systemd would put into NOTIFY_SOCKET."""

    def __init__(self, bound: socket.socket, address: str) -> None:
        self._socket, self.address = bound, address
        self.states: list[str] = []
        """All that was told so far, one state each, in order."""

    def read(self) -> list[str]:
        """The states told since the last time."""
        told: list[str] = []
        while True:
            try:
                told += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                self.states += told
                return told

    def wait_for(self, state: str, *, within_s: float = 120.0) -> None:
        """Until ``state`` has been told; one told before counts."""
        until = time.monotonic() + within_s
        while state not in self.states:
            assert time.monotonic() < until, f"not told within {within_s:.0f} s: {state}, but {self.states}"
            self.read()
            time.sleep(0.02)


@contextmanager
def notify_socket(folder: Path, *, abstract: bool = False) -> Iterator[NotifySocket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        name = str(folder / "notify")
        bound.bind("\0" + name if abstract else name)
        bound.setblocking(False)
        yield NotifySocket(bound, "@" + name if abstract else name)
