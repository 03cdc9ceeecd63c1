"""Pushes that a daemon left, of channels that the next one does not have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from webtv.broadcaster import handover
from webtv.broadcaster.handover import LeftPushes, running
from webtv.media.child import Process

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
        assert await LeftPushes().end_those_of_others(root, {"here"}) == 1
        assert stray.wait(60) < 0
        assert kept.poll() is None
        assert foreign.poll() is None
        assert list(running(root / "here")) == [kept.pid]
        assert await LeftPushes().end_those_of_others(root, {"here"}) == 0


async def test_a_channel_s_strays_end_and_another_s_pushes_stay(tmp_path: Path) -> None:
    with pushing(tmp_path / "a") as stray, pushing(tmp_path / "b") as kept:
        left = LeftPushes()
        assert await left.end_strays(tmp_path / "a", [], "boot") == 1
        assert stray.wait(60) < 0
        assert kept.poll() is None


async def test_processes_are_looked_through_once_for_all_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = [], handover._pushes_by_folder

    def counted() -> dict[Path, list[int]]:
        looks.append(1)
        return look()

    monkeypatch.setattr(handover, "_pushes_by_folder", counted)
    left = LeftPushes()
    with pushing(tmp_path / "a"), pushing(tmp_path / "b"):
        ended = [await left.end_strays(tmp_path / name, [], "boot") for name in "abc"]
        assert await left.end_those_of_others(tmp_path, {"a", "b", "c"}) == 0
    assert ended == [1, 1, 0]
    assert len(looks) == 1


async def test_a_push_that_cannot_be_ended_is_logged_and_keeps_no_other_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill = Process.kill
    with pushing(tmp_path / "stuck") as stuck, pushing(tmp_path / "stray") as stray:

        async def as_the_kernel_would(process: Process) -> None:
            if process.pid == stuck.pid:
                raise TimeoutError  # it waits for a disk that does not answer
            await kill(process)

        monkeypatch.setattr(Process, "kill", as_the_kernel_would)
        with capture_logs() as logs:
            assert await LeftPushes().end_those_of_others(tmp_path, set()) == 1
        assert stray.wait(60) < 0
    assert [line["pid"] for line in logs] == [stuck.pid]


async def test_a_process_number_that_went_to_another_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pushing(tmp_path / "elsewhere") as other:
        monkeypatch.setattr(handover, "_pushes_by_folder", lambda: {tmp_path: [other.pid]})
        assert await LeftPushes().end_strays(tmp_path, [], "boot") == 0
        assert other.poll() is None
