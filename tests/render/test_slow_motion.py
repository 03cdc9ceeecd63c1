from __future__ import annotations

import numpy as np
import pytest

from webtv.domain import Take
from webtv.render.slow_motion import slowed


def take(frames: int) -> Take:
    numbered = np.arange(frames, dtype=np.uint8)[:, None, None, None]
    return Take(frames=np.broadcast_to(numbered, (frames, 4, 4, 3)), fps=8.0)


@pytest.mark.parametrize(("factor", "last"), [(1.0, 24), (2.0, 12), (4.0, 6), (8.0, 3)])
def test_the_first_part_of_a_take_fills_its_time(factor: float, last: int) -> None:
    slow = slowed(take(25), factor)
    assert int(slow.frames[-1, 0, 0, 0]) == last
    assert len(slow.frames) / slow.fps == pytest.approx(25 / 8)


def test_a_take_keeps_two_frames_however_slow_it_is() -> None:
    assert len(slowed(take(5), 8.0).frames) == 2
    assert len(slowed(take(1), 8.0).frames) == 1
