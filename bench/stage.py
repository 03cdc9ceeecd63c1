"""What every benchmark stands on: a station of its own on a free port, and processes read from ``/proc``."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STOP_S = 20.0


@dataclass(frozen=True)
class OnAir:
    """A station that runs as a process of its own."""

    process: subprocess.Popen[bytes]
    host: str
    port: int
    folder: Path
    began: float
    """``time.monotonic()`` just before the process was started."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body; status 0 while nothing listens."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except (ConnectionError, TimeoutError):
            return 0, b""
        finally:
            connection.close()

    def json(self, path: str) -> Any:
        """A JSON answer, or None for anything but 200."""
        status, body = self.get(path)
        return json.loads(body) if status == 200 else None

    def wait_ready(self, limit_s: float) -> float:
        """Wait until every channel is on air; returns the seconds since the start."""
        return self.wait_for(lambda: self.get("/readyz")[0] == 200, limit_s, "all channels on air")

    def wait_for(self, happened: Any, limit_s: float, what: str, every_s: float = 0.05) -> float:
        """Ask ``happened()`` until it is true; returns the seconds since the start of the process.

        Raises RuntimeError with the end of the log when the station ends or ``limit_s`` pass.
        """
        while not happened():
            waited = time.monotonic() - self.began
            if self.process.poll() is not None or waited > limit_s:
                log = (self.folder / "log.txt").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{what}: not after {waited:.0f} s. The station's log ends with:\n{log}")
            time.sleep(every_s)
        return time.monotonic() - self.began


def make_station(folder: Path, channels: dict[str, dict[str, Any]], **station: Any) -> Path:
    """Write a station's files below ``folder``; YAML is a superset of JSON. Returns ``webtv.yaml``."""
    (folder / "channels").mkdir(parents=True, exist_ok=True)
    for name, config in channels.items():
        (folder / "channels" / f"{name}.yaml").write_text(json.dumps(config))
    file = folder / "webtv.yaml"
    file.write_text(json.dumps(station))
    return file


@contextmanager
def on_air(
    folder: Path,
    *,
    channels: Path | None = None,
    cores: Collection[int] | None = None,
    port: int | None = None,
) -> Iterator[OnAir]:
    """Run ``webtv run`` with ``folder/webtv.yaml`` until the block ends. ``cores`` binds it to some cores."""
    port = port or free_port()
    command = [sys.executable, "-m", "webtv", "run", "-c", str(folder / "webtv.yaml")]
    command += ["--http", f"127.0.0.1:{port}", "--data", str(folder / "data")]
    command += ["--channels", str(channels or folder / "channels")]
    with (folder / "log.txt").open("wb") as log:
        began = time.monotonic()
        with started(command, cores=cores, stderr=log) as process:
            yield OnAir(process, "127.0.0.1", port, folder, began)


@contextmanager
def started(
    command: list[str], *, cores: Collection[int] | None = None, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process, ended with the block: SIGINT first, SIGKILL when it does not listen."""
    command = ["taskset", "-c", ",".join(map(str, sorted(cores))), *command] if cores else command
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="webtv-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, user and system, on all of its threads (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1e6


def pss_mb(pid: int) -> float:
    """Memory with pages that processes share counted in shares, so that many processes can be summed."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


def children(pid: int) -> list[int]:
    """All processes below ``pid``, at any depth."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    direct = [int(child) for task in tasks for child in task.read_text().split()]
    return [*direct, *(deeper for child in direct for deeper in children(child))]
