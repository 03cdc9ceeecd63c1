"""Beds longer than a model hears at once: windows that overlap, each continuing the one before."""

from __future__ import annotations

from typing import NamedTuple

WINDOW_S = 30.0
"""What MusicGen was trained on (Copet et al., "Simple and Controllable Music Generation", 2023)."""
STRIDE = 0.6
"""Share of a window by which the next one starts later: 18 s of 30, so that 12 s are heard again."""


class Window(NamedTuple):
    """Frames of tokens: the model hears [start, prompted) and plays [prompted, end)."""

    start: int
    prompted: int
    end: int


def windows(frames: int, longest: int) -> list[Window]:
    """Windows of at most ``longest`` frames (two or more) that together play ``frames``, each frame once."""
    stride = max(1, round(STRIDE * longest))
    plan = [Window(0, 0, min(frames, longest))]
    while plan[-1].end < frames:
        start = plan[-1].start + stride
        plan.append(Window(start, plan[-1].end, min(frames, start + longest)))
    return plan
