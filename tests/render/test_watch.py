from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from webtv.errors import Cancelled, EngineError
from webtv.models.settings import HostSettings
from webtv.render.limits import Limits, WorkerLostError
from webtv.render.messages import Beat, Event, Progressed, Running
from webtv.render.watch import Stint, Watch, WatchedHost

BUSY = Running(step="video", engine="zeroscope", for_s=100, silent_s=20)


class Model:
    def to(self, device: str) -> Model:
        return self


def test_a_step_counts_while_it_is_entered_and_no_longer() -> None:
    watch = Watch()
    stint = Stint(watch, "video", "zeroscope")
    assert watch.beat().running == ()
    with stint:
        [running] = watch.beat().running
        assert (running.step, running.engine) == ("video", "zeroscope")
    assert watch.beat().running == ()


def test_beginning_is_said_at_once_and_progress_as_a_share_of_the_order() -> None:
    said: list[Event] = []
    watch = Watch(said.append)
    with Stint(watch, "video", "zeroscope") as stint:
        stint.progress(1.0)
    beat, progressed = said
    assert isinstance(beat, Beat)
    assert beat.running[0].engine == "zeroscope"
    assert progressed == Progressed(step="video", engine="zeroscope", done=0.45)


def test_an_engine_of_a_withdrawn_order_neither_goes_on_nor_begins() -> None:
    watch = Watch()
    with Stint(watch, "video", "zeroscope") as stint:
        watch.withdraw()
        with pytest.raises(Cancelled):
            stint.progress(0.5)
    with pytest.raises(Cancelled), Stint(watch, "musician", "synth"):
        pytest.fail("it began")
    assert watch.beat().running == ()


def test_an_engine_that_waits_for_the_device_is_not_taken_for_one_that_hangs(tmp_path: Path) -> None:
    host = WatchedHost(HostSettings(folder=tmp_path))
    watch = Watch()
    waiting = threading.Event()

    def work() -> None:
        with Stint(watch, "musician", "musicgen"):
            waiting.set()
            with host.using("musicgen", Model):
                return

    with host.using("zeroscope", Model):
        thread = threading.Thread(target=work)
        thread.start()
        waiting.wait(10)
        while not (first := watch.beat().running):
            time.sleep(0.01)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            time.sleep(0.2)
            [later] = watch.beat().running
            if later.silent_s == first[0].silent_s:
                break
            first = (later,)
        else:
            pytest.fail("its time went on")
    thread.join(10)


def test_an_engine_within_its_limits_is_left_at_work() -> None:
    Limits(memory_bytes=2_000).judge(Beat(running=(BUSY,)), 1_000, "cuda:0")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(silent_s=10), "zeroscope at step video on cuda:0 hangs: no progress for 20 s"),
        (Limits(step_s={"video": 50}), "zeroscope at step video on cuda:0 took more than 50 s"),
        (Limits(memory_bytes=500_000_000), "holds 1.0 GB of memory, and may hold 0.5 GB, with zeroscope"),
    ],
)
def test_a_worker_over_a_limit_is_given_up_with_the_engine_named(limits: Limits, message: str) -> None:
    with pytest.raises(WorkerLostError, match=message) as caught:
        limits.judge(Beat(running=(BUSY,)), 1_000_000_000, "cuda:0")
    assert isinstance(caught.value, EngineError)
    assert caught.value.at_work == (BUSY,)


def test_weights_may_take_longer_to_load_than_an_engine_may_be_silent(tmp_path: Path) -> None:
    host = WatchedHost(HostSettings(folder=tmp_path))
    watch = Watch()
    seen: list[Beat] = []

    def load() -> Model:
        seen.append(watch.beat())
        return Model()

    with Stint(watch, "video", "zeroscope"), host.using("zeroscope", load):
        seen.append(watch.beat())
    assert [beat.running[0].loading for beat in seen] == [True, False]
    slow = BUSY.model_copy(update={"silent_s": 400.0, "loading": True})
    Limits().judge(Beat(running=(slow,)), 0, "cuda:0")
    with pytest.raises(WorkerLostError, match="hangs"):
        Limits().judge(Beat(running=(slow.model_copy(update={"loading": False}),)), 0, "cuda:0")


def test_a_video_engine_is_not_silent_while_the_screener_that_it_needs_is_loaded() -> None:
    watch = Watch()
    with Stint(watch, "video", "zeroscope"), Stint(watch, "screener", "nsfw") as screener:
        with screener.loading():
            assert [running.loading for running in watch.beat().running] == [True, True]
        assert [running.loading for running in watch.beat().running] == [False, False]


def test_compiled_networks_may_be_silent_for_longer() -> None:
    assert Limits().for_host(HostSettings()).silent_s == 300
    assert Limits().for_host(HostSettings(compile=True)).silent_s == 1800


def test_a_worker_may_hold_the_memory_that_its_settings_give_it_unless_the_limits_say_otherwise() -> None:
    settings = HostSettings(main_memory_gb=6.5, compile=True)
    assert Limits().for_host(settings).memory_bytes == 6_500_000_000
    assert Limits(memory_bytes=9).for_host(settings).memory_bytes == 9
    assert Limits().for_host(HostSettings()).memory_bytes is None
