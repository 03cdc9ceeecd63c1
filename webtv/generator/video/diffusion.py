"""What the video backends that run a diffusion model share: sizes, seeds, progress, and pixels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil, sqrt

import torch

from webtv.domain import Take
from webtv.models.faults import out_of_memory


def native_size(width: int, height: int, *, pixels: int, multiple: int) -> tuple[int, int]:
    """The width and height to film at for a house of that size: its aspect, and at most ``pixels``.

    Each side is the nearest multiple of ``multiple`` (of two equally near the smaller), so it may pass
    ``pixels`` by a little. A house that is smaller than the model's best size is not enlarged.
    """
    scale = min(1.0, sqrt(pixels / (width * height)))
    return to_multiple(width * scale, multiple), to_multiple(height * scale, multiple)


def to_multiple(length: float, multiple: int) -> int:
    """The multiple nearest to ``length``, of two equally near the smaller; at least one ``multiple``."""
    return multiple * max(1, ceil(length / multiple - 0.5))


def generator(seed: int) -> torch.Generator:
    """Random numbers made on the CPU: they are then equal on all devices.

    Of ``seed`` torch takes the lower 32 bits: seeds that differ above give equal numbers.
    """
    return torch.Generator("cpu").manual_seed(seed)


def as_take(video: torch.Tensor, seconds: float) -> Take:
    """A take from ``video``, (F, 3, H, W) in [0, 1] on any device, where it becomes bytes: less to copy."""
    frames = video.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return Take(frames, fps=len(frames) / seconds)


class Meter:
    """Tells ``progress`` how much of ``total`` work is done. What was told never falls.

    Work is counted in any unit, in whole numbers so that the end is 1 exactly.
    """

    def __init__(self, progress: Callable[[float], None] | None, total: int) -> None:
        self._progress, self._total = progress, total
        self._done, self._reported = 0, 0.0

    def at(self, ahead: int) -> None:
        """``ahead`` of the piece at hand is done. Raises what ``progress`` raises: Cancelled."""
        self._reported = max(self._reported, min(1.0, (self._done + ahead) / self._total))
        if self._progress is not None:
            self._progress(self._reported)

    def finish(self, piece: int) -> None:
        self._done += piece
        self.at(0)


@contextmanager
def shortage_forgiven() -> Iterator[None]:
    """End quietly when what is done within runs out of memory; the caller goes on behind it, with less.

    Allocators say so by ``torch.OutOfMemoryError``; cuBLAS, and torch on a CPU, by a RuntimeError.
    """
    try:
        yield
    except Exception as error:
        if not out_of_memory(error):
            raise


@contextmanager
def unheard(logger: str, phrase: str) -> Iterator[None]:
    """Keep messages with ``phrase`` in them out of a library's log, and only those."""

    def others(record: logging.LogRecord) -> bool:
        return phrase not in record.getMessage()

    log = logging.getLogger(logger)
    log.addFilter(others)
    try:
        yield
    finally:
        log.removeFilter(others)
