"""What moved between two frames, by OpenCV's Dense Inverse Search, and whether the scene changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]
"""(H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, uint8. (OpenCV's stubs leave the sort of number open.)"""
Field = NDArray[Any]
"""(H, W, 2) float32: a displacement or a position per pixel, x then y, in pixels."""
Plane = NDArray[Any]
"""(H, W) float32."""

NONE: Any = None
"""OpenCV's stubs do not know that these arguments may be left out."""

FLOW_SHORT_SIDE = 160
"""Flow is searched at this size whatever the take's: larger costs more and gains a tenth of a dB."""

CUT_LEVELS = 20.0
"""Frames that still differ by this many grey levels (mean) along the found motion show different scenes."""


@dataclass(frozen=True)
class Motion:
    """What moved between two frames, at the flow's own size."""

    forward: Field
    backward: Field
    forward_doubt: Plane
    """Squared length of the way there and back again: large where a pixel is hidden in the other frame."""
    backward_doubt: Plane
    cut: bool

    def at(self, t: float, grid: Field) -> Field:
        """The motion, frame to frame, of what is seen at each pixel at time ``t`` (0 to 1).

        Both flows propose a motion; the one that is consistent there and nearer in time weighs more, which
        settles most of what is hidden in one of the frames.
        """
        there, doubt_there = _arriving(self.forward, self.forward_doubt, t, grid)
        back, doubt_back = _arriving(self.backward, self.backward_doubt, 1 - t, grid)
        weight = (1 - t) * doubt_back / ((1 - t) * doubt_back + t * doubt_there)
        return cv2.blendLinear(there, -back, weight, 1 - weight)


class Search:
    """Finds motion between frames; holds DIS's buffers, so it belongs to one thread."""

    def __init__(self, aspect: float) -> None:
        short = FLOW_SHORT_SIDE
        self.size = (round(short * aspect), short) if aspect >= 1 else (short, round(short / aspect))
        self.field_size = (self.size[0] // 2, self.size[1] // 2)
        self.grid = grid_of(*self.field_size)
        # a finer last scale than the presets' matters for small things that move; more refinement does not
        self.dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self.dis.setFinestScale(1)
        self.dis.setVariationalRefinementIterations(1)

    def motion(self, first: Picture, second: Picture) -> Motion:
        grey = [self._grey(first), self._grey(second)]
        forward = self._flow(grey[0], grey[1])
        backward = self._flow(grey[1], grey[0])
        return Motion(
            forward,
            backward,
            _squared(forward + sample(backward, self.grid + forward)),
            _squared(backward + sample(forward, self.grid + backward)),
            cut=self._differs(grey, forward),
        )

    def cut(self, first: Picture, second: Picture) -> bool:
        """Whether two frames show different scenes, between which nothing moves."""
        grey = [self._grey(first), self._grey(second)]
        return self._differs(grey, self._flow(grey[0], grey[1]))

    def _grey(self, frame: Picture) -> Picture:
        return cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), self.size, interpolation=cv2.INTER_AREA)

    def _flow(self, first: Picture, second: Picture) -> Field:
        # DIS searches no finer than half of its input and scales up: that half is all there is to keep
        full = self.dis.calc(first, second, NONE)
        return cv2.resize(full * np.float32(0.5), self.field_size, interpolation=cv2.INTER_AREA)

    def _differs(self, grey: list[Picture], forward: Field) -> bool:
        first, second = (cv2.resize(g, self.field_size, interpolation=cv2.INTER_AREA) for g in grey)
        return bool(cv2.absdiff(first, sample(second, self.grid + forward)).mean() > CUT_LEVELS)


def _arriving(flow: Field, doubt: Plane, t: float, grid: Field) -> tuple[Field, Plane]:
    """The motion of the pixel that ``flow`` brings to each place after ``t``, and how doubtful it is (px²).

    A flow says where a frame's own pixels go, so the one that arrives at x has to be looked for: the way d
    back to it solves d = -t F(x + d), by two steps of fixed-point iteration.
    """
    way = flow * np.float32(-t)
    for _ in range(2):
        found = sample(flow, grid + way)
        missed = _squared(way + found * np.float32(t))
        way = found * np.float32(-t)
    return found, missed + sample(doubt, grid + way) + np.float32(0.05)


def grid_of(width: int, height: int) -> Field:
    return np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))


def _squared(field: Field) -> Plane:
    squared: Plane = np.einsum("ijk,ijk->ij", field, field)
    return squared


def sample(picture: NDArray[Any], at: Field) -> NDArray[Any]:
    return cv2.remap(picture, at, NONE, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
