"""How much is made at once: batches while memory lasts, then parts of pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import ceil

import torch
from torch import Tensor

from webtv.postprocess.interpolate.film.network import ALIGN, Network

OVERLAP = 2 * ALIGN
"""Pixels that neighbouring parts have in common, over which one passes into the other."""

AT_ONCE = {"cpu": 600_000, "cuda": 2_400_000}
"""Pixels of the pairs that are made together, by the kind of device: one pair of 1024x576, or four."""


@dataclass(frozen=True)
class Room:
    """What fits at once: ``pairs`` whole pairs of pictures, or one pair in ``rows`` x ``columns`` parts."""

    height: int
    width: int
    pairs: int
    rows: int = 1
    columns: int = 1

    @property
    def whole(self) -> bool:
        return self.rows == self.columns == 1

    def less(self) -> Room | None:
        """About half of it; None when the parts cannot be smaller."""
        if self.pairs > 1:
            return replace(self, pairs=self.pairs // 2)
        finer = max(
            replace(self, rows=2 * self.rows), replace(self, columns=2 * self.columns), key=Room._saved
        )
        return finer if finer._saved() > self._saved() else None

    def _saved(self) -> int:
        """Minus the pixels of a part."""
        return -_length(self.height, self.rows) * _length(self.width, self.columns)

    def parts(self) -> list[tuple[slice, slice]]:
        """Rows and columns of each part."""
        return list(product(_spans(self.height, self.rows), _spans(self.width, self.columns)))


def room_for(width: int, height: int, device: str) -> Room:
    """Where memory is not short, for pictures of this size on ``cpu`` or ``cuda``."""
    width, height = (ceil(side / ALIGN) * ALIGN for side in (width, height))
    return Room(height, width, pairs=max(1, AT_ONCE[device] // (width * height)))


def in_parts(network: Network, pair: Tensor, room: Room) -> Tensor:
    """The middle (1, 3, H, W) of a ``pair`` (2, 3, H, W), part by part."""
    total = torch.zeros_like(pair[:1])
    weights = torch.zeros_like(pair[:1, :1])
    for rows, columns in room.parts():
        made = network(
            *network.extract(pair[..., rows, columns].contiguous(memory_format=torch.channels_last))
        )
        weight = _ramp(rows, room.height, made)[:, None] * _ramp(columns, room.width, made)
        total[..., rows, columns] += made * weight
        weights[..., rows, columns] += weight
    return total / weights


def _length(whole: int, parts: int) -> int:
    """Of each part, a multiple of ALIGN."""
    return min(whole, ALIGN * ceil((whole + (parts - 1) * OVERLAP) / (parts * ALIGN)))


def _spans(whole: int, parts: int) -> list[slice]:
    length = _length(whole, parts)
    starts = [round(n * (whole - length) / max(1, parts - 1) / ALIGN) * ALIGN for n in range(parts)]
    return [slice(start, start + length) for start in sorted(set(starts))]


def _ramp(span: slice, whole: int, like: Tensor) -> Tensor:
    """1 in the middle of a part, falling towards those of its ends that are not the picture's."""
    place = torch.arange(span.start, span.stop, device=like.device, dtype=torch.float32) + 0.5
    rise = torch.ones_like(place)
    if span.start > 0:
        rise = torch.minimum(rise, (place - span.start) / OVERLAP)
    if span.stop < whole:
        rise = torch.minimum(rise, (span.stop - place) / OVERLAP)
    return rise.to(like.dtype)
