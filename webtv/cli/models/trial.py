"""``webtv models check``: makes an engine as a worker would, has it do a little work, and measures it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rich.console import Console

from webtv.config import StationConfig
from webtv.domain import SAMPLE_RATE, Movement, MusicBrief, Shot, Take
from webtv.errors import WebtvError
from webtv.models.catalogue import CATALOGUE, of_family
from webtv.models.faults import explained
from webtv.models.host import Host
from webtv.render.devices import host_settings, hosts
from webtv.render.roster import Roster

_GB = 10**9
_SIZES = {"cpu": (128, 72), "cuda": (512, 288)}
"""Of the house: small, and on a CPU so small that an answer comes in minutes."""
_FPS = 30
_SHOT = Shot(
    subject="a red fox",
    action="runs through snow",
    setting="a forest",
    framing="wide shot",
    movement=Movement(kind="pan", direction="right", speed="slow"),
    light="daylight",
    palette="white",
    style="film",
    seconds=1.0,
    seed=1,
)
_MUSIC = MusicBrief(mood="calm", tempo_bpm=90, seed=1)
_MUSIC_S = 4
_TAKE_FPS = 10
_PICTURES = 4


@dataclass(frozen=True)
class Figures:
    """What an engine took. ``made_s`` counts seconds of picture or sound; the screener's are its pictures."""

    who: str
    device: str
    load_s: float
    work_s: float
    made: str
    made_s: float
    peak_bytes: int

    def __str__(self) -> str:
        rate = self.made_s / self.work_s
        return (
            f"{self.who} on {self.device}: loaded in {self.load_s:.1f} s, "
            f"{self.made} in {self.work_s:.1f} s, {rate:.2f} s of it a second, "
            f"{self.peak_bytes / _GB:.2f} GB at most"
        )


def check_engines(station: StationConfig, names: Sequence[str], device: str | None) -> bool:
    """Check one engine after the other and print each one's figures, or why it cannot work.

    True when all of them work. Raises WebtvError for a name that no engine has, and for an unknown device.
    """
    if device is not None and not re.fullmatch(r"cpu|cuda:[0-9]{1,2}", device):
        raise WebtvError(f"--device: expected cpu, or a GPU as cuda:0, found {device[:40]!r}")
    steps = [(_step_of(name), name) for name in names]
    first = next((settings.device for settings in hosts(station, with_models=True)), "cpu")
    host = Host(host_settings(station, device or first))
    good, out, status = True, Console(highlight=False), Console(stderr=True)
    for step, name in steps:
        with status.status(f"{name} works"):
            try:
                outcome = str(measure(host, step, name))
            except WebtvError as error:
                outcome, good = f"{name} on {host.device}: {error}", False
        out.print(outcome, soft_wrap=True, markup=False)
        host.empty()
    return good


def measure(host: Host, step: str, name: str) -> Figures:
    """Load an engine's weights and have it do a little work. Raises EngineError, which says what to do."""
    try:
        width, height = _SIZES[host.device.partition(":")[0]]
        take = _take(width, height)
        memory = _Memory(host.device)
        began = time.perf_counter()
        engine = Roster(host).engine(step, name)
        engine.check()
        loaded = time.perf_counter()
        made, made_s = _WORK[step](engine, take, width, height)
        done = time.perf_counter()
    except Exception as error:  # libraries raise what they like
        raise explained(name, error, host.device) from error
    who = f"{engine.name} {engine.version}"
    return Figures(who, host.device, loaded - began, done - loaded, made, made_s, memory.peak())


def _film(engine: Any, _: Take, width: int, height: int) -> tuple[str, float]:
    take: Take = next(engine.film([_SHOT], width=width, height=height, rung="draft"))
    frames, filmed_height, filmed_width, _ = take.frames.shape
    return f"a take of {frames} frames, {filmed_width}x{filmed_height},", frames / take.fps


def _interpolate(engine: Any, take: Take, width: int, height: int) -> tuple[str, float]:
    pictures = sum(1 for _ in engine.interpolate(take, _FPS, width=width, height=height))
    return f"{pictures} pictures, {width}x{height},", pictures / _FPS


def _compose(engine: Any, *_: Any) -> tuple[str, float]:
    bed = engine.compose(_MUSIC, _MUSIC_S * SAMPLE_RATE)
    return f"{_MUSIC_S} s of music", len(bed) / SAMPLE_RATE


def _judge(engine: Any, take: Take, *_: int) -> tuple[str, float]:
    probability = engine.judge(list(take.frames[:_PICTURES]))
    return f"{_PICTURES} pictures judged (unfit by {probability:.3f})", _PICTURES / take.fps


_WORK: Mapping[str, Callable[[Any, Take, int, int], tuple[str, float]]] = {
    "video": _film,
    "interpolator": _interpolate,
    "musician": _compose,
    "screener": _judge,
}
"""By step: gives an engine something to do with a take, or at a size, and tells what, and its seconds."""


def _take(width: int, height: int) -> Take:
    """A take as a video model might give it: a second of the procedural engine's, at few frames."""
    procedural = Roster(Host()).engine("video", "procedural")
    whole: Take = next(procedural.film([_SHOT], width=width, height=height))
    every = max(1, round(whole.fps / _TAKE_FPS))
    return Take(whole.frames[::every], whole.fps / every)


class _Memory:
    """The most memory that was in use on a device; of the CPU, this process's, from here on."""

    def __init__(self, device: str) -> None:
        self._device = device
        if device == "cpu":
            with suppress(OSError):  # where it cannot be reset, the peak is that of the process's whole life
                Path("/proc/self/clear_refs").write_text("5")
        else:
            import torch

            torch.cuda.current_device()  # says what is wrong where there is no GPU
            torch.cuda.reset_peak_memory_stats(device)

    def peak(self) -> int:
        if self._device != "cpu":
            import torch

            return torch.cuda.max_memory_allocated(self._device)
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _step_of(name: str) -> str:
    known = [name for step in _WORK for name in of_family(step)]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(known)}"
        raise WebtvError(f"there is no engine called {name!r}; {hint}")
    return CATALOGUE[name].family
