"""FILM as the engine runs it against its straightforward form: pictures a second, and how far they differ.

The straightforward form is the published TorchScript file where it lies in ``models``, and else the same
network traced in that form with random weights, on which speed does not depend. Both make the pictures of one
take in the same rounds, with the frames in main memory before and the pictures after. The network has its one
size on a CPU too; there the pictures are small, and time is one thread's CPU time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.accelerator import Spent, counted_tflop, timed
from bench.plain_film import PlainFilm
from bench.random_weights import moving
from bench.stage import folder
from bench.table import Figure
from bench.ways import share_of_roofline
from tests.models.tiny_film import save_film
from webtv.domain import HouseFormat, Take
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.interpolate.film import FILM
from webtv.postprocess.interpolate.film.spread import rounds, spread
from webtv.postprocess.interpolate.film.weights import REPOSITORY, load_network, weights_file

Frames = NDArray[np.uint8]
Way = Callable[[Frames, int], list[Frames]]

PLAIN, ENGINE, COMPILED = "straightforward", "film", "film, compiled"
_MODELS = Path("models")


def figures(device: str, *, quick: bool) -> list[Figure]:
    """At the house size on a GPU, and small on a CPU."""
    gpu = device != "cpu"
    (width, height), frames, pictures = ((1024, 576), 25, 97) if gpu else ((256, 128), 3, 9)
    if quick:
        (width, height), frames, pictures = (64, 64), 2, 3
    source = moving(frames, width, height)
    done: dict[str, _Done] = {}
    with folder() as place:
        for name, way in _ways(_models(place), device, compiled=gpu and not quick).items():
            done[name] = _measured(partial(way, source, pictures), device, count=name == ENGINE)
    between = pictures - frames
    done[PLAIN].tflop = between * _pair_tflop(width, height)
    if COMPILED in done:
        done[COMPILED].tflop = done[ENGINE].tflop
    shown = []
    for name, way_done in done.items():
        head = f"FILM {width}x{height}, {name}: "
        shown += way_done.figures(head, between, device)
        if name != PLAIN:
            ratio = done[PLAIN].spent.seconds / way_done.spent.seconds
            difference = _difference(way_done.made, done[PLAIN].made)
            shown += [
                Figure(f"{head}faster", ratio, "x", "≥ 2 x" if gpu and not quick else ""),
                Figure(f"{head}difference", difference, "", "≤ 0.01"),
            ]
    return shown


@dataclass
class _Done:
    made: list[Frames]
    spent: Spent
    tflop: float

    def figures(self, head: str, between: int, device: str) -> list[Figure]:
        shown = [
            Figure(f"{head}pictures a second", between / self.spent.seconds, "1/s"),
            Figure(
                f"{head}seconds of clip per second",
                len(self.made) / HouseFormat().fps / self.spent.seconds,
                "s",
            ),
        ]
        if device == "cpu":  # whose convolutions, by Winograd, multiply less often than is counted
            return shown
        share = share_of_roofline(self.tflop, self.spent, device)
        return [
            *shown,
            Figure(f"{head}share of the roofline", share, "%"),
            Figure(f"{head}peak memory", self.spent.peak_gb, "GB"),
        ]


def _measured(make: Callable[[], list[Frames]], device: str, *, count: bool) -> _Done:
    # weights are read; compilers and allocators warm up at the very work
    tflop = counted_tflop(make) if count else 0.0
    made = make()
    return _Done(made, timed(device, make), tflop)


def _ways(models: Path, device: str, *, compiled: bool) -> dict[str, Way]:
    ways = {PLAIN: _plain(models, device), ENGINE: _engine(HostSettings(folder=models, device=device))}
    if compiled:
        ways[COMPILED] = _engine(HostSettings(folder=models, device=device, compile=True))
    return ways


def _pair_tflop(width: int, height: int) -> float:
    """Of the straightforward form, whose every pair is the same work."""
    with torch.device("meta"):
        pictures, middle = torch.empty(2, 1, 3, height, width), torch.empty(1, 1)
        network = PlainFilm()
        return counted_tflop(lambda: network(*pictures, middle))


def _models(place: Path) -> Path:
    if (_MODELS / REPOSITORY).is_dir():
        return _MODELS
    save_film(place)
    return place


def _engine(settings: HostSettings) -> Way:
    engine = FILM(Host(settings))

    def make(source: Frames, pictures: int) -> list[Frames]:
        height, width = source.shape[1:3]
        return list(engine.interpolate(Take(source, 8), pictures, width=width, height=height))

    return make


def _plain(models: Path, device: str) -> Way:
    half = torch.float32 if device == "cpu" else torch.float16
    model = _torchscript(models, device, half)

    @torch.inference_mode()
    def make(source: Frames, pictures: int) -> list[Frames]:
        depth, places = spread(len(source), pictures)
        known = {
            number << depth: (torch.from_numpy(frame).to(device).permute(2, 0, 1)[None].to(half) / 255)
            for number, frame in enumerate(source)
        }
        middle = torch.full((1, 1), 0.5, device=device, dtype=half)
        for wanted in rounds(places, depth):
            for place in wanted:
                reach = place & -place
                known[place] = model(known[place - reach], known[place + reach], middle).clamp(0, 1)
        return [_shown(known[place]) for place in places]

    return make


def _torchscript(models: Path, device: str, half: torch.dtype) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of TorchScript's age
        path = weights_file(models / REPOSITORY)
        try:
            return torch.jit.load(path, map_location=device).eval().to(half)
        except RuntimeError:  # a state dict
            plain = PlainFilm()
            plain.load_state_dict(load_network(path).state_dict())
            plain = plain.eval().requires_grad_(False).to(device, half)
            picture = torch.rand(1, 3, 64, 64, device=device).to(half)
            given = (picture, picture.flip(3), torch.full((1, 1), 0.5, device=device, dtype=half))
            return torch.jit.trace(plain, given, check_trace=False)


def _shown(picture: torch.Tensor) -> Frames:
    levels = (picture[0].float() * 255).round().to(torch.uint8)
    return levels.permute(1, 2, 0).cpu().numpy()


def _difference(made: list[Frames], truth: list[Frames]) -> float:
    """Of the pictures as vectors, by the length of the truth."""
    given, wanted = np.array(made, np.float32), np.array(truth, np.float32)
    return float(np.linalg.norm(given - wanted) / np.linalg.norm(wanted))
