"""Workers started for each connection by systemd's own tool for trying that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

OWN = (sys.executable, "-m", "webtv.render.worker")


@contextmanager
def listening(folder: Path, command: Sequence[str] = OWN) -> Iterator[Path]:
    """A socket at which ``command`` is started for each connection, as by ``Accept=yes``."""
    path = folder / "worker.sock"
    ours = f"--setenv=PYTHONPATH={Path(__file__).parents[2]}"  # it hands on little of our environment
    argv = ("systemd-socket-activate", "--accept", "--inetd", ours, f"--listen={path}", *command)
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as listener:
        try:
            assert listener.stderr is not None
            assert b"Listening on" in listener.stderr.readline()
            yield path
        finally:
            listener.kill()
