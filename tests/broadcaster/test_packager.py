"""Fragments and playlists are made once, within bounds, and no disk holds up who does not need it."""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.airings import later, timeline
from tests.clips import SMALL, make_clip
from tests.fragments import fragment
from webtv.broadcaster import packager as module
from webtv.broadcaster.hls import media_playlist
from webtv.broadcaster.packager import Packager
from webtv.domain import Airing
from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_index

MADE = timeline(*[6] * 40)
NOW = later(120)
EVENTUALLY_S = 60.0


@pytest.fixture
async def packager() -> AsyncIterator[Packager]:
    made = Packager(answer_s=EVENTUALLY_S)
    yield made
    made.close()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4")


class Asked:
    """Where airings are on air from; counts how often that was asked."""

    def __init__(self, file: Path) -> None:
        self._file, self.times = file, 0

    def __call__(self, airing: Airing) -> Path:
        self.times += 1
        time.sleep(0.01)  # so that others come meanwhile
        return self._file


def at(file: Path) -> Callable[[Airing], Path]:
    return lambda airing: file


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_thousand_viewers_of_a_new_fragment_cause_one_read(packager: Packager, clip: Path) -> None:
    asked = Asked(clip)
    got = await asyncio.gather(*(packager.fragment("c", MADE, 3, asked, NOW) for _ in range(1000)))
    assert {bytes(one.data) for one in got if one is not None} == {fragment(MADE, 3, clip, NOW)}
    assert None not in got
    assert asked.times == 1


async def test_whoever_leaves_ends_nobody_elses_wait(packager: Packager, clip: Path) -> None:
    asked = Asked(clip)
    first = asyncio.create_task(packager.fragment("c", MADE, 3, asked, NOW))
    second = asyncio.create_task(packager.fragment("c", MADE, 3, asked, NOW))
    await asyncio.sleep(0)
    first.cancel()
    assert await second is not None
    assert asked.times == 1


async def test_a_disk_that_hangs_holds_up_its_own_channel_alone(tmp_path: Path, clip: Path) -> None:
    packager, fifo = Packager(answer_s=0.2), tmp_path / "hangs.mp4"
    os.mkfifo(fifo)
    hung = [asyncio.create_task(packager.fragment("hung", MADE, n, at(fifo), NOW)) for n in range(40)]
    try:
        await asyncio.sleep(0)
        patient = Packager(answer_s=EVENTUALLY_S)
        patient._threads = packager._threads
        assert await patient.fragment("well", MADE, 0, at(clip), NOW) is not None
        ended = await asyncio.gather(*hung, return_exceptions=True)
        assert {type(one) for one in ended} == {TimeoutError}
        assert len(packager._shelves["hung"].reading) == 2, "a channel may keep two threads busy, no more"
    finally:
        reading = list(packager._shelves["hung"].reading.values())
        writer = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        await asyncio.wait(reading)
        os.close(writer)
        packager.close()
        patient.close()


async def test_what_cannot_be_read_is_said_and_asked_for_again(
    packager: Packager, clip: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await packager.fragment("c", MADE, 0, at(tmp_path / "gone.mp4"), NOW)
    assert await packager.fragment("c", MADE, 0, at(clip), NOW) is not None


async def test_a_slot_with_fewer_fragments_than_planned_is_refused(packager: Packager, clip: Path) -> None:
    longer = timeline(18)
    with pytest.raises(ClipRejected):
        await packager.fragment("c", longer, 5, at(clip), NOW)


@pytest.mark.parametrize("files", [5, 1000])
async def test_the_cache_stays_within_its_bounds(
    clip: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    monkeypatch.setattr(module, "_FILES", files)
    size, before = read_index(clip).fragments[0].size, open_files()
    packager = Packager(cache_bytes=10 * size, answer_s=EVENTUALLY_S)
    for segment in range(60):
        assert await packager.fragment("c", MADE, segment, at(clip), NOW)
    assert packager.cached_bytes <= min(files, 10) * size
    assert open_files() - before <= 2 * min(files, 10) + 2
    packager.close()


async def test_a_fragment_that_is_being_sent_stays_whole_though_the_cache_lets_it_go(clip: Path) -> None:
    packager = Packager(cache_bytes=1, answer_s=EVENTUALLY_S)
    got = await packager.fragment("c", MADE, 4, at(clip), NOW)
    assert packager.cached("c", 4) is None
    assert got is not None
    assert bytes(got.data) == fragment(MADE, 4, clip, NOW)
    packager.close()


async def test_indices_of_more_than_five_hundred_watched_channels_are_read_once_each(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    def read(path: Path) -> object:
        reads.append(path)
        return read_index(path)

    monkeypatch.setattr(module, "read_index", read)
    packager = Packager(cache_bytes=1, answer_s=EVENTUALLY_S)
    for segment in (0, 1, 0):
        for channel in range(600):
            assert await packager.fragment(str(channel), MADE, segment, at(clip), NOW)
    assert len(reads) == 600
    packager.close()


async def test_nothing_is_kept_of_channels_that_are_gone(clip: Path) -> None:
    names = {str(number) for number in range(20)}
    packager = Packager(lambda: names, answer_s=EVENTUALLY_S)
    for name in sorted(names):
        packager.playlist(name, MADE, later(1))
    names.clear()
    names.add("new")
    packager.playlist("new", MADE, later(1))
    assert set(packager._shelves) == {"new"}
    packager.close()


def test_a_playlist_is_made_and_gzipped_once_for_each_edge() -> None:
    packager = Packager()
    first, again = (packager.playlist("c", MADE, later(1)) for _ in range(2))
    assert first is again is not None
    assert first.gzipped is first.gzipped
    assert gzip.decompress(first.gzipped) == first.text
    behind = packager.playlist("c", MADE, later(1 + SMALL.gop_frames / SMALL.fps))
    assert behind is not None
    assert behind.edge == first.edge + 1


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called, whatever the machine is busy with."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_what_a_playlist_costs_grows_neither_with_channels_nor_with_viewers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []

    def counted(*arguments: Any) -> bytes:
        made.append(1)
        return media_playlist(*arguments)

    monkeypatch.setattr(module, "media_playlist", counted)
    names = {f"channel-{number}" for number in range(1000)}
    packager, alone, long = Packager(lambda: names), Packager(lambda: names), timeline(*[6] * 4000)
    alone.playlist("channel-0", MADE, later(1))
    least = calls_of(lambda: alone.playlist("channel-0", MADE, later(1)))
    made.clear()
    for _ in range(20):
        for name in sorted(names):
            packager.playlist(name, long, later(1))
    assert len(made) == len(names)
    most = max(calls_of(lambda name=name: packager.playlist(name, long, later(1))) for name in names)
    assert most <= least + 30, "a search in a longer plan takes some more steps, and no more than that"
    assert len(made) == len(names)
