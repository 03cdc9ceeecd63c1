"""Theme to clip with the offline engines: how many seconds of clip a second of this machine makes.

The figure is the station's own way: as many workers as it starts by default, one order each at a time, from
the theme to the inspected file. What each step costs is measured apart, one after another, in CPU time.

Engines of models follow in tables of their own where their libraries are installed: see ``bench.models``.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from bench.library import THEMES
from bench.stage import folder
from bench.table import Figure, report
from webtv.clock import SystemClock
from webtv.config import ChannelConfig
from webtv.domain import RenderOrder
from webtv.generator.video import load_video_backend
from webtv.generator.writer import load_writer
from webtv.playlist.library import Library
from webtv.postprocess.conform import conform
from webtv.postprocess.edit import assemble, cut_list
from webtv.postprocess.inspect import inspect
from webtv.postprocess.interpolate import load_interpolator
from webtv.postprocess.loudness import edges, level
from webtv.postprocess.music import load_musician
from webtv.postprocess.overlay import Overlay
from webtv.render.artefacts import ArtefactStore
from webtv.render.health import Health
from webtv.render.link import child
from webtv.render.orders import brief_for, order_for
from webtv.render.pool import Pool
from webtv.render.worker_executor import worker_executors

_STEPS = ("write", "take", "interpolate", "music", "level", "assemble and label", "conform", "inspect")


def main(*, quick: bool) -> None:
    themes, seconds = (THEMES[:1], 6.4) if quick else (THEMES, 12.8)
    configs = [_config(theme, number, seconds) for number, theme in enumerate(themes)]
    workers = max(1, (os.cpu_count() or 2) // 2)
    with folder() as place:
        wall_s = asyncio.run(_make_all(configs, place, workers))
        costs = [_costs(config, place) for config in configs]
    made_s = sum(_length_s(config) for config in configs)
    totals = [sum(cost.values()) for cost in costs]
    figures = [
        Figure(f"clip per second, {workers} workers, {len(configs)} themes", made_s / wall_s, "s", "≥ 2 s"),
        Figure("CPU for a second of clip, median theme", median(totals), "s"),
        Figure("CPU for a second of clip, dearest theme", max(totals), "s"),
    ]
    figures += [Figure(f"  {step}", median(cost[step] for cost in costs), "s") for step in _STEPS]
    report(
        "generation",
        "Theme to clip, offline engines, 1024x576 at 30 fps",
        figures,
        quick=quick,
        details={"wall_s": wall_s, "themes": dict(zip(themes, costs, strict=True))},
    )
    if all(map(find_spec, ("torch", "diffusers", "transformers"))):
        import_module("bench.models").main(quick=quick)
    else:
        print("engines of models are left out: `make models` installs their libraries")


def _config(theme: str, number: int, seconds: float) -> ChannelConfig:
    shots = max(1, round(seconds / 3.2))
    return ChannelConfig(
        id="bench", title="Bench", theme=theme, seed=number, clip_seconds=seconds, shots_per_clip=shots
    )


def _length_s(config: ChannelConfig) -> float:
    return config.format.quanta(config.clip_seconds) * config.format.quantum_s


async def _order(config: ChannelConfig) -> RenderOrder:
    return order_for(config, await load_writer("grammar").write(brief_for(config, 0, ())), "grammar")


async def _make_all(configs: list[ChannelConfig], place: Path, workers: int) -> float:
    """Wall time until all are made; the workers are up before the clock starts."""
    artefacts, health = ArtefactStore(Library(place)), Health(SystemClock())
    pool = Pool(worker_executors(child(), artefacts, health), artefacts, health)
    working = [asyncio.create_task(pool.work()) for _ in range(workers)]
    warm = [_config("warming up", number, 4.0) for number in range(workers)]
    await asyncio.gather(*(_make(pool, config) for config in warm))
    began = time.monotonic()
    await asyncio.gather(*(_make(pool, config) for config in configs))
    wall_s = time.monotonic() - began
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    return wall_s


async def _make(pool: Pool, config: ChannelConfig) -> None:
    await pool.render(await _order(config), None, lambda *_: None)


def _costs(config: ChannelConfig, place: Path) -> dict[str, float]:
    """CPU seconds of each step for a second of clip."""
    spent: dict[str, float] = {}
    house, length_s = config.format, _length_s(config)
    with _spending(spent, "write"):
        order = asyncio.run(_order(config))
    backend, interpolator = load_video_backend("procedural"), load_interpolator("flow")
    musician = load_musician("synth")
    cuts = cut_list(order)
    with _spending(spent, "take"):
        takes = [
            next(backend.film([order.script.shots[cut.shot]], width=house.width, height=house.height))
            for cut in cuts
        ]
    with _spending(spent, "interpolate"):
        shots = [
            list(interpolator.interpolate(take, cut.frames, width=house.width, height=house.height))
            for take, cut in zip(takes, cuts, strict=True)
        ]
    with _spending(spent, "music"):
        bed = musician.compose(order.script.music, order.samples)
    with _spending(spent, "level"):
        sound, _ = level(edges(bed))
    overlay = Overlay(house, order.label, order.caption)
    with _spending(spent, "assemble and label"):
        pictures = list(assemble(order, [iter(shot) for shot in shots]))
        for number, picture in enumerate(pictures):
            overlay.draw(picture, number)
    path = place / "steps.mp4"
    with _spending(spent, "conform"):
        conform(pictures, sound, house, path)
    with _spending(spent, "inspect"):
        inspect(path, house, order.quanta)
    return {step: seconds / length_s for step, seconds in spent.items()}


@contextmanager
def _spending(spent: dict[str, float], step: str) -> Iterator[None]:
    began = time.process_time()
    yield
    spent[step] = time.process_time() - began
