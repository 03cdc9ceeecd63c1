"""Hours of accelerated air: does memory stay flat, is there ever dead air, does anything repeat too soon?

A real station in a process of its own, whose clock and timers run faster, with real files: new clips arrive
while others are let go, archive and bumpers air between them, and viewers fetch every fragment of every
channel. Memory is the daemon's resident set; its slope is a least-squares fit over the air after the warm-up,
in which caches fill.

    python -m bench.soak [--hours N]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import aiohttp
import numpy as np

from bench.library import make_clips
from bench.stage import OnAir, cpu_s, folder, free_port, make_station, rss_mb, started
from bench.table import Figure, report
from bench.viewer import Viewer
from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.playlist.store import Store

_RATE = 60.0
_CHANNELS = 3
_HOUSE = HouseFormat(width=640, height=360, video_kbps=800)
_CLIP_S = 9.6
_CLIP_EVERY_S = 12.0
"""New clips for four fifths of the time: the archive has to fill the rest."""
_NO_REPEAT_S = 60
_WARM_UP_S = 9000.0
"""Air until the archive and all caches are full; the index of clips takes longest, with 2 000 entries."""


@dataclass(frozen=True)
class Sample:
    air_s: float
    rss_mb: float


def main(*, quick: bool, hours: float = 1.0) -> None:
    air_s, warm_up_s, clips = (240.0, 60.0, 2) if quick else (hours * 3600, _WARM_UP_S, 6)
    with folder() as place:
        (place / "clips").mkdir()
        for manifest in make_clips(place / "clips", clips, _HOUSE, seconds=_CLIP_S, shots=2):
            (place / "clips" / f"{manifest.id}.json").write_text(manifest.model_dump_json())
        _make(place)
        samples, viewers, daemon_cpu_s = _watch(place, warm_up_s, air_s)
        store, _ = Store.open(place / "data" / "webtv.db")
        rundowns = [store.airings(name, 0) for name in _names()]
        store.close()
    aired_s = samples[-1].air_s
    watched_s = sum(viewer.seconds for viewer in viewers)
    no_repeat = _HOUSE.quanta(_NO_REPEAT_S)
    faults = [fault for viewer in viewers for fault in viewer.faults]
    report(
        "soak",
        f"{aired_s / 3600:.2f} h of air at {_RATE:.0f} times its pace, {_CHANNELS} channels",
        [
            Figure("memory at the start", samples[0].rss_mb, "MB"),
            Figure("memory at the end", samples[-1].rss_mb, "MB"),
            *([] if quick else _slope([sample for sample in samples if sample.air_s >= warm_up_s])),
            Figure("fragments watched", sum(viewer.fragments for viewer in viewers), ""),
            Figure(
                "air not seen by viewers",
                max(0.0, _CHANNELS * aired_s - watched_s),
                "s",
                "0 s but for the ends",
            ),
            Figure("missing, moved or backward fragments and playlists", len(faults), "", "0"),
            Figure("airings", sum(map(len, rundowns)), ""),
            Figure("gaps or overlaps in the rundown", sum(map(gaps, rundowns)), "", "0"),
            Figure(
                "repeats sooner than allowed",
                sum(early_repeats(rundown, no_repeat=no_repeat) for rundown in rundowns),
                "",
                "0",
            ),
            Figure("slates", sum(a.kind is AiringKind.SLATE for r in rundowns for a in r), ""),
            Figure("daemon, of a core at the real pace", 100 * daemon_cpu_s / aired_s, "%"),
        ],
        quick=quick,
        details={"faults": faults[:50], "samples": [asdict(sample) for sample in samples]},
    )


def _names() -> list[str]:
    return [f"soak-{number}" for number in range(_CHANNELS)]


def _make(place: Path) -> None:
    channel = {
        "theme": "anything",
        "clip_seconds": _CLIP_S,
        "shots_per_clip": 3,
        "format": _HOUSE.model_dump(),
        "schedule": {"no_repeat_s": _NO_REPEAT_S, "bumper_every_s": 120},
    }
    make_station(
        place,
        {name: {"title": name, **channel} for name in _names()},
        data=str(place / "data"),
        workers=0,
        keep_gb=0.1,
        min_free_gb=0,
        log={"level": "warning"},
    )


def _watch(place: Path, warm_up_s: float, air_s: float) -> tuple[list[Sample], list[Viewer], float]:
    port, began_ns = free_port(), time.monotonic_ns()
    command = [sys.executable, "-m", "bench.fast_station", str(place), str(port)]
    command += [str(_RATE), str(began_ns), str(_CLIP_EVERY_S)]
    with (place / "log.txt").open("wb") as log:
        began = time.monotonic()
        with started(command, stderr=log, cwd=Path(__file__).parent.parent) as process:
            station = OnAir(process, "127.0.0.1", port, place, began)
            station.wait_ready(120)
            return *asyncio.run(_follow(station, warm_up_s + air_s)), cpu_s(process.pid)


async def _follow(station: OnAir, air_s: float) -> tuple[list[Sample], list[Viewer]]:
    """Let viewers watch for ``air_s`` seconds of air, and read the daemon's memory meanwhile."""
    samples: list[Sample] = []
    async with aiohttp.ClientSession() as session:
        viewers = [
            Viewer(session, f"{station.url}/hls/{name}", poll_s=_HOUSE.target_duration_s / 2 / _RATE)
            for name in _names()
        ]
        watching = [asyncio.create_task(viewer.watch()) for viewer in viewers]
        began = time.monotonic()
        while (passed_s := (time.monotonic() - began) * _RATE) < air_s:
            samples.append(Sample(passed_s, rss_mb(station.process.pid)))
            await asyncio.wait(watching, timeout=0.25, return_when=asyncio.FIRST_EXCEPTION)
            if any(task.done() for task in watching):
                break
        for task in watching:
            task.cancel()
        for ended in await asyncio.gather(*watching, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise RuntimeError("a viewer gave up") from ended
    return samples, viewers


def _slope(samples: list[Sample]) -> list[Figure]:
    """A straight line through the samples, with the standard error of its slope."""
    hours = np.array([sample.air_s for sample in samples]) / 3600
    line, covariance = np.polyfit(hours, [sample.rss_mb for sample in samples], 1, cov=True)
    return [
        Figure("memory after the warm-up", samples[0].rss_mb, "MB"),
        Figure("slope after the warm-up", float(line[0]), "MB/h", "flat within noise"),
        Figure("slope, standard error", float(np.sqrt(covariance[0, 0])), "MB/h"),
    ]


def gaps(airings: Sequence[Airing]) -> int:
    """Airings that do not begin where the one before ended, in quanta or in segments."""
    fragments = _HOUSE.fragments
    return sum(
        after.start_quanta != before.end_quanta
        or after.first_segment != before.first_segment + fragments(before.quanta)
        for before, after in pairwise(airings)
    )


def early_repeats(airings: Sequence[Airing], *, no_repeat: int) -> int:
    """Airings of clips that began less than ``no_repeat`` quanta after the same clip had ended."""
    ends, early = dict[str, int](), 0
    for airing in airings:
        if airing.kind in (AiringKind.FRESH, AiringKind.ARCHIVE):
            early += airing.start_quanta - ends.get(airing.clip_id, -no_repeat) < no_repeat
            ends[airing.clip_id] = airing.end_quanta
    return early


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--hours", type=float, default=1.0, help="of air, after the warm-up")
    main(quick=False, hours=parser.parse_args().hours)
