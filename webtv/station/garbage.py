"""Keeps Python's search for garbage short, however much the station has in memory.

A full search goes through every object, and nothing else runs meanwhile: a tenth of a second with 100,000
clips. What is there once all channels are on air stays, so it is left out for good; garbage among that,
such as a channel that signed off since, is not found any more.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from webtv.clock import Clock

_LONGEST_S = 60
"""What keeps a channel from signing on must not keep the searches long."""
_OFTEN = (10_000, 20, 20)
"""The young are looked through after so many more; the rest after as many rounds of that."""


async def leave_out_what_stays(is_settled: Callable[[], bool], clock: Clock) -> None:
    """Wait until the station has settled, a minute at most, and leave out all that it has by then."""
    gc.set_threshold(*_OFTEN)
    for _ in range(_LONGEST_S):
        if is_settled():
            break
        await clock.sleep(1)
    gc.freeze()
