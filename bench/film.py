"""FILM as the engine runs it against its straightforward form: pictures a second, and how far they differ.

The straightforward form is the published TorchScript file where it lies in ``models``, and else the same
network traced in that form with random weights, on which speed does not depend. Both make the pictures of one
take in the same rounds, with the frames in main memory before and the pictures after. On a CPU, time
is one thread's CPU time.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.plain_film import PlainFilm
from bench.stage import folder
from bench.table import Figure
from tests.models.tiny_film import save_film
from webtv.domain import Take
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.interpolate.film import FILM
from webtv.postprocess.interpolate.film.spread import rounds, spread
from webtv.postprocess.interpolate.film.weights import REPOSITORY, load_network, weights_file

Frames = NDArray[np.uint8]
Way = Callable[[Frames, int], list[Frames]]

_MODELS = Path("models")


def film_figures(*, quick: bool) -> list[Figure]:
    """On the GPU at the house size; where there is none, on the CPU and small."""
    gpu = torch.cuda.is_available()
    device = "cuda:0" if gpu else "cpu"
    if not gpu:
        torch.set_num_threads(1)
    (width, height), frames, pictures = ((1024, 576), 25, 97) if gpu else ((256, 128), 3, 9)
    if quick:
        (width, height), frames, pictures = (64, 64), 2, 3
    source = _take(frames, width, height)
    with folder() as place:
        models = _models(place)
        ways: dict[str, Way] = {"straightforward": _plain(models, device)}
        ways["film"] = _engine(HostSettings(folder=models, device=device))
        if gpu and not quick:
            ways["film, compiled"] = _engine(HostSettings(folder=models, device=device, compile=True))
        made, spent_s = {}, {}
        for name, way in ways.items():
            # weights are read; on a GPU, compilers and allocators warm up at the very work
            way(*((source, pictures) if gpu else (source[:2, :64, :64], 3)))
            made[name], spent_s[name] = _timed(way, source, pictures)
    between = len(made["film"]) - frames
    figures = [
        Figure(
            f"FILM {width}x{height} on {device}: straightforward", between / spent_s["straightforward"], "1/s"
        )
    ]
    for name in list(ways)[1:]:
        ratio = spent_s["straightforward"] / spent_s[name]
        figures += [
            Figure(f"  {name}", between / spent_s[name], "1/s"),
            Figure(f"  {name}, faster", ratio, "x", "≥ 2 x" if gpu else ""),
            Figure(f"  {name}, difference", _difference(made[name], made["straightforward"]), "", "≤ 0.01"),
        ]
    if gpu:
        figures.append(Figure("  most memory", torch.cuda.max_memory_allocated() / 1e9, "GB"))
    return figures


def _take(frames: int, width: int, height: int) -> Frames:
    """A smooth picture that moves by a few pixels a frame."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    waves = [
        [np.sin((x + 3 * n) / 17 + y / 29), np.sin(x / 23 - (y - 2 * n) / 13), np.cos((x - 2 * n) / 31)]
        for n in range(frames)
    ]
    return np.uint8(127.5 + 100 * np.moveaxis(np.array(waves), 1, -1))


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


def _timed(way: Way, source: Frames, pictures: int) -> tuple[list[Frames], float]:
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    began = clock()
    made = way(source, pictures)
    return made, clock() - began


def _shown(picture: torch.Tensor) -> Frames:
    levels = (picture[0].float() * 255).round().to(torch.uint8)
    return levels.permute(1, 2, 0).cpu().numpy()


def _difference(made: list[Frames], truth: list[Frames]) -> float:
    """Of the pictures as vectors, by the length of the truth."""
    given, wanted = np.array(made, np.float32), np.array(truth, np.float32)
    return float(np.linalg.norm(given - wanted) / np.linalg.norm(wanted))
