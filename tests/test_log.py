"""A log that cannot be written, on a full disk or to a reader that left, never ends air."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TextIO

import pytest
import structlog

from tests.clocks import FakeClock
from tests.station_process import SMALL_CHANNEL, StationProcess
from webtv import log
from webtv.errors import WebtvError
from webtv.supervisor import Backoff, Record, supervise

PR_SET_PDEATHSIG = 1


def full() -> TextIO:
    return Path("/dev/full").open("w", buffering=1)


def without_reader() -> TextIO:
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "w", buffering=1)


def closed() -> TextIO:
    stream = full()
    stream.close()
    return stream


@pytest.fixture(params=[full, without_reader, closed])
def unwritable(request: pytest.FixtureRequest) -> Iterator[TextIO]:
    make: Callable[[], TextIO] = request.param
    stream = make()
    yield stream
    with contextlib.suppress(OSError):
        stream.close()


@pytest.fixture(params=["console", "json"])
def logging_there(
    request: pytest.FixtureRequest, unwritable: TextIO, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    before = structlog.get_config()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", Unseen(unwritable))
        log.configure("info", request.param)
    yield
    structlog.configure(**before)


class Unseen:
    """A stream that is no terminal, also when it was closed before anybody asked."""

    def __init__(self, stream: TextIO) -> None:
        self.write, self.flush = stream.write, stream.flush

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("error", [WebtvError("no"), ZeroDivisionError("a bug")])
async def test_a_supervised_task_outlives_its_log(logging_there: None, error: Exception) -> None:
    clock, record = FakeClock(), Record()

    async def fail() -> None:
        raise error

    steady = Backoff(first_s=1, cap_s=1, jitter=0)
    task = asyncio.create_task(supervise("it", fail, clock=clock, backoff=steady, record=record))
    await clock.advance(10.5)
    assert not task.done()
    assert record.starts == 11
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_bugs_trace_shows_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    def ask(key: str) -> None:
        raise ValueError(f"a key of {len(key)} characters")

    before = structlog.get_config()
    try:
        log.configure(form="console")
        try:
            ask("sk-" + "secret" * 2)
        except ValueError as error:
            structlog.get_logger().error("a bug", exc_info=error)
    finally:
        structlog.configure(**before)
    told = capsys.readouterr().err
    assert "a key of 15 characters" in told
    assert "sk-secretsecret" not in told


def die_with_the_tests() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@pytest.mark.parametrize("make", [full, without_reader])
def test_a_station_airs_without_a_log(tmp_path: Path, make: Callable[[], IO[str]]) -> None:
    station = StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL})
    with socket.create_server(("127.0.0.1", 0)) as free:
        station.port = free.getsockname()[1]
    argv = [sys.executable, "-m", "webtv", "run", "-c", "webtv.yaml", "--http", f"127.0.0.1:{station.port}"]
    unwritable = make()
    process = subprocess.Popen(
        argv,
        cwd=station.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=unwritable,
        preexec_fn=die_with_the_tests,  # noqa: PLW1509 - nothing else makes a child end with its parent
    )
    with contextlib.suppress(OSError):
        unwritable.close()

    def ready() -> bool:
        assert process.poll() is None, f"it ended with {process.returncode}"
        try:
            return station.get("/readyz").status == 200
        except OSError:
            return False

    try:
        station.wait_for(ready, "all channels are on air")
    finally:
        process.kill()
        process.wait()
