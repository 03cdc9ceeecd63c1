"""In-between pictures by optical flow on the CPU (OpenCV's Dense Inverse Search)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.domain import Take
from webtv.engines import Engine
from webtv.errors import EngineError

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

DETAIL = 0.2
"""Share of unsharp masking after scaling up: most accurate here, and looks less soft."""

CUT_LEVELS = 20.0
"""Frames that still differ by this many grey levels (mean) along the found motion show different scenes."""


class Flow(Engine):
    """Bidirectional flow, one motion field per in-between picture, both neighbours warped along it.

    Frames are scaled up first, once each, and warped at the house size: that is 0.8 dB sharper than warping
    small and scaling the result, and does not pulse in sharpness between frames and in-betweens.
    """

    name = "flow"
    version = 1

    def interpolate(self, take: Take, frames: int, *, width: int, height: int) -> Iterator[Picture]:
        source = take.frames
        if source.ndim != 4 or source.shape[0] < 1 or source.shape[3] != 3 or source.dtype != np.uint8:
            raise EngineError(
                f"interpolator flow: a take must be (F, H, W, 3) uint8 with at least one frame, "
                f"not {source.shape} {source.dtype}"
            )
        return self._pictures(_filling(source, width / height), frames, width, height)

    def _pictures(self, source: Picture, frames: int, width: int, height: int) -> Iterator[Picture]:
        search = _Search(source.shape[2] / source.shape[1])
        screen = _Screen(width, height)
        scaled: dict[int, Picture] = {}
        found: tuple[int, _Motion] | None = None
        steps = max(1, frames - 1)
        for number in range(frames):
            # whole numbers, so that pictures that fall on a frame are that frame
            index, rest = divmod(number * (len(source) - 1), steps)
            t = rest / steps
            pair = (index, index + 1) if rest else (index,)
            scaled = {i: scaled[i] if i in scaled else _scaled(source[i], width, height) for i in pair}
            if rest and (found is None or found[0] != index):
                found = index, search.motion(source[index], source[index + 1])
            if not rest or found is None or found[1].cut:
                nearest = index if t < 0.5 else index + 1
                yield cv2.cvtColor(scaled[nearest], cv2.COLOR_RGBA2RGB)
            else:
                yield screen.between(scaled[index], scaled[index + 1], found[1].at(t, search.grid), t)


@dataclass(frozen=True)
class _Motion:
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


class _Search:
    """Finds motion between frames; holds DIS's buffers, so it belongs to one thread."""

    def __init__(self, aspect: float) -> None:
        short = FLOW_SHORT_SIDE
        self.size = (round(short * aspect), short) if aspect >= 1 else (short, round(short / aspect))
        self.field_size = (self.size[0] // 2, self.size[1] // 2)
        self.grid = _grid(*self.field_size)
        # a finer last scale than the presets' matters for small things that move; more refinement does not
        self.dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self.dis.setFinestScale(1)
        self.dis.setVariationalRefinementIterations(1)

    def motion(self, first: Picture, second: Picture) -> _Motion:
        grey = [self._grey(first), self._grey(second)]
        forward = self._flow(grey[0], grey[1])
        backward = self._flow(grey[1], grey[0])
        return _Motion(
            forward,
            backward,
            _squared(forward + _sample(backward, self.grid + forward)),
            _squared(backward + _sample(forward, self.grid + backward)),
            cut=self._differs(grey, forward),
        )

    def _grey(self, frame: Picture) -> Picture:
        return cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), self.size, interpolation=cv2.INTER_AREA)

    def _flow(self, first: Picture, second: Picture) -> Field:
        # DIS searches no finer than half of its input and scales up: that half is all there is to keep
        full = self.dis.calc(first, second, NONE)
        return cv2.resize(full * np.float32(0.5), self.field_size, interpolation=cv2.INTER_AREA)

    def _differs(self, grey: list[Picture], forward: Field) -> bool:
        first, second = (cv2.resize(g, self.field_size, interpolation=cv2.INTER_AREA) for g in grey)
        return bool(cv2.absdiff(first, _sample(second, self.grid + forward)).mean() > CUT_LEVELS)


def _arriving(flow: Field, doubt: Plane, t: float, grid: Field) -> tuple[Field, Plane]:
    """The motion of the pixel that ``flow`` brings to each place after ``t``, and how doubtful it is (px²).

    A flow says where a frame's own pixels go, so the one that arrives at x has to be looked for: the way d
    back to it solves d = -t F(x + d), by two steps of fixed-point iteration.
    """
    way = flow * np.float32(-t)
    for _ in range(2):
        found = _sample(flow, grid + way)
        missed = _squared(way + found * np.float32(t))
        way = found * np.float32(-t)
    return found, missed + _sample(doubt, grid + way) + np.float32(0.05)


class _Screen:
    """Warps at the house size; keeps its large buffers, so it belongs to one thread.

    Fresh buffers for each picture would cost a quarter of the time in page faults.
    """

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.grid = _grid(width, height)
        self.field = np.empty_like(self.grid)
        self.places = np.empty_like(self.grid)
        self.warped = [np.empty((height, width, 4), np.uint8) for _ in range(2)]

    def between(self, first: Picture, second: Picture, motion: Field, t: float) -> Picture:
        """The RGB picture at ``t`` from its two RGBA neighbours and the ``motion`` seen there."""
        rows, columns = motion.shape[:2]
        scale = np.array([self.size[0] / columns, self.size[1] / rows], np.float32)
        cv2.resize(motion * scale, self.size, self.field, interpolation=cv2.INTER_LINEAR)
        for picture, way, warped in zip((first, second), (-t, 1 - t), self.warped, strict=True):
            cv2.scaleAdd(self.field, way, self.grid, self.places)
            cv2.remap(picture, self.places, NONE, cv2.INTER_LINEAR, warped, cv2.BORDER_REPLICATE)
        mixed = cv2.addWeighted(self.warped[0], 1 - t, self.warped[1], t, 0, self.warped[0])
        return cv2.cvtColor(mixed, cv2.COLOR_RGBA2RGB)


def _filling(source: Picture, aspect: float) -> Picture:
    """The largest centred part of all frames that has ``aspect`` (width / height)."""
    height, width = source.shape[1:3]
    kept_width = min(width, max(1, round(height * aspect)))
    kept_height = min(height, max(1, round(width / aspect)))
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    return source[:, top : top + kept_height, left : left + kept_width]


def _scaled(frame: Picture, width: int, height: int) -> Picture:
    """RGBA at the house size: OpenCV warps four channels in half the time that three take."""
    larger = width > frame.shape[1]
    way = cv2.INTER_CUBIC if larger else cv2.INTER_AREA
    picture = cv2.resize(np.ascontiguousarray(frame), (width, height), interpolation=way)
    if larger:
        soft = cv2.GaussianBlur(picture, (5, 5), 0.75 * width / frame.shape[1])
        picture = cv2.addWeighted(picture, 1 + DETAIL, soft, -DETAIL, 0)
    return cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)


def _grid(width: int, height: int) -> Field:
    return np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))


def _squared(field: Field) -> Plane:
    squared: Plane = np.einsum("ijk,ijk->ij", field, field)
    return squared


def _sample(picture: NDArray[Any], at: Field) -> NDArray[Any]:
    return cv2.remap(picture, at, NONE, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
