import asyncio
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from webtv.errors import TargetError, WebtvError
from webtv.supervisor import Backoff, Record, first_to_raise, supervise

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


async def ends(task):
    """Whether a task ends that was cancelled, in turns of the loop rather than seconds."""
    for _ in range(200):
        if task.done():
            return True
        await asyncio.sleep(0)
    return False


@pytest.mark.parametrize("error", [OSError(30, "Read-only file system"), TimeoutError(), KeyError("a bug")])
async def test_a_cancellation_is_not_lost_when_tidying_up_fails(error):
    clock, record = FakeClock(), Record()

    async def run():
        try:
            await clock.sleep(1000)
        finally:
            raise error

    task = asyncio.create_task(supervise("it", run, clock=clock, record=record))
    await clock.advance(1)
    with capture_logs() as logs:
        task.cancel()
        assert await ends(task)
    assert task.cancelled()
    assert record.starts == 1
    assert [line["log_level"] for line in logs] == ["error"], "what went wrong is not lost either"


async def test_a_cancellation_is_not_lost_when_a_run_returns_in_spite_of_it():
    clock, record = FakeClock(), Record()

    async def run():
        with suppress(asyncio.CancelledError):
            await clock.sleep(1000)

    task = asyncio.create_task(supervise("it", run, clock=clock, record=record))
    await clock.advance(1)
    task.cancel()
    assert await ends(task)
    assert task.cancelled()
    assert record.starts == 1


async def test_a_group_is_cancelled_as_a_whole_though_one_of_it_fails_at_tidying_up():
    clock, starts = FakeClock(), []

    async def run():
        starts.append(1)
        try:
            await clock.sleep(1000)
        finally:
            raise OSError(30, "Read-only file system")

    async def group():
        async with asyncio.TaskGroup() as tasks:
            for name in "abc":
                tasks.create_task(supervise(name, run, clock=clock))

    task = asyncio.create_task(group())
    await clock.advance(1)
    task.cancel()
    assert await ends(task)
    assert task.cancelled()
    assert len(starts) == 3


async def test_a_time_limit_within_a_run_is_no_cancellation_of_its_task():
    clock, record = FakeClock(), Record()

    async def run():
        async with asyncio.timeout(0):
            await clock.sleep(1000)

    async with supervised(run, clock, backoff=STEADY, record=record) as task:
        while record.failures < 2:
            assert not task.done()
            await asyncio.sleep(0.001)
            await clock.advance(1)
    assert record.last_error.startswith("TimeoutError")


async def test_the_first_of_several_to_raise_ends_the_others():
    clock, ended = FakeClock(), []

    async def lasts():
        try:
            await clock.sleep(1000)
        finally:
            ended.append("lasts")

    async def fails():
        await clock.sleep(1)
        raise WebtvError("first")

    task = asyncio.create_task(first_to_raise(lasts(), fails()))
    await clock.advance(2)
    with pytest.raises(WebtvError, match="first"):
        await task
    assert ended == ["lasts"]
