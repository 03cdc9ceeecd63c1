"""Three hundred channels on air at once, each pushed to a real nginx-rtmp: is each where its rundown says?

Judged at the ingest, not by the daemon: nginx-rtmp records the keyframes that it receives, each is recognised
by its bytes, and the moment of its arrival is compared with the moment at which the rundown airs it.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.keyframes import FlvTail, keyframes_of
from bench.library import make_clips, stock
from bench.stage import OnAir, children, cpu_s, folder, make_station, on_air, pss_mb
from bench.table import Figure, report
from tests.ingests import Ingest, nginx_rtmp
from webtv.domain import HouseFormat
from webtv.playlist.store import Store
from webtv.timeline import Timeline

_POLL_S = 0.05
_STARTED_S = 180.0
"""All pushes must be on air after this long."""


@dataclass(frozen=True)
class Arrival:
    """A keyframe as the ingest wrote it, in the daemon's wall time."""

    channel: str
    digest: str
    wall_ns: int


@dataclass(frozen=True)
class Cost:
    """CPU in cores and memory in MB while all channels were on air."""

    cores: dict[str, float]
    memory_mb: dict[str, float]


def main(*, quick: bool, channels: int = 0, seconds: int = 0) -> None:
    """So many channels for so many seconds; as many and as long as is promised where they are 0."""
    count, seconds = channels or (5 if quick else 300), seconds or (6 if quick else 300)
    clips = 1 if quick else 8
    house = HouseFormat()
    names = [f"bench-{number:03d}" for number in range(count)]
    with folder() as place, nginx_rtmp(place / "ingest", _RECORD.format(place=place)) as ingest:
        (place / "clips").mkdir()
        (place / "flv").mkdir()
        manifests = make_clips(place / "clips", clips, house, seconds=6.4 if quick else 12.8)
        stock(place / "data", place / "clips", manifests, names)
        server = f"rtmp://127.0.0.1:{ingest.port}/bench"
        settings = {"title": "Bench", "theme": "anything", "schedule": {"no_repeat_s": 0}}
        make_station(
            place,
            {name: settings | {"targets": [f"{server}/{name}"]} for name in names},
            workers=0,
            log={"level": "warning"},
        )
        with on_air(place) as station:
            station.wait_ready(_STARTED_S)
            started_s = station.wait_for(
                lambda: _pushed(station) == count, _STARTED_S, f"{count} pushes on air", 1.0
            )
            arrivals, cost = _watch(place, names, station, ingest, seconds)
            reconnects = sum(target["reconnects"] for target in _targets(station))
            lags = [target["lag_s"] for target in _targets(station) if target["lag_s"] is not None]
        late_s = _lateness(place, names, arrivals, house)
    worst = {name: max(map(abs, late_s[name]), default=float("inf")) for name in names}
    every = sorted(value for values in late_s.values() for value in values)
    cuts = quantiles(every, n=100)
    within = sum(late <= 1 for late in worst.values())
    report(
        "channels",
        f"{count} channels pushed to nginx-rtmp at once for {seconds} s",
        [
            Figure("channels within 1 s of their rundown", within, "", f"≥ {count}"),
            Figure("keyframes recognised at the ingest", len(every), ""),
            Figure("keyframes that no clip has", len(arrivals) - len(every), "", "0"),
            Figure("behind the rundown, median", 1000 * median(every), "ms"),
            Figure("behind the rundown, 1st percentile", 1000 * cuts[0], "ms"),
            Figure("behind the rundown, 99th percentile", 1000 * cuts[-1], "ms"),
            Figure("farthest from the rundown", 1000 * max(worst.values()), "ms", "≤ 1 000 ms"),
            Figure("farthest by the daemon's own gauge", 1000 * max(map(abs, lags)), "ms"),
            Figure("pushes that had to be made anew", reconnects, "", "0"),
            Figure("from the start until all were pushed", started_s, "s"),
            *(Figure(f"CPU, {who}", 100 * cores, "% of a core") for who, cores in cost.cores.items()),
            *(Figure(f"memory, {who}", memory, "MB") for who, memory in cost.memory_mb.items()),
        ],
        quick=quick,
        details={"worst_s": worst},
    )


def _targets(station: OnAir) -> list[dict[str, Any]]:
    channels = station.json("/desk/api/state")["channels"]
    return [target for channel in channels for target in channel["targets"]]


def _pushed(station: OnAir) -> int:
    return sum(target["state"] == "on air" for target in _targets(station))


def _watch(
    place: Path, names: list[str], station: OnAir, ingest: Ingest, seconds: float
) -> tuple[list[Arrival], Cost]:
    assert ingest.process is not None
    pids = {
        "daemon": [station.process.pid],
        "pushers": children(station.process.pid),
        "nginx": [ingest.process.pid, *children(ingest.process.pid)],
    }
    tails = {name: FlvTail(place / "flv" / f"{name}.flv") for name in names}
    for tail in tails.values():
        tail.read()  # what came before is not timed
    arrivals: list[Arrival] = []
    before = {who: sum(map(cpu_s, those)) for who, those in pids.items()}
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        for name, tail in tails.items():
            arrivals += [Arrival(name, digest, time.time_ns()) for digest in tail.read()]
        time.sleep(_POLL_S)
    passed_s = time.monotonic() - began
    cores = {who: (sum(map(cpu_s, those)) - before[who]) / passed_s for who, those in pids.items()}
    return arrivals, Cost(cores, {who: sum(map(pss_mb, those)) for who, those in pids.items()})


def _lateness(
    place: Path, names: list[str], arrivals: list[Arrival], house: HouseFormat
) -> dict[str, list[float]]:
    """Seconds by which each recognised keyframe came after the rundown's nearest airing of it."""
    clips = [*(place / "data" / "cards").glob("*.mp4"), *(place / "clips").glob("*.mp4")]
    pictures = {
        digest: (_content(clip.stem), frame)
        for clip in clips
        for digest, frame in keyframes_of(clip, house.fps).items()
    }
    due_ns = {name: _due(place, name, house) for name in names}
    late_s: dict[str, list[float]] = {name: [] for name in names}
    for arrival in arrivals:
        if arrival.digest in pictures:
            late_ns = _nearest(due_ns[arrival.channel][pictures[arrival.digest]], arrival.wall_ns)
            late_s[arrival.channel].append(late_ns / 1e9)
    return late_s


def _content(clip_id: str) -> str:
    """Links of one file have ids of their own, which end alike."""
    return clip_id if "-" in clip_id else clip_id[-8:]


def _due(place: Path, name: str, house: HouseFormat) -> dict[tuple[str, int], list[int]]:
    """For each picture, the wall times at which the rundown airs it, in order."""
    store, _ = Store.open(place / "data" / "webtv.db")
    state = store.state(name)
    assert state is not None
    airings = store.airings(name, state.epoch)
    store.close()
    timeline = Timeline(house, state.anchor, tuple(airings))
    due: dict[tuple[str, int], list[int]] = defaultdict(list)
    for airing in airings:
        start_ns = timeline.wall_ns(timeline.start_ns(airing.start_quanta))
        for frame in range(0, airing.quanta * house.quantum_frames, house.gop_frames):
            due[_content(airing.clip_id), frame].append(start_ns + frame * 1_000_000_000 // house.fps)
    return due


def _nearest(due_ns: list[int], wall_ns: int) -> int:
    at = bisect_left(due_ns, wall_ns)
    return min((wall_ns - moment for moment in due_ns[max(0, at - 1) : at + 1]), key=abs)


_RECORD = """
        application bench {{
            live on;
            wait_key on;
            record keyframes;
            record_path {place}/flv;
        }}
"""
