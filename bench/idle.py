"""A thousand HLS channels that nobody watches: what they cost the daemon.

All have one title, so that they share their cards, and no clips: each airs slate and bumper, the shortest
airings there are, which is the most work that planning can have.
"""

from __future__ import annotations

import time

from bench.stage import cpu_s, folder, make_station, on_air, rss_mb
from bench.table import Figure, report

_SETTLE_S = 30.0


def main(*, quick: bool) -> None:
    count, seconds, settle_s = (100, 8.0, 4.0) if quick else (1000, 60.0, _SETTLE_S)
    with folder() as place:
        config = {"title": "Idle", "theme": "anything"}
        make_station(
            place, {f"idle-{n:04d}": config for n in range(count)}, workers=0, log={"level": "warning"}
        )
        with on_air(place) as station:
            first_start_s = station.wait_ready(600)
            first_start_cpu_s = cpu_s(station.process.pid)
            time.sleep(settle_s)
            share = _cpu_share(station.process.pid, seconds)
            memory = rss_mb(station.process.pid)
        with on_air(place) as station:
            restart_s = station.wait_ready(600)
            restart_cpu_s = cpu_s(station.process.pid)
    report(
        "idle",
        f"{count:,} HLS channels that nobody watches".replace(",", " "),
        [
            Figure(f"daemon, over {seconds:.0f} s", 100 * share, "% of a core", "< 10 %"),
            Figure("memory", memory, "MB"),
            Figure("first start until all are on air", first_start_s, "s"),
            Figure("first start, CPU", first_start_cpu_s, "s"),
            Figure("restart until all are on air", restart_s, "s"),
            Figure("restart, CPU", restart_cpu_s, "s"),
        ],
        quick=quick,
        details={"channels": count},
    )


def _cpu_share(pid: int, seconds: float) -> float:
    began, before = time.monotonic(), cpu_s(pid)
    time.sleep(seconds)
    return (cpu_s(pid) - before) / (time.monotonic() - began)
