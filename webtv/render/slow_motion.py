"""Slow motion: a shorter piece of a take, over the time of the whole."""

from __future__ import annotations

from webtv.domain import Take


def slowed(take: Take, factor: float) -> Take:
    """The first ``1 / factor`` of a take's motion, at a rate at which it lasts as long as the take did.

    The interpolator makes up for the frames that are then missing. At least two frames stay.
    """
    frames = len(take.frames)
    if factor <= 1 or frames < 2:
        return take
    kept = max(2, round((frames - 1) / factor) + 1)
    return Take(frames=take.frames[:kept], fps=take.fps * kept / frames)
