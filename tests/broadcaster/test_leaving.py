"""A push that cannot be tidied up after: whoever ends it is not held up, and there is no second publisher."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.broadcaster.air import Air
from tests.broadcaster.pushes import carried, on_air, pids, playout, until
from tests.ingests import Ingest, nginx_rtmp
from webtv.broadcaster import handover, launch
from webtv.broadcaster.playout import Playout
from webtv.broadcaster.status import State
from webtv.media import child
from webtv.media.ffmpeg import FFmpeg

ENDS_S = 60.0


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    with nginx_rtmp(tmp_path_factory.mktemp("nginx")) as server:
        yield server


@pytest.fixture
def air(tmp_path: Path, gop_clips: list[Path]) -> Air:
    return Air(tmp_path / "channel", gop_clips, quanta=3, count=200)


@pytest.fixture
def played(air: Air, both_ffmpegs: dict[str, FFmpeg], nginx: Ingest) -> Playout:
    return playout(air, both_ffmpegs["system"], one=f"{nginx.url}/one")


def make_unremovable(record: Path) -> None:
    """To remove a folder as if it were a file fails, like a file of a disk that became read-only."""
    record.unlink()
    record.mkdir()


async def ended(task: asyncio.Task[object]) -> None:
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=ENDS_S)
    assert done, "the push lives on"
    assert task.cancelled()


async def test_pushes_end_with_their_channel_though_their_records_cannot_be_removed(
    air: Air, played: Playout
) -> None:
    task = asyncio.create_task(played.run())
    try:
        await on_air(played.pushers["one"])
        make_unremovable(handover.record_path(air.folder, "one"))
        with capture_logs() as logs:
            await ended(task)
        assert not pids(air)
        assert played.pushers["one"].status.state is State.STOPPED
        assert ["record stays" in line["event"] for line in logs] == [True]
    finally:
        task.cancel()


async def test_a_push_that_ends_is_begun_again_though_its_record_cannot_be_removed(
    air: Air, played: Playout
) -> None:
    async with carried(played) as pushers:
        await on_air(pushers["one"])
        before = pids(air)
        make_unremovable(handover.record_path(air.folder, "one"))
        os.kill(before.pop(), signal.SIGKILL)
        await until(lambda: pushers["one"].status.reconnects["killed"])
        await on_air(pushers["one"])


async def test_a_push_that_the_kernel_cannot_end_holds_up_no_sign_off_and_is_ended_by_the_next_run(
    air: Air, played: Playout, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = asyncio.create_task(played.run())
    await on_air(played.pushers["one"])
    (stuck,) = pids(air)
    os.kill(stuck, signal.SIGSTOP)  # so SIGTERM does nothing, and SIGKILL gets no time
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(child, "_KILL_WAIT_S", 0.0)
        patch.setattr("webtv.broadcaster.pusher._STOP_S", 0.0)
        await ended(task)
    assert [line["event"] for line in logs] == ["a push cannot be ended"]
    assert handover.load(air.folder, "one") is not None, "the next one finds it"
    async with carried(played):
        await on_air(played.pushers["one"])
        assert stuck not in pids(air)
        assert len(pids(air)) == 1


async def test_a_push_that_cannot_be_looked_after_does_not_run(
    air: Air, played: Playout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(launch, "started_ticks", refuse)
    async with carried(played) as pushers:
        await until(lambda: "Too many open files" in pushers["one"].status.last_error)
        await until(lambda: not pids(air))
