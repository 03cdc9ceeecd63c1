"""FILM's weights, random but tame: the network has one size, so the file is of the real one (69 MB)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from webtv.postprocess.interpolate.film.network import ALIGNED, FEATURES, Network
from webtv.postprocess.interpolate.film.weights import REPOSITORY

FILE = "film_net_fp16.pt"


def save_film(models: Path) -> None:
    """A state dict in half precision, laid out as the port's release is."""
    folder = models / REPOSITORY
    folder.mkdir(parents=True)
    torch.save({name: tensor.half() for name, tensor in tame_weights().items()}, folder / FILE)


def tame_weights(seed: int = 0) -> dict[str, Tensor]:
    """Weights under which the middle is near the mean of both pictures, along flows of a few pixels."""
    chance = torch.Generator("cpu").manual_seed(seed)
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in Network().state_dict().items()}
    state = {}
    for name, shape in shapes.items():
        if name.endswith("bias"):
            state[name] = torch.zeros(shape)
        else:
            spread = (2 / shape[1:].numel()) ** 0.5
            state[name] = torch.empty(shape).uniform_(-spread, spread, generator=chance)
    for name in state:
        if name.endswith("_convs.4.0.weight"):
            state[name] *= 0.2
    _pass_pictures_through(state)
    return state


def _pass_pictures_through(state: dict[str, Tensor]) -> None:
    """The finest step of the decoder carries the mean of the two warped pictures in its first channels."""
    join, refine, out = (
        state[f"fuse.{name}.weight"] for name in ("convs.3.1.0", "convs.3.2.0", "output_conv")
    )
    second = 3 + FEATURES[0]
    assert join.shape[1] == ALIGNED[0] + len(join)
    join[:3] = 0
    refine[:3] = 0
    out *= 0.01
    for colour in range(3):
        join[colour, [colour, second + colour], 1, 1] = 0.5
        refine[colour, colour, 1, 1] = 1
        out[colour, :3] = 0
        out[colour, colour] = 1
