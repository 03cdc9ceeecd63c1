"""FILM as the engine runs it against its straightforward form: pictures a second, and how far they differ.

The straightforward form is the published TorchScript file where it lies in ``models``, and else the same
network traced in that form with random weights, on which speed does not depend. Both make the pictures of one
take in the same rounds, with the frames in main memory before and the pictures after. On a CPU, time
is one thread's CPU time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
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

PLAIN, COMPILED = "straightforward", "film, compiled"
_MODELS = Path("models")


def figures(device: str, *, quick: bool) -> list[Figure]:
    """At the house size on a GPU, and small on a CPU."""
    gpu = device != "cpu"
    (width, height), frames, pictures = ((1024, 576), 25, 97) if gpu else ((256, 128), 3, 9)
    if quick:
        (width, height), frames, pictures = (64, 64), 2, 3
    source = moving(frames, width, height)
    made: dict[str, list[Frames]] = {}
    tflop: dict[str, float] = {}
    spent: dict[str, Spent] = {}
    with folder() as place:
        for name, way in _ways(_models(place), device, compiled=gpu and not quick).items():

            def make(name: str = name, way: Way = way) -> None:
                made[name] = way(source, pictures)

            # weights are read; compilers and allocators warm up at the very work
            tflop[name] = counted_tflop(make) if name == "film" else 0.0
            make()
            spent[name] = timed(device, make)
    between = pictures - frames
    tflop[PLAIN] = between * _pair_tflop(width, height)
    tflop[COMPILED] = tflop["film"]
    shown = []
    for name, took in spent.items():
        head = f"FILM {width}x{height}, {name}: "
        shown += [
            Figure(f"{head}pictures a second", between / took.seconds, "1/s"),
            Figure(f"{head}seconds of clip per second", pictures / HouseFormat().fps / took.seconds, "s"),
            Figure(f"{head}share of the roofline", share_of_roofline(tflop[name], took, device), "%"),
        ]
        if gpu:
            shown.append(Figure(f"{head}peak memory", took.peak_gb, "GB"))
        if name != PLAIN:
            ratio = spent[PLAIN].seconds / took.seconds
            shown += [
                Figure(f"{head}faster", ratio, "x", "≥ 2 x" if gpu and not quick else ""),
                Figure(f"{head}difference", _difference(made[name], made[PLAIN]), "", "≤ 0.01"),
            ]
    return shown


def _ways(models: Path, device: str, *, compiled: bool) -> dict[str, Way]:
    ways = {PLAIN: _plain(models, device), "film": _engine(HostSettings(folder=models, device=device))}
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
