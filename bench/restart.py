"""A restart: how long until every channel is on air again, each with a rundown and an archive to go on from.

The pictures are small and the channels share their cards and the bytes of their clips: what is measured is
the station's own work, not the disk's.
"""

from __future__ import annotations

from pathlib import Path

from bench.library import make_clips, stock
from bench.stage import cpu_s, folder, make_station, on_air
from bench.table import Figure, report
from webtv.domain import HouseFormat

_TITLES = 4
_CLIPS = 4
_LIMIT_S = 600.0
_ASK_EVERY_S = 0.25
"""Asking costs the station time as well."""


def main(*, quick: bool, channels: int = 0) -> None:
    count = channels or (20 if quick else 1000)
    house = HouseFormat(width=192, height=108, video_kbps=200)
    names = [f"bench-{number:04d}" for number in range(count)]
    with folder() as place:
        (place / "clips").mkdir()
        manifests = make_clips(place / "clips", _CLIPS, house, seconds=6.4, shots=1)
        stock(place / "data", place / "clips", manifests, names)
        settings = {
            name: {
                "title": f"Bench {number % _TITLES}",
                "theme": "anything",
                "format": house.model_dump(),
                "schedule": {"no_repeat_s": 0},
            }
            for number, name in enumerate(names)
        }
        make_station(place, settings, workers=0, log={"level": "warning"})
        first_s, first_cpu_s, _ = _start(place)
        restart_s, restart_cpu_s, answers_s = _start(place)
    report(
        "restart",
        f"{count} channels with rundown and archive",
        [
            Figure("first start until all are on air", first_s, "s"),
            Figure("first start, CPU", first_cpu_s, "s"),
            Figure("restart until HTTP answers", answers_s, "s"),
            Figure("restart until all are on air", restart_s, "s", "≤ 8 s"),
            Figure("restart, CPU", restart_cpu_s, "s"),
        ],
        quick=quick,
        details={"channels": count},
    )


def _start(place: Path) -> tuple[float, float, float]:
    """Seconds until all channels are on air, CPU seconds until then, and seconds until HTTP answers."""
    with on_air(place) as station:
        answers_s = station.wait_for(lambda: station.get("/healthz")[0] == 200, _LIMIT_S, "an answer")
        ready_s = station.wait_for(
            lambda: station.get("/readyz")[0] == 200, _LIMIT_S, "all channels on air", _ASK_EVERY_S
        )
        return ready_s, cpu_s(station.process.pid), answers_s
