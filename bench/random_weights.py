"""Models with random weights, on which speed does not depend, and what they are given to do."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForTextEncoding, T5Config, T5Tokenizer, UMT5Config

from webtv.domain import HouseFormat, Movement, Shot
from webtv.errors import Cancelled
from webtv.generator.video.wan import Wan
from webtv.generator.video.zeroscope import Zeroscope
from webtv.models.host import Host
from webtv.models.settings import HostSettings

Model = TypeVar("Model")
_T5_XXL = {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64}
_T5_TINY = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}


class RandomHost(Host):
    """Has some of its models by key; the others are read from its folder."""

    def __init__(self, settings: HostSettings, models: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._models = models

    @contextmanager
    def using(self, key: str, load: Callable[[], Model]) -> Iterator[Model]:
        with super().using(key, lambda: self._models[key] if key in self._models else load()) as model:
            yield model


def house_of(*, full: bool) -> HouseFormat:
    return HouseFormat() if full else HouseFormat(width=64, height=64)


def shot(seconds: float, seed: int = 0) -> Shot:
    return Shot(
        subject="a fox",
        action="runs left",
        setting="snow",
        framing="wide",
        movement=Movement(),
        light="dusk",
        palette="blue",
        style="film",
        seconds=seconds,
        seed=seed,
    )


def moving(frames: int, width: int, height: int) -> NDArray[np.uint8]:
    """(F, H, W, 3): a smooth picture that moves by a few pixels a frame.

    It stands in for a take where a take is worked on: random weights film noise, in which no motion is.
    """
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    waves = [
        [np.sin((x + 3 * n) / 17 + y / 29), np.sin(x / 23 - (y - 2 * n) / 13), np.cos((x - 2 * n) / 31)]
        for n in range(frames)
    ]
    return (127.5 + 100 * np.moveaxis(np.array(waves), 1, -1)).astype(np.uint8)


def t5(kind: str, device: str, dtype: torch.dtype, *, full: bool) -> dict[str, Any]:
    """``text_encoder`` and ``tokenizer``: T5 v1.1 XXL (``t5``) or UMT5 XXL (``umt5``), or a tiny one."""
    config, vocabulary = (UMT5Config, 256_384) if kind == "umt5" else (T5Config, 32_128)
    shape = _T5_XXL | {"vocab_size": vocabulary} if full else _T5_TINY | {"vocab_size": 128}
    with torch.device(device):
        # made in its precision at once: in float32 it would need twice the memory for a moment
        model = AutoModelForTextEncoding.from_config(
            config(feed_forward_proj="gated-gelu", **shape), dtype=dtype
        )
    letters = [(letter, -3.0) for letter in ("▁", *string.ascii_lowercase, *string.punctuation)]
    marks = [(mark, 0.0) for mark in ("<pad>", "</s>", "<unk>")]
    return {
        "text_encoder": model.eval(),
        "tokenizer": T5Tokenizer(vocab=marks + letters, extra_ids=0, model_max_length=256),
    }


def quiet(pipe: Any) -> Any:
    pipe.set_progress_bar_config(disable=True)
    return pipe


def warmed(engine: Zeroscope | Wan, shots: list[Shot], house: HouseFormat, until: float) -> None:
    """Film until more than ``until`` of the work is done: networks are then compiled, and kernels chosen."""

    def stop(done: float) -> None:
        if done > until:
            raise Cancelled

    with suppress(Cancelled):
        list(engine.film(shots, width=house.width, height=house.height, progress=stop))
