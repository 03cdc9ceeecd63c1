"""``docs/dashboard.svg``: what Grafana's dashboard shows of a station on which things went wrong.

    python -m bench.dashboard [--minutes N]

A real station airs two of the shipped channels, to two ingests and to a viewer. Its worker is killed, then
one ingest is away for a while, and in the end a file is saved with a mistake in it. A real Prometheus watches
by the shipped configuration and rules; then each panel's own queries are asked, and their answers drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import aiohttp
from ruamel.yaml import YAML

from bench.dashboard_data import Window, ask
from bench.dashboard_svg import drawn
from bench.stage import OnAir, children, folder, make_station, on_air
from bench.viewer import Viewer
from tests.ingests import Ingest, nginx_rtmp
from tests.monitoring.prometheus import Prometheus, prometheus

DOCS = Path(__file__).parent.parent / "docs"
CHANNELS = Path(__file__).parent.parent / "channels"

_CHANNELS = ("dreams", "neon-rain")
_MINUTES = 12.0
_SHOWN = 5 / 6
"""Of all that time; the rest is the station's start."""
_WORKER_KILLED, _INGEST_LOST, _INGEST_BACK, _MISTAKE_SAVED = 0.4, 0.5, 0.7, 0.86
"""When, of all that time."""
_READY_S = 120.0


def main(*, minutes: float = _MINUTES) -> None:
    with folder() as place, watched(place, minutes * 60) as prom:
        now = time.time()
        board = ask(prom, Window(now - _SHOWN * minutes * 60, now))
        (DOCS / "dashboard.svg").write_text(drawn(board), encoding="utf-8")


@contextmanager
def watched(place: Path, seconds: float) -> Iterator[Prometheus]:
    """A Prometheus that has watched a station for ``seconds``, in which things went wrong."""
    with ExitStack() as stack:
        steady, other = (stack.enter_context(nginx_rtmp(place / name)) for name in ("steady", "other"))
        _make(place, steady, other)
        station = stack.enter_context(on_air(place))
        prom = stack.enter_context(prometheus(place / "prometheus", [station.port], in_a_hurry=False))
        station.wait_ready(_READY_S)
        asyncio.run(_go_wrong(station, other, seconds))
        yield prom


def _make(place: Path, steady: Ingest, other: Ingest) -> None:
    channels = {name: YAML(typ="safe").load((CHANNELS / f"{name}.yaml").read_text()) for name in _CHANNELS}
    for name, channel in channels.items():
        channel["targets"] = [{"name": "home", "url": f"{steady.url}/{name}"}]
    channels[_CHANNELS[0]]["targets"].append({"name": "away", "url": f"{other.url}/{_CHANNELS[0]}"})
    make_station(place, channels, workers=1)


async def _go_wrong(station: OnAir, ingest: Ingest, seconds: float) -> None:
    async with aiohttp.ClientSession() as session:
        viewer = Viewer(session, f"{station.url}/hls/{_CHANNELS[0]}", poll_s=1.0)
        watching = asyncio.create_task(viewer.watch())
        await asyncio.sleep(_WORKER_KILLED * seconds)
        _kill_workers(station)
        await asyncio.sleep((_INGEST_LOST - _WORKER_KILLED) * seconds)
        ingest.kill()
        await asyncio.sleep((_INGEST_BACK - _INGEST_LOST) * seconds)
        await asyncio.to_thread(ingest.start)
        await asyncio.sleep((_MISTAKE_SAVED - _INGEST_BACK) * seconds)
        (station.folder / "channels" / f"{_CHANNELS[1]}.yaml").write_text("title: [\n")
        await asyncio.sleep((1 - _MISTAKE_SAVED) * seconds)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _kill_workers(station: OnAir) -> None:
    for child in children(station.process.pid):
        if "webtv.render" in Path(f"/proc/{child}/cmdline").read_text():
            os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard")
    parser.add_argument("--minutes", type=float, default=_MINUTES, help="that the station airs")
    main(minutes=parser.parse_args().minutes)
