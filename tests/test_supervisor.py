import asyncio
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from webtv.errors import TargetError, WebtvError
from webtv.supervisor import Backoff, Record, supervise

STEADY = Backoff(first_s=1, cap_s=30, healthy_s=60, jitter=0)


@asynccontextmanager
async def supervised(run, clock, **options):
    task = asyncio.create_task(supervise("it", run, clock=clock, **options))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_waits_double_up_to_the_cap():
    clock, starts = FakeClock(), []

    async def fail():
        starts.append(clock.now().boot_ns)
        raise WebtvError("no")

    async with supervised(fail, clock, backoff=STEADY):
        await clock.advance(200)
    waits = [round((b - a) / 1e9) for a, b in pairwise(starts)]
    assert waits[:7] == [1, 2, 4, 8, 16, 30, 30]


async def test_a_healthy_stretch_ends_the_row():
    clock, record, lasts = FakeClock(), Record(), iter([0, 0, 0, 61])
    starts = []

    async def run():
        starts.append(clock.now().boot_ns)
        await clock.sleep(next(lasts, 1000))
        raise WebtvError("no")

    async with supervised(run, clock, backoff=STEADY, record=record):
        await clock.advance(100)
    assert round((starts[4] - starts[3]) / 1e9) == 61 + 1
    assert (record.starts, record.failures, record.in_a_row) == (5, 4, 1)


async def test_a_return_is_an_ending_like_any_other():
    clock, record = FakeClock(), Record()

    async def run():
        return None

    async with supervised(run, clock, backoff=STEADY, record=record):
        await clock.advance(1.5)
    assert record.failures == 2
    assert record.last_error == "it ended"


async def test_the_error_may_choose_the_pace():
    clock, starts = FakeClock(), []

    async def run():
        starts.append(clock.now().boot_ns)
        raise TargetError("refused", "wrong key")

    def pace(error):
        assert isinstance(error, TargetError)
        return Backoff(first_s=10, jitter=0) if error.reason == "refused" else STEADY

    async with supervised(run, clock, backoff=pace):
        await clock.advance(11)
    assert round((starts[1] - starts[0]) / 1e9) == 10


async def test_jitter_only_shortens_a_wait():
    waits = [Backoff(first_s=10, jitter=0.25).delay_s(1) for _ in range(200)]
    assert min(waits) >= 7.5
    assert max(waits) <= 10
    assert max(waits) - min(waits) > 1


async def test_cancellation_passes_through():
    clock = FakeClock()
    cancelled = asyncio.Event()

    async def run():
        try:
            await clock.sleep(1000)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.create_task(supervise("it", run, clock=clock))
    await clock.advance(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()


async def test_a_bug_is_logged_with_its_traceback_and_tried_again():
    clock, record = FakeClock(), Record()

    async def run():
        raise KeyError("oh")

    with capture_logs() as logs:
        async with supervised(run, clock, backoff=STEADY, record=record):
            await clock.advance(1.5)
    assert record.starts == 2
    assert record.last_error == "KeyError: 'oh'"
    assert logs[0]["log_level"] == "error"
    assert isinstance(logs[0]["exc_info"], KeyError)


async def test_an_error_that_repeats_is_not_logged_every_time():
    clock, record = FakeClock(), Record()

    async def run():
        raise WebtvError("same")

    with capture_logs() as logs:
        async with supervised(run, clock, backoff=Backoff(first_s=1, cap_s=1, jitter=0), record=record):
            await clock.advance(99.5)
    assert record.failures == 100
    assert [line["in_a_row"] for line in logs] == [1, 2, 4, 8, 16, 32, 64]
