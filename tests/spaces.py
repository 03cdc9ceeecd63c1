"""The local Gradio apps of ``tests/space_app.py`` as a process."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

APP = Path(__file__).parent / "space_app.py"
TOKEN = "hf_secret"  # noqa: S105 - a test's
_STARTS_WITHIN_S = 120.0


@contextmanager
def running_apps(folder: Path) -> Iterator[str]:
    """The address that the apps are below; they make their files in ``folder``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, str(APP), str(port), str(folder), TOKEN]) as process:
        try:
            end = time.monotonic() + _STARTS_WITHIN_S
            while not _answers(port):
                assert process.poll() is None, "the apps ended"
                assert time.monotonic() < end, "the apps do not answer"
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
