"""What Zeroscope spends on a take: sizes, steps, and the work they come to.

Sizes, frames, steps and strengths follow the cards of the models.
"""

from __future__ import annotations

from dataclasses import dataclass

from webtv.domain import Rung
from webtv.generator.video.diffusion import native_size, to_multiple

MULTIPLE = 8
"""Pixels to a latent, and all that the pipelines ask of a size: where a level of the network does not halve
evenly, the network makes its way up fit its way down."""
LARGEST_PIXELS = 1024 * 576
"""What XL was trained at."""
SMALL_PER_LARGE = 0.5625
"""A side of pass one for one of pass two: 576 for 1024."""

Size = tuple[int, int]
"""Width and height in pixels."""


def sizes(width: int, height: int) -> tuple[Size, Size]:
    """Sizes of pass one and pass two for a house of that size: 576x320 and 1024x576 for 1024x576."""
    large = native_size(width, height, pixels=LARGEST_PIXELS, multiple=MULTIPLE)
    small = [to_multiple(length * SMALL_PER_LARGE, MULTIPLE) for length in large]
    return (small[0], small[1]), large


@dataclass(frozen=True)
class TwoPassEffort:
    """One rung. Without ``large_steps`` pass two is left out."""

    steps: int
    large_steps: int = 0
    strength: float = 0.0
    """How much of the noise pass two puts back, 0 to 1, and so which part of its steps it takes."""
    guidance: float = 9.0
    large_guidance: float = 15.0
    """The default of its pipeline."""
    frames: int = 24
    """What both models were trained at; with fewer the pictures degrade, so it is the same on each rung."""

    @property
    def large_calls(self) -> int:
        """Calls of pass two's network, as ``VideoToVideoSDPipeline`` counts them."""
        return int(self.large_steps * self.strength)

    @property
    def gflop(self) -> int:
        """Work of one take of 24 frames at full size."""
        first = self.steps * STEP_GFLOP
        if not self.large_steps:
            return first + DECODE_GFLOP
        return first + self.large_calls * LARGE_STEP_GFLOP + LARGE_DECODE_GFLOP


STEP_GFLOP, LARGE_STEP_GFLOP = 42_800, 157_000
"""Counted work of one step for one shot of 24 frames, guidance included, at 576x320 and 1024x576."""
DECODE_GFLOP, LARGE_DECODE_GFLOP = 42_300, 138_000
"""Likewise of decoding its 24 frames."""

RUNGS: dict[Rung, TwoPassEffort] = {
    "draft": TwoPassEffort(steps=25),
    "standard": TwoPassEffort(steps=35, large_steps=30, strength=0.66),
    "full": TwoPassEffort(steps=40, large_steps=40, strength=0.8),
}
"""DPM-Solver++ is near its end after some 20 steps (arXiv:2211.01095); 35 to 40 steps, and a strength of 0.66
to 0.85, are what the models' author advises. The work is as 1 to 4.1 to 6.2."""
