"""What a push costs: webtv's copy of finished clips against a list that is encoded while it is pushed.

Both push the same clips to one nginx-rtmp, at the same time, paced at real time. The time counted begins when
all of them are under way. The encoding command is what stations commonly run for a list of files.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from bench.library import make_clips
from bench.stage import folder, pss_mb
from bench.table import Figure, report
from tests.broadcaster.air import Air
from tests.broadcaster.pushes import carried, on_air, playout
from tests.ingests import nginx_rtmp
from webtv.broadcaster.handover import load
from webtv.broadcaster.playout import Playout
from webtv.domain import HouseFormat
from webtv.media.ffmpeg import FFmpeg, find_ffmpeg, probe

_PUSHES = 3
"""Of webtv's own, with each FFmpeg: one alone would be measured by a handful of scheduler ticks."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds for an hour of one channel."""

    encoding: float
    copying: float
    watching: float
    megabytes: float


def main(*, quick: bool) -> None:
    seconds, clip_s = (20.0, 4.8) if quick else (120.0, 12.8)
    house = HouseFormat()
    with folder() as work:
        clips_at = work / "clips"
        clips_at.mkdir()
        manifests = make_clips(clips_at, 1 if quick else 3, house, seconds=clip_s, shots=1 if quick else 4)
        clips = [clips_at / f"{manifest.id}.mp4" for manifest in manifests]
        costs = asyncio.run(_measured(work, clips, house, manifests[0].quanta, seconds))
    figures = []
    for name, cost in costs.items():
        figures += [
            Figure(f"FFmpeg {name}: encoding while pushing", cost.encoding, "CPU s per channel-hour"),
            Figure(f"FFmpeg {name}: webtv's push", cost.copying, "CPU s per channel-hour"),
            Figure(f"FFmpeg {name}: how much cheaper", cost.encoding / cost.copying, "times", "≥ 30"),
            Figure(f"FFmpeg {name}: the daemon watching a push", cost.watching, "CPU s per channel-hour"),
            Figure(f"FFmpeg {name}: memory of a push (PSS)", cost.megabytes, "MB"),
        ]
    report("playout_cpu", "RTMP playout against encoding while pushing", figures, quick=quick)


async def _measured(
    work: Path, clips: list[Path], house: HouseFormat, quanta: int, seconds: float
) -> dict[str, Cost]:
    costs = {}
    with nginx_rtmp(work / "nginx") as nginx:
        for ffmpeg in (find_ffmpeg(), probe(imageio_ffmpeg.get_ffmpeg_exe())):
            name = ffmpeg.version.partition("-")[0].removeprefix("n")
            count = int((seconds + 120) / (quanta * house.quantum_s))
            air = Air(work / f"air-{name}", clips, quanta=quanta, count=count, house=house)
            played = playout(air, ffmpeg, **{f"p{n}": f"{nginx.url}/{name}-{n}" for n in range(_PUSHES)})
            with _encoding(ffmpeg, air, f"{nginx.url}/{name}-encoded") as encoder:
                costs[name] = await _cost(played, air, encoder, seconds)
    return costs


async def _cost(played: Playout, air: Air, encoder: int, seconds: float) -> Cost:
    async with carried(played) as pushers:
        await on_air(*pushers.values())
        records = [load(air.folder, name) for name in pushers]
        pids = [record.pid for record in records if record is not None]
        before = [_cpu_ns(pid) for pid in (encoder, *pids)]
        began, own = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        hours = (time.monotonic() - began) / 3600
        own = time.process_time() - own
        used = [(_cpu_ns(pid) - was) / 1e9 / hours for pid, was in zip((encoder, *pids), before, strict=True)]
        memory = sum(pss_mb(pid) for pid in pids) / len(pids)
        return Cost(used[0], sum(used[1:]) / len(pids), own / hours / len(pids), memory)


@contextmanager
def _encoding(ffmpeg: FFmpeg, air: Air, url: str) -> Iterator[int]:
    argv = [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-v", "error", "-nostats"),
        *("-re", "-f", "concat", "-safe", "0", "-i", "list.ffconcat"),
        *("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-f", "flv", url),
    ]
    slots = sorted((air.folder / "air").iterdir())
    (air.folder / "list.ffconcat").write_text("".join(f"file 'air/{slot.name}'\n" for slot in slots))
    # Its folder is its own: a push that nobody watches in a channel's folder is ended.
    elsewhere = air.folder.parent
    argv[argv.index("list.ffconcat")] = f"{air.folder.name}/list.ffconcat"
    with subprocess.Popen(argv, cwd=elsewhere) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def _cpu_ns(pid: int) -> int:
    """CPU time of all threads, to the nanosecond: proc(5) counts in hundredths of a second."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total
