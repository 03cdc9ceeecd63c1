"""A host holds the models that fit, one at work at a time, and makes room."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch

from webtv.errors import Cancelled, EngineError
from webtv.models.host import Host
from webtv.models.memory import bytes_of, free_in_main_memory
from webtv.models.settings import HostSettings
from webtv.models.turns import Turns

MB = 250_000
"""Numbers of float32 in a megabyte."""


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


class Megabytes(torch.nn.Module):
    def __init__(self, megabytes: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(megabytes * MB), requires_grad=False)


class Loader:
    """Counts how often each model was loaded."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.loads: list[str] = []

    def use(self, key: str, megabytes: int = 2) -> Megabytes:
        def load() -> Megabytes:
            self.loads.append(key)
            return Megabytes(megabytes)

        with self._host.using(key, load) as model:
            return model


def host_of(megabytes: float | None) -> tuple[Host, Loader]:
    host = Host(HostSettings(memory_gb=None if megabytes is None else megabytes / 1000))
    return host, Loader(host)


def failing(
    times: int, error: Exception, then: Callable[[], Megabytes] = lambda: Megabytes(1)
) -> Callable[[], Megabytes]:
    """A load that raises ``error`` the first ``times`` times."""
    left = [times]

    def load() -> Megabytes:
        if left[0]:
            left[0] -= 1
            raise error
        return then()

    return load


def test_a_model_is_loaded_once_and_kept() -> None:
    _, loader = host_of(None)
    assert loader.use("one") is loader.use("one")
    assert loader.loads == ["one"]


def test_models_that_fit_stay_and_the_least_recently_used_makes_room() -> None:
    _, loader = host_of(5)
    loader.use("one")
    loader.use("two")
    loader.use("one")
    loader.use("three")  # 6 MB: two is the one used longest ago
    loader.use("one")
    assert loader.loads == ["one", "two", "three"]
    loader.use("two")
    assert loader.loads == ["one", "two", "three", "two"]


def test_as_many_go_as_the_new_one_needs() -> None:
    _, loader = host_of(6)
    for key in ("one", "two", "three"):
        loader.use(key)
    loader.use("big", megabytes=4)
    loader.use("three")
    assert loader.loads == ["one", "two", "three", "big"]


def test_a_model_larger_than_the_budget_is_tried_alone() -> None:
    _, loader = host_of(3)
    loader.use("one")
    assert bytes_of(loader.use("big", megabytes=4)) == 4_000_000
    loader.use("one")
    assert loader.loads == ["one", "big", "one"]


def test_a_model_at_work_does_not_make_room() -> None:
    host, loader = host_of(3)
    with host.using("one", lambda: Megabytes(2)) as one:
        loader.use("two")
        assert loader.use("one") is one
    assert loader.loads == ["two"]


