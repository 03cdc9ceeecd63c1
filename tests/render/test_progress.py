from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from webtv.errors import Cancelled, EngineError
from webtv.models.settings import HostSettings
from webtv.render.executor import ExecutorLostError
from webtv.render.limits import Limits
from webtv.render.messages import Heartbeat, OrderEvent, Progressed, Running
from webtv.render.progress import EngineRun, OrderProgress
from webtv.render.timed_host import TimedHost

BUSY = Running(step="video", engine="zeroscope", for_s=100, silent_s=20)


class Model:
    def to(self, device: str) -> Model:
        return self


def test_a_step_counts_while_it_is_entered_and_no_longer() -> None:
    progress = OrderProgress()
    run = EngineRun(progress, "video", "zeroscope")
    assert progress.heartbeat().running == ()
    with run:
        [running] = progress.heartbeat().running
        assert (running.step, running.engine) == ("video", "zeroscope")
    assert progress.heartbeat().running == ()


def test_beginning_is_said_at_once_and_progress_as_a_share_of_the_order() -> None:
    said: list[OrderEvent] = []
    progress = OrderProgress(said.append, "one")
    with EngineRun(progress, "video", "zeroscope") as run:
        run.report(1.0)
    beat, progressed = said
    assert isinstance(beat, Heartbeat)
    assert beat.running[0].engine == "zeroscope"
    assert progressed == Progressed(order_id="one", step="video", engine="zeroscope", done=0.45)


def test_an_engine_of_a_cancelled_order_neither_goes_on_nor_begins() -> None:
    progress = OrderProgress()
    with EngineRun(progress, "video", "zeroscope") as run:
        progress.cancel()
        with pytest.raises(Cancelled):
            run.report(0.5)
    with pytest.raises(Cancelled), EngineRun(progress, "musician", "synth"):
        pytest.fail("it began")
    assert progress.heartbeat().running == ()


def test_an_engine_that_waits_for_the_device_is_not_taken_for_one_that_hangs(tmp_path: Path) -> None:
    host = TimedHost(HostSettings(folder=tmp_path))
    progress = OrderProgress()
    waiting = threading.Event()

    def work() -> None:
        with EngineRun(progress, "musician", "musicgen"):
            waiting.set()
            with host.using("musicgen", Model):
                return

    with host.using("zeroscope", Model):
        thread = threading.Thread(target=work)
        thread.start()
        waiting.wait(60)
        while not (first := progress.heartbeat().running):
            time.sleep(0.01)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.2)
            [later] = progress.heartbeat().running
            if later.silent_s == first[0].silent_s:
                break
            first = (later,)
        else:
            pytest.fail("its time went on")
    thread.join(60)


def test_an_engine_within_its_limits_is_left_at_work() -> None:
    Limits().judge(Heartbeat(order_id="one", running=(BUSY,)), "cuda:0")
    Limits(memory_bytes=2_000).judge_memory(1_000, (BUSY,), "cuda:0")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(silent_s=10), "zeroscope at step video on cuda:0 hangs: no progress for 20 s"),
        (Limits(step_s={"video": 50}), "zeroscope at step video on cuda:0 took more than 50 s"),
        (Limits(memory_bytes=500_000_000), "holds 1.0 GB of memory, and may hold 0.5 GB, with zeroscope"),
    ],
)
def test_a_worker_over_a_limit_is_given_up_with_the_engine_named(limits: Limits, message: str) -> None:
    with pytest.raises(ExecutorLostError, match=message) as caught:
        limits.judge(Heartbeat(order_id="one", running=(BUSY,)), "cuda:0")
        limits.judge_memory(1_000_000_000, (BUSY,), "cuda:0")
    assert isinstance(caught.value, EngineError)
    assert caught.value.at_work == (BUSY,)


def test_weights_may_take_longer_to_load_than_an_engine_may_be_silent(tmp_path: Path) -> None:
    host = TimedHost(HostSettings(folder=tmp_path))
    progress = OrderProgress()
    seen: list[Heartbeat] = []

    def load() -> Model:
        seen.append(progress.heartbeat())
        return Model()

    with EngineRun(progress, "video", "zeroscope"), host.using("zeroscope", load):
        seen.append(progress.heartbeat())
    assert [beat.running[0].loading for beat in seen] == [True, False]
    slow = BUSY.model_copy(update={"silent_s": 400.0, "loading": True})
    Limits().judge(Heartbeat(order_id="one", running=(slow,)), "cuda:0")
    with pytest.raises(ExecutorLostError, match="hangs"):
        Limits().judge(
            Heartbeat(order_id="one", running=(slow.model_copy(update={"loading": False}),)), "cuda:0"
        )


def test_a_video_engine_is_not_silent_while_the_screener_that_it_needs_is_loaded() -> None:
    progress = OrderProgress()
    with EngineRun(progress, "video", "zeroscope"), EngineRun(progress, "screener", "nsfw") as screener:
        with screener.loading():
            assert [running.loading for running in progress.heartbeat().running] == [True, True]
        assert [running.loading for running in progress.heartbeat().running] == [False, False]


def test_compiled_networks_may_be_silent_for_longer() -> None:
    assert Limits().for_host(HostSettings()).silent_s == 300
    assert Limits().for_host(HostSettings(compile=True)).silent_s == 1800


def test_a_worker_may_hold_the_memory_that_its_settings_give_it_unless_the_limits_say_otherwise() -> None:
    settings = HostSettings(main_memory_gb=6.5, compile=True)
    assert Limits().for_host(settings).memory_bytes == 6_500_000_000
    assert Limits(memory_bytes=9).for_host(settings).memory_bytes == 9
    assert Limits().for_host(HostSettings()).memory_bytes is None
