"""The interpolators on scenes whose true in-between pictures are known.

Procedural scenes are rendered at three times a take's rate and every third frame is kept; ``flow`` and
FFmpeg's ``minterpolate`` (its motion-compensated default) put the others back, at the same size, on one core
each, turn by turn. Costs are CPU time: of ``minterpolate`` what FFmpeg takes with it beyond what it takes to
read and write the same pictures. ``film`` is measured by ``bench.film``.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean, median

import cv2
import numpy as np
from numpy.typing import NDArray

from bench import film
from bench.accelerator import chosen
from bench.library import THEMES
from bench.stage import folder
from bench.table import Figure, report
from webtv.domain import Brief, Take
from webtv.generator.video.procedural import Procedural
from webtv.generator.writer import load_writer
from webtv.media.ffmpeg import find_ffmpeg
from webtv.postprocess.interpolate import load_interpolator

Frames = NDArray[np.uint8]

_TIMES = 3
"""Rate of the truth by that of the take, which is a model's 8 frames a second."""
_FPS = 8


@dataclass(frozen=True)
class _Scene:
    flow_s: float
    """CPU time for an in-between picture."""
    minterpolate_s: float
    flow_db: float
    minterpolate_db: float


def main(*, quick: bool) -> None:
    themes, (width, height), frames = (THEMES[:1], (512, 288), 5) if quick else (THEMES, (1024, 576), 9)
    cores, threads = os.sched_getaffinity(0), cv2.getNumThreads()
    os.sched_setaffinity(0, {min(cores)})
    cv2.setNumThreads(1)
    with folder() as place:
        scenes = [_measured(theme, place, width, height, frames) for theme in themes]
    os.sched_setaffinity(0, cores)
    cv2.setNumThreads(threads)
    faster = sum(scene.minterpolate_s for scene in scenes) / sum(scene.flow_s for scene in scenes)
    gains = [scene.flow_db - scene.minterpolate_db for scene in scenes]
    report(
        "interpolation",
        f"In-between pictures, {width}x{height}, {len(scenes)} scenes",
        [
            Figure("flow, CPU for a picture, median", 1000 * median(s.flow_s for s in scenes), "ms"),
            Figure("minterpolate, the same", 1000 * median(s.minterpolate_s for s in scenes), "ms"),
            Figure("flow is faster", faster, "x", "≥ 10 x"),
            Figure("flow, PSNR against the truth, mean", mean(s.flow_db for s in scenes), "dB"),
            Figure("minterpolate, the same", mean(s.minterpolate_db for s in scenes), "dB"),
            Figure("flow is nearer the truth, mean", mean(gains), "dB", "≥ 0 dB"),
            Figure("  in the scene where it gains least", min(gains), "dB"),
            *film.figures(chosen(), quick=quick),
        ],
        quick=quick,
        details={"scenes": {theme: vars(scene) for theme, scene in zip(themes, scenes, strict=True)}},
    )


def _measured(theme: str, place: Path, width: int, height: int, frames: int) -> _Scene:
    truth = _truth(theme, width, height, _TIMES * (frames - 1) + 1)
    kept = truth[::_TIMES]
    flow, flow_s = _by_flow(kept, len(truth))
    other, other_s = _by_minterpolate(kept, place)
    # it ends a few pictures early; both are judged by those that both made
    between = [number for number in range(len(other)) if number % _TIMES]
    return _Scene(
        flow_s / (len(truth) - len(kept)),
        other_s / len(between),
        mean(_psnr(flow[number], truth[number]) for number in between),
        mean(_psnr(other[number], truth[number]) for number in between),
    )


def _truth(theme: str, width: int, height: int, frames: int) -> Frames:
    script = asyncio.run(load_writer("grammar").write(Brief(theme=theme, shots=1)))
    shot = script.shots[0].model_copy(update={"seconds": frames / (_TIMES * _FPS)})
    return Procedural().make(shot, frames=frames, width=width, height=height).frames


def _by_flow(kept: Frames, pictures: int) -> tuple[list[Frames], float]:
    height, width = kept.shape[1:3]
    interpolator = load_interpolator("flow")
    began = time.process_time()
    made = list(interpolator.interpolate(Take(kept, _FPS), pictures, width=width, height=height))
    return made, time.process_time() - began


def _by_minterpolate(kept: Frames, place: Path) -> tuple[Frames, float]:
    height, width = kept.shape[1:3]
    (place / "kept.rgb").write_bytes(kept.tobytes())
    rate = _TIMES * _FPS
    spent_s = {
        step: _ffmpeg(place, width, height, f"{step},format=rgb24")
        for step in (f"format=yuv444p,fps={rate}", f"format=yuv444p,minterpolate=fps={rate}")
    }
    made = np.fromfile(place / "made.rgb", np.uint8).reshape(-1, height, width, 3)
    copying, interpolating = spent_s.values()
    return made, interpolating - copying


def _ffmpeg(place: Path, width: int, height: int, filters: str) -> float:
    """CPU time in seconds."""
    form = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    argv = [_ffmpeg_path(), "-hide_banner", "-loglevel", "error", "-y", "-threads", "1", *form]
    argv += [
        "-r",
        str(_FPS),
        "-i",
        str(place / "kept.rgb"),
        "-filter_threads",
        "1",
        "-vf",
        filters,
        *form[:4],
    ]
    before = os.times()
    subprocess.run([*argv, str(place / "made.rgb")], check=True, timeout=600)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@cache
def _ffmpeg_path() -> str:
    return find_ffmpeg().path


def _psnr(picture: Frames, truth: Frames) -> float:
    error = np.mean((picture.astype(np.float32) - truth) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-3)))
