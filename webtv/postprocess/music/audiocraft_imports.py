"""Imports audiocraft where xformers, torchaudio, spacy or librosa are not installed, as is best on a CPU.

Audiocraft imports all four at its top, but to play, MusicGen needs four small things of them, which are given
here. torchaudio must not even seem to be there: transformers would then import it for real.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import audio_utils
from transformers.utils import import_utils

from webtv.errors import EngineError


class Spectrogram(torch.nn.Module):
    """``torchaudio.transforms.Spectrogram``, centred, of power 2 by its window: (..., F, frames)."""

    def __init__(self, n_fft: int, win_length: int, hop_length: int, **given: Any) -> None:
        super().__init__()
        if given != {"power": 2, "center": True, "pad": 0, "normalized": True}:
            raise EngineError(f"no stand-in for a torchaudio Spectrogram with {given}")
        self.n_fft, self.hop_length = n_fft, hop_length
        # Kept with the weights, as torchaudio does: checkpoints have it.
        self.register_buffer("window", torch.hann_window(win_length))

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        window = self.get_buffer("window")
        flat = sound.reshape(-1, sound.shape[-1])
        seen = torch.stft(flat, self.n_fft, self.hop_length, len(window), window, return_complex=True)
        power = seen.abs().square() / window.square().sum()
        return power.reshape(*sound.shape[:-1], *power.shape[-2:])


class LowerTriangularMask:
    """``xformers.ops.LowerTriangularMask``: that it is there tells torch's attention to be causal."""


def chroma(*, sr: int, n_fft: int, tuning: float, n_chroma: int) -> NDArray[np.float32]:
    """``librosa.filters.chroma``: (n_chroma, 1 + n_fft // 2) float32, C first."""
    bank = audio_utils.chroma_filter_bank(
        num_frequency_bins=n_fft, num_chroma=n_chroma, sampling_rate=sr, tuning=tuning
    )
    return np.asarray(bank, dtype=np.float32)


_GIVEN: dict[str, dict[str, Any]] = {
    "xformers": {},
    "xformers.ops": {"unbind": torch.unbind, "LowerTriangularMask": LowerTriangularMask},
    "torchaudio": {},
    "torchaudio.transforms": {"Spectrogram": Spectrogram},
    "librosa": {},
    "librosa.filters": {"chroma": chroma},
    "spacy": {},
}
"""Module to what audiocraft calls of it when MusicGen plays."""


class _StandIn(ModuleType):
    """A module with a few of its names; any other is a class that says it is missing when it is called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)
        self.__path__: list[str] = []
        vars(self).update(_GIVEN[name])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_: Any, **__: Any) -> None:
            raise EngineError(
                f"audiocraft called {self.__name__}.{name}, which is not installed and MusicGen does not need"
            )

        return type(name, (), {"__init__": refuse})


@contextmanager
def stand_ins(*packages: str) -> Iterator[None]:
    """Those of ``packages`` that are not installed can be imported within this context only."""
    absent = {package for package in packages if find_spec(package) is None}
    names = [name for name in _GIVEN if name.partition(".")[0] in absent]
    for name in names:
        sys.modules[name] = _StandIn(name)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, sys.modules[name])
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)


@cache
def audiocraft() -> ModuleType:
    """The package, its ``models`` and ``modules`` imported. Raises ImportError where it is not installed."""
    # These remember their answers, and must find them before a stand-in is there to be found.
    for known in ("torchaudio", "librosa", "spacy"):
        getattr(import_utils, f"is_{known}_available")()
    for late in ("EncodecModel", "RobertaTokenizer", "T5EncoderModel", "T5Tokenizer"):
        getattr(importlib.import_module("transformers"), late)
    with stand_ins("xformers", "torchaudio", "librosa", "spacy"):
        return importlib.import_module("audiocraft")
