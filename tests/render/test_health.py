from __future__ import annotations

from structlog.testing import capture_logs

from tests.clocks import FakeClock
from webtv import metrics
from webtv.render.health import Health

ZEROSCOPE = ("cuda:0", "video", "zeroscope")


async def test_rests_double_up_to_ten_minutes_and_are_short_again_after_work() -> None:
    clock = FakeClock()
    health = Health(clock)
    rests = []
    for _ in range(7):
        health.failed(*ZEROSCOPE, "no weights")
        rests.append(health.next_due_s("cuda:0"))
        health.recovered(*ZEROSCOPE)
    assert rests == [30, 60, 120, 240, 480, 600, 600]
    health.worked(*ZEROSCOPE)
    health.failed(*ZEROSCOPE, "no weights")
    assert health.next_due_s("cuda:0") == 30


async def test_an_engine_that_hangs_takes_a_fifth_of_a_devices_time_in_the_end() -> None:
    health = Health(FakeClock())
    rests = []
    for _ in range(4):
        health.failed(*ZEROSCOPE, "hangs", took_s=900)
        rests.append(health.next_due_s("cuda:0"))
    assert rests == [900, 1800, 3600, 3600]


async def test_an_engine_is_tried_by_one_worker_at_a_time_when_its_rest_is_over() -> None:
    clock = FakeClock()
    health = Health(clock)
    health.failed(*ZEROSCOPE, "no weights")
    assert health.take_due("cuda:0") is None
    await clock.advance(30)
    assert health.take_due("cpu") is None
    assert health.take_due("cuda:0") == ("video", "zeroscope")
    assert health.take_due("cuda:0") is None
    assert health.next_due_s("cuda:0") is None
    health.let_go(*ZEROSCOPE)
    assert health.take_due("cuda:0") == ("video", "zeroscope")


def test_an_engine_rests_on_the_device_where_it_failed() -> None:
    health = Health(FakeClock())
    health.failed(*ZEROSCOPE, "no weights")
    assert health.resting("cuda:0") == (("video", "zeroscope"),)
    assert health.resting("cuda:1") == ()


def test_changes_are_told_once_and_counted_always() -> None:
    health = Health(FakeClock())
    labels = {"device": "cuda:7", "step": "video", "engine": "zeroscope"}

    def up() -> float | None:
        return metrics.REGISTRY.get_sample_value("webtv_engine_up", labels)

    with capture_logs() as logs:
        for _ in range(3):
            health.failed("cuda:7", "video", "zeroscope", "no weights")
        assert up() == 0
        health.failed("cuda:7", "video", "zeroscope", "out of memory")
        health.recovered("cuda:7", "video", "zeroscope")
        health.worked("cuda:7", "video", "zeroscope")
        assert up() == 1
    assert [line["event"] for line in logs] == ["engine rests", "engine rests", "engine is back"]
    assert metrics.REGISTRY.get_sample_value("webtv_engine_failures_total", labels) == 4


async def test_a_snapshot_tells_why_and_for_how_long() -> None:
    clock = FakeClock()
    health = Health(clock)
    health.worked("cpu", "musician", "synth")
    health.failed(*ZEROSCOPE, "no weights")
    await clock.advance(10)
    synth, zeroscope = health.snapshot()
    assert (synth.engine, synth.up, synth.reason, synth.next_try_s) == ("synth", True, "", 0)
    assert (zeroscope.engine, zeroscope.up, zeroscope.reason) == ("zeroscope", False, "no weights")
    assert (zeroscope.failures, zeroscope.next_try_s) == (1, 20)
