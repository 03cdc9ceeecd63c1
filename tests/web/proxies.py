"""A real nginx in front of a station."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WITHIN_S = 60.0


@contextmanager
def nginx(configuration: str, folder: Path, address: str, port: int) -> Iterator[None]:
    """A real nginx, from when it answers."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is needed: apt-get install nginx"
    path = folder / "nginx.conf"
    path.write_text(configuration)
    proxy = subprocess.Popen([program, "-e", "stderr", "-c", path], start_new_session=True)
    until = time.monotonic() + WITHIN_S
    try:
        while True:
            try:
                socket.create_connection((address, port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < until, "nginx does not answer"
                time.sleep(0.05)
        yield
    finally:
        proxy.terminate()
        proxy.wait(WITHIN_S)
