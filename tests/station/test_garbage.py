"""The search for garbage is not to grow with the library."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tests.clocks import FakeClock
from webtv.station.garbage import leave_out_what_stays


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


async def test_what_is_there_when_the_station_has_settled_is_not_looked_through_again() -> None:
    library = [[number] for number in range(50_000)]
    clock, settled = FakeClock(), False
    waiting = asyncio.create_task(leave_out_what_stays(lambda: settled, clock))
    await clock.advance(5)
    assert gc.get_freeze_count() == 0
    settled = True
    await clock.advance(1)
    assert waiting.done()
    assert gc.get_freeze_count() > len(library)
    assert len(gc.get_objects()) < len(library)


async def test_a_channel_that_does_not_sign_on_puts_it_off_by_a_minute_at_most() -> None:
    clock = FakeClock()
    waiting = asyncio.create_task(leave_out_what_stays(lambda: False, clock))
    await clock.advance(59)
    assert not waiting.done()
    await clock.advance(1)
    assert waiting.done()
    assert gc.get_freeze_count() > 0
