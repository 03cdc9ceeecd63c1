from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

import pytest
from pydantic import SecretStr

from webtv.config import StationConfig
from webtv.config.secret import SecretFile
from webtv.config.services import SpaceConfig
from webtv.config.station import LogConfig
from webtv.render import devices
from webtv.render.devices import hosts, visible_gpus
from webtv.render.memory import fair_share


def names(config: StationConfig, *, with_models: bool = True) -> list[str]:
    return [host.device for host in hosts(config, with_models=with_models)]


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_spec("torch")
    monkeypatch.setattr(devices, "visible_gpus", lambda: 2)


@pytest.mark.usefixtures("two_gpus")
def test_every_gpu_has_a_worker_where_models_are_used() -> None:
    assert names(StationConfig()) == ["cuda:0", "cuda:1"]
    assert names(StationConfig(workers=3), with_models=False) == ["cpu"] * 3


@pytest.mark.usefixtures("two_gpus")
def test_the_operator_has_the_last_word_on_devices() -> None:
    assert names(StationConfig(devices=("cuda:1",))) == ["cuda:1"]
    assert names(StationConfig(devices=("cpu",))) == ["cpu"]
    assert names(StationConfig(workers=0, devices=("cuda:0",))) == []


def test_without_a_gpu_there_are_as_many_workers_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "visible_gpus", lambda: 0)
    assert names(StationConfig(workers=3)) == ["cpu"] * 3
    assert set(names(StationConfig())) == {"cpu"}


@pytest.mark.parametrize(
    ("visible", "count"),
    [("", 0), ("-1", 0), ("1", 1), ("0,1", 2), ("1,-1,0", 1), ("GPU-5f1e,MIG-77", 2), ("none", 0)],
)
def test_gpus_are_counted_as_the_driver_shows_them(tmp_path: Path, visible: str, count: int) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert visible_gpus(tmp_path, visible) == count


def test_all_gpus_are_counted_where_none_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (tmp_path / "nvidia0").touch()
    assert visible_gpus(tmp_path) == 1


def test_a_worker_is_told_what_the_operator_agreed_to_and_the_token(tmp_path: Path) -> None:
    space = SpaceConfig(
        url="owner/space", token_file=SecretFile(path=tmp_path / "token", key=SecretStr("hf_secret"))
    )
    config = StationConfig(
        models=tmp_path,
        accept_noncommercial=True,
        screening="all",
        compile=True,
        devices=("cpu",),
        space=space,
    )
    [host] = hosts(config, with_models=True)
    assert (host.folder, host.accept_noncommercial, host.screening, host.compile) == (
        tmp_path,
        True,
        "all",
        True,
    )
    assert "hf_secret" not in repr(host)
    assert "hf_secret" in host.model_dump_json()


@pytest.mark.parametrize("screening", get_args(StationConfig.model_fields["screening"].annotation))
def test_a_worker_understands_every_policy_of_screening(screening: Literal["auto", "all", "none"]) -> None:
    [host] = hosts(StationConfig(screening=screening, devices=("cpu",)), with_models=False)
    assert host.screening == screening


def test_a_worker_logs_as_the_station_does() -> None:
    [host] = hosts(
        StationConfig(log=LogConfig(level="error", format="json"), devices=("cpu",)), with_models=True
    )
    assert (host.log_level, host.log_format) == ("error", "json")


def test_a_worker_is_told_what_it_may_hold_of_main_memory() -> None:
    [host] = hosts(StationConfig(devices=("cpu",), worker_memory_gb=6), with_models=True)
    assert host.main_memory_gb == 6
    [one, _] = hosts(StationConfig(workers=2), with_models=False)
    assert one.main_memory_gb == fair_share(2) / 1e9
