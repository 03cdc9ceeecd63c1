"""Pushes that a daemon left, of channels that the next one does not have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webtv.broadcaster.handover import end_pushes_of_others, running

PUSHES = (sys.executable, "-c", "import time; time.sleep(600)", "x.ffconcat", "-progress", "pipe:1")
"""Looks like a push to those who look at command lines, and pushes nothing."""


@contextmanager
def pushing(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True)
    with subprocess.Popen(PUSHES, cwd=folder) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_pushes_of_channels_that_went_while_no_daemon_ran_end_and_no_others(tmp_path: Path) -> None:
    root = tmp_path / "data" / "channels"
    with (
        pushing(root / "here") as kept,
        pushing(root / "gone") as stray,
        pushing(tmp_path / "other" / "channels" / "gone") as foreign,
    ):
        assert await end_pushes_of_others(root, {"here"}) == 1
        assert stray.wait(10) < 0
        assert kept.poll() is None
        assert foreign.poll() is None
        assert list(running(root / "here")) == [kept.pid]
        assert await end_pushes_of_others(root, {"here"}) == 0