def test_one_model_is_at_work_at_a_time() -> None:
    """The first holds the device until the others had every chance to come in."""
    host, _ = host_of(None)
    at_work, together = set[str](), list[set[str]]()
    asked = threading.Barrier(4)
    loads: list[str] = []

    def work(name: str, key: str) -> None:
        def load() -> Megabytes:
            loads.append(key)
            return Megabytes(1)

        asked.wait(60)
        with host.using(key, load):
            at_work.add(name)
            time.sleep(0.05)
            together.append(set(at_work))
            at_work.discard(name)

    threads = [
        threading.Thread(target=work, args=(f"{number} {key}", key))
        for number, key in enumerate(("one", "one", "two", "two"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(each) for each in together] == [1] * 4
    assert sorted(loads) == ["one", "two"]


def test_the_device_is_given_in_the_order_of_asking() -> None:
    """Also when whoever had it asks again at once, as a video engine does between two takes."""
    turns, order = Turns(), list[str]()
    turns.take("films")

    def screen() -> None:
        turns.take("screens")
        order.append("screens")
        turns.give_back("screens")

    screening = threading.Thread(target=screen)
    screening.start()
    while not turns.waiting:
        time.sleep(0.001)
    turns.give_back("films")
    turns.take("films")
    order.append("films")
    turns.give_back("films")
    screening.join(60)
    assert order == ["screens", "films"]


def test_who_waits_for_the_device_in_vain_gives_up_the_place() -> None:
    def cancelled() -> None:
        raise Cancelled

    turns = Turns()
    turns.take("films")
    turns.take("films")
    with pytest.raises(Cancelled):
        turns.take("cancelled", while_waiting=cancelled)
    turns.give_back("films")
    with pytest.raises(Cancelled):
        turns.take("cancelled", while_waiting=cancelled)
    turns.give_back("films")
    turns.take("next")
    with pytest.raises(RuntimeError):
        turns.give_back("films")


def test_a_load_that_runs_out_of_memory_frees_the_others_and_is_tried_again() -> None:
    host, loader = host_of(None)
    loader.use("one")
    load = failing(1, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    with host.using("two", load) as model:
        assert bytes_of(model) == 1_000_000
    loader.use("one")
    assert loader.loads == ["one", "one"]


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory. Tried 2 GiB"), MemoryError("2 GiB")]
)
def test_what_does_not_fit_alone_is_told(error: Exception) -> None:
    host, loader = host_of(None)
    with pytest.raises(EngineError) as caught, host.using("zeroscope", failing(2, error)):
        pass
    assert str(caught.value).startswith(f"ran out of memory on cpu ({error}): choose a smaller quality")
    loader.use("zeroscope")
    assert loader.loads == ["zeroscope"], "the host goes on working"


def test_a_move_that_runs_out_of_memory_is_tried_again() -> None:
    class Heavy(Megabytes):
        moves = 0

        def to(self, *given: Any, **named: Any) -> Any:
            Heavy.moves += 1
            if Heavy.moves == 1:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return super().to(*given, **named)

    host, loader = host_of(None)
    loader.use("one")
    with host.using("two", lambda: Heavy(1)) as model:
        assert Heavy.moves == 2
        assert isinstance(model, Heavy)


def test_work_that_runs_out_of_memory_finds_more_of_it_when_it_tries_again() -> None:
    host, loader = host_of(None)
    loader.use("one")
    with pytest.raises(torch.OutOfMemoryError), host.using("two", lambda: Megabytes(1)):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    loader.use("two")
    loader.use("one")
    assert loader.loads == ["one", "one"]


def test_what_the_work_raises_goes_through_as_it_is() -> None:
    host, _ = host_of(None)
    for error in (ValueError("of the work"), Cancelled()):
        with pytest.raises(type(error)) as caught, host.using("one", lambda: Megabytes(1)):
            raise error
        assert caught.value is error


def test_an_order_withdrawn_during_a_load_is_withdrawn() -> None:
    host, _ = host_of(None)
    with pytest.raises(Cancelled), host.using("one", failing(1, Cancelled())):
        pass


@pytest.mark.parametrize("key", ["zeroscope XL", "zeroscope", "cerspense/zeroscope_v2_XL"])
def test_a_damaged_file_is_told_with_the_engine_that_the_key_names(key: str, tmp_path: Path) -> None:
    file = tmp_path / "unet.bin"
    torch.save(Megabytes(1).state_dict(), file)
    file.write_bytes(file.read_bytes()[:-5000])

    def load() -> Megabytes:
        model = Megabytes(1)
        model.load_state_dict(torch.load(file))
        return model

    host, _ = host_of(None)
    with pytest.raises(EngineError) as caught, host.using(key, load):
        pass
    assert str(caught.value).startswith(
        "its weights are damaged or incomplete: run `webtv models pull zeroscope`"
    )


def test_a_library_missing_at_load_is_told() -> None:
    host, _ = host_of(None)
    missing = ModuleNotFoundError("No module named 'diffusers'", name="diffusers")
    with pytest.raises(EngineError) as caught, host.using("ltx", failing(1, missing)):
        pass
    assert str(caught.value).startswith("engine ltx needs the package diffusers, which is not installed here")


def test_the_size_of_a_pipeline_is_that_of_its_parts_each_counted_once() -> None:
    shared = Megabytes(1)
    pipeline = SimpleNamespace(
        components={"unet": Megabytes(2), "vae": shared, "again": shared, "tokenizer": 3}
    )
    assert bytes_of(pipeline) == 3_000_000
    assert bytes_of(SimpleNamespace(lm=Megabytes(2), name="wrapped")) == 2_000_000
    normed = torch.nn.BatchNorm1d(4)
    assert bytes_of(normed) == 4 * 4 * 4 + 8, "buffers count"


class Gpu:
    """Stands for a device with 8 MB of its own."""

    def __init__(self) -> None:
        self.models: dict[str, Parked] = {}

    @property
    def free(self) -> int:
        return 8_000_000 - sum(1_000_000 * model.megabytes for model in self.models.values() if model.there)


class Parked(Megabytes):
    def __init__(self, gpu: Gpu, key: str, megabytes: int) -> None:
        super().__init__(megabytes)
        self.megabytes, self.there = megabytes, False
        self.moves: list[str] = []
        gpu.models[key] = self

    def to(self, device: str) -> Parked:  # type: ignore[override]
        self.moves.append(device)
        self.there = device != "cpu"
        return self


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gpu]:
    gpu = Gpu()
    monkeypatch.setattr("webtv.models.host.free_on_gpu", lambda device: gpu.free)
    monkeypatch.setattr("webtv.models.host.release", lambda device: None)
    yield gpu


def test_on_a_gpu_the_others_wait_in_main_memory_and_come_back_without_a_load(gpu: Gpu) -> None:
    host = Host(HostSettings(device="cuda:0"))
    for key, megabytes in (("one", 4), ("two", 3), ("three", 4), ("one", 4)):
        with host.using(key, lambda key=key, megabytes=megabytes: Parked(gpu, key, megabytes)) as model:
            assert model is gpu.models[key]
            assert model.there
    assert gpu.models["one"].moves == ["cuda:0", "cpu", "cuda:0"]
    assert gpu.models["two"].moves == ["cuda:0", "cpu"]
    assert gpu.models["three"].moves == ["cuda:0"]


def test_on_a_gpu_room_is_made_for_the_work_too(gpu: Gpu) -> None:
    host = Host(HostSettings(device="cuda:0"))
    for key in ("other", "nsfw"):  # whose work takes a GB, by the catalogue
        with host.using(key, lambda key=key: Parked(gpu, key, 1)):
            pass
    assert not gpu.models["other"].there


def test_models_that_wait_are_dropped_when_main_memory_runs_out(gpu: Gpu) -> None:
    host = Host(HostSettings(device="cuda:0"))
    for key in ("one", "two"):
        with host.using(key, lambda key=key: Parked(gpu, key, 5)):
            pass
    with host.using("three", failing(1, MemoryError(), lambda: Parked(gpu, "three", 1))):
        pass
    first = gpu.models["one"]
    with host.using("one", lambda: Parked(gpu, "one", 5)) as model:
        assert model is not first


def test_on_a_cpu_models_take_half_of_what_the_worker_may_hold() -> None:
    host = Host(HostSettings(main_memory_gb=0.01))
    loader = Loader(host)
    for key in ("one", "two", "three", "two", "three", "one"):
        loader.use(key)
    assert loader.loads == ["one", "two", "three", "one"]


def test_models_wait_only_where_the_worker_may_hold_them(gpu: Gpu) -> None:
    host = Host(HostSettings(device="cuda:0", main_memory_gb=0.009))
    for key in ("one", "two", "three"):
        with host.using(key, lambda key=key: Parked(gpu, key, 4)):
            pass
    assert gpu.models["one"].moves == ["cuda:0", "cpu"]
    host.empty()
    assert gpu.models["two"].moves == ["cuda:0"], "half of what is left after one is too little"


def test_a_pipeline_at_half_precision_waits_without_a_warning(gpu: Gpu) -> None:
    moves: list[tuple[str, bool]] = []

    class Pipeline:
        components: ClassVar[dict[str, torch.nn.Module]] = {"unet": Megabytes(1)}

        def to(self, device: str, *, silence_dtype_warnings: bool = False) -> Pipeline:
            moves.append((device, silence_dtype_warnings))
            return self

    host = Host(HostSettings(device="cuda:0"))
    with host.using("one", Pipeline):
        pass
    host.empty()
    assert moves == [("cuda:0", True), ("cpu", True)]


def test_what_the_kernel_keeps_of_files_counts_as_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webtv.models.memory._CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("4000000\n")
    (tmp_path / "memory.current").write_text("3900000\n")
    (tmp_path / "memory.stat").write_text("anon 900000\ninactive_file 2000000\nactive_file 1000000\n")
    assert free_in_main_memory() == 3_100_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_in_main_memory() > 10_000_000


def test_the_free_memory_of_the_machine_is_known() -> None:
    assert 10_000_000 < free_in_main_memory() < 10**15


def test_a_cpu_works_at_full_precision_and_a_gpu_at_half() -> None:
    assert Host(HostSettings(device="cpu")).half == torch.float32
    assert Host(HostSettings(device="cuda:1")).half == torch.float16
