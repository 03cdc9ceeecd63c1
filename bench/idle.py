"""A thousand HLS channels that nobody watches: what they cost the daemon.

They have few titles, so that they share their cards, and no clips: each airs slate and bumper, the shortest
airings there are, which is the most work that planning can have.
"""

from __future__ import annotations

import time
from statistics import median

from bench.stage import OnAir, cpu_s, folder, make_station, on_air, rss_mb
from bench.table import Figure, report

_TITLES = 4
"""One file has 65,000 links at most on ext4, and each slot that holds a card is one."""
_PERIOD_S = 180.0
"""Each channel plans anew at least once in this time; a shorter measurement would miss it."""


def main(*, quick: bool) -> None:
    count, seconds, settle_s = (50, 4.0, 1.0) if quick else (1000, _PERIOD_S, 30.0)
    with folder() as place:
        channels = {
            f"idle-{n:04d}": {"title": f"Idle {n % _TITLES}", "theme": "anything"} for n in range(count)
        }
        make_station(place, channels, workers=0, log={"level": "warning"})
        with on_air(place) as station:
            first_start_s = station.wait_ready(600)
            first_start_cpu_s = cpu_s(station.process.pid)
            time.sleep(settle_s)
            share, answers_s = _watch(station, seconds)
            memory = rss_mb(station.process.pid)
        with on_air(place) as station:
            restart_s = station.wait_ready(600)
            restart_cpu_s = cpu_s(station.process.pid)
    report(
        "idle",
        f"{count:,} HLS channels that nobody watches".replace(",", " "),
        [
            Figure(f"daemon, over {seconds:.0f} s", 100 * share, "% of a core", "< 10 %"),
            Figure("an answer takes, median", 1000 * median(answers_s), "ms"),
            Figure("an answer takes, longest", 1000 * max(answers_s), "ms"),
            Figure("memory", memory, "MB"),
            Figure("first start until all are on air", first_start_s, "s"),
            Figure("first start, CPU", first_start_cpu_s, "s"),
            Figure("restart until all are on air", restart_s, "s"),
            Figure("restart, CPU", restart_cpu_s, "s"),
        ],
        quick=quick,
        details={"channels": count},
    )


def _watch(station: OnAir, seconds: float) -> tuple[float, list[float]]:
    """The daemon's share of a core, and how long it took for each of some small answers meanwhile."""
    answers_s: list[float] = []
    began, before = time.monotonic(), cpu_s(station.process.pid)
    while (asked := time.monotonic()) < began + seconds:
        station.get("/healthz")
        answers_s.append(time.monotonic() - asked)
        time.sleep(0.25)
    return (cpu_s(station.process.pid) - before) / (time.monotonic() - began), answers_s
