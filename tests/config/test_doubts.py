"""What ``webtv check`` and ``webtv doctor`` warn of, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from webtv.cli.doctor.finding import Finding
from webtv.cli.doctor.report import examine
from webtv.config import ChannelConfig, StationConfig
from webtv.config.doubts import Doubt, doubts
from webtv.config.engines import STEPS, EngineChains
from webtv.models.catalogue import stand_in

BESIDE_A_GPU = Doubt(
    "devices: cpu stands beside a GPU, and its worker takes orders with models as well, each for hours",
    "Remove cpu from the list.",
)
ALONE = Doubt(
    "engines.video: zeroscope films alone, and nobody stands in: when it hangs, an order costs two workers "
    "and the archive airs",
    "Write [zeroscope, procedural].",
)


def channel(**keys: object) -> ChannelConfig:
    return ChannelConfig.model_validate({"id": "tides", "title": "Tides", "theme": "sea"} | keys)


@pytest.mark.parametrize(
    ("devices", "told"),
    [
        (None, []),
        (("cpu",), []),
        (("cuda:0", "cuda:1"), []),
        (("cuda:0", "cpu"), [BESIDE_A_GPU]),
    ],
    ids=["default", "cpu", "GPUs", "both"],
)
def test_a_cpu_beside_gpus_is_warned_of(devices: tuple[str, ...] | None, told: list[Doubt]) -> None:
    assert list(doubts(StationConfig(devices=devices))) == told


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({}, []),
        ({"engines": {"video": "procedural"}}, []),
        ({"engines": {"video": ["zeroscope", "space"]}}, []),
        ({"engines": {"video": "zeroscope"}}, [ALONE]),
        ({"engines": {"video": "zeroscope"}, "enabled": False}, []),
    ],
    ids=["default", "offline", "two", "one", "disabled"],
)
def test_an_engine_for_which_nobody_stands_in_is_warned_of(
    keys: dict[str, object], told: list[Doubt]
) -> None:
    assert list(doubts(channel(**keys))) == told


def test_the_stand_ins_are_those_that_need_nothing() -> None:
    assert {step: stand_in(step) for step in STEPS} == {
        "writer": "grammar",
        "video": "procedural",
        "interpolator": "flow",
        "musician": "synth",
    }
    assert set(EngineChains.model_fields) == set(STEPS)


def test_the_doctor_warns_of_the_same(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "tides.yaml").write_text("title: T\ntheme: sea\nengines: {video: zeroscope}\n")
    station = StationConfig(channels=tmp_path / "channels", data=tmp_path / "data", devices=("cuda:0", "cpu"))
    found = list(examine(station))
    assert Finding("warning", BESIDE_A_GPU.what, BESIDE_A_GPU.mend) in found
    assert Finding("warning", f"tides: {ALONE.what}", ALONE.mend) in found
