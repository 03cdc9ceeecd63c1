"""Wan 2.1 by its real classes, tiny and with random weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

from tests.models.tiny_wan import save_wan
from tests.models.traced import traced
from tests.shots import shot as any_shot
from webtv.domain import HouseFormat, Rung, Shot, Take
from webtv.errors import Cancelled, EngineError
from webtv.generator.video import wan
from webtv.generator.video.pipeline import Effort
from webtv.generator.video.wan import REPOSITORY, Wan
from webtv.models.host import Host
from webtv.models.settings import HostSettings

torch.set_num_threads(1)


class QuickWan(Wan):
    """The real one with few steps: what is tested here does not depend on their number."""

    rungs: ClassVar[Mapping[Rung, Effort]] = {
        rung: Effort(effort.pixels, effort.frames, effort.fps, steps=3) for rung, effort in Wan.rungs.items()
    }


shot = partial(any_shot, seconds=0.6)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_wan(folder)
    return folder


@pytest.fixture
def backend(models: Path) -> Wan:
    return QuickWan(Host(HostSettings(folder=models)))


def film(backend: Wan, *shots: Shot, **more: object) -> list[Take]:
    return list(backend.film(shots, **({"width": 64, "height": 64} | more)))


def test_a_take_covers_its_shot_at_a_size_and_length_that_the_model_knows(backend: Wan) -> None:
    (take,) = film(backend, shot(), width=128, height=72)
    assert take.frames.shape == (9, 64, 128, 3)
    assert take.frames.dtype == np.uint8
    assert len(take.frames) / take.fps == pytest.approx(0.6)
    assert take.frames.std() > 1


def test_equal_shots_give_equal_takes_and_other_seeds_and_prompts_other_ones(backend: Wan) -> None:
    first, second, seed, prompt = film(backend, shot(), shot(), shot(seed=8), shot(subject="a red fox"))
    assert np.array_equal(first.frames, second.frames)
    assert not np.array_equal(first.frames, seed.frames)
    assert not np.array_equal(first.frames, prompt.frames)


def test_progress_rises_to_one_over_all_shots(backend: Wan) -> None:
    told: list[float] = []
    film(backend, shot(), shot(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) == 2 * (3 + 1)


def test_a_withdrawn_order_stops_at_the_next_step(backend: Wan) -> None:
    def withdraw(_done: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        film(backend, shot(), progress=withdraw)


def test_the_rungs_differ_in_size_and_steps_and_keep_the_models_rate(models: Path) -> None:
    house, plans = HouseFormat(), []
    for rung in ("draft", "standard", "full"):
        plan = Wan(Host(HostSettings(folder=models))).plan(shot(seconds=4), house.width, house.height, rung)
        assert plan.width % 16 == plan.height % 16 == 0
        assert plan.fps == pytest.approx(16, rel=0.02)
        plans.append((plan.width, plan.height, plan.frames, plan.steps))
    assert plans == [(576, 320, 65, 20), (848, 480, 65, 30), (848, 480, 65, 50)]


def test_no_shot_has_more_frames_than_the_model_knows(models: Path) -> None:
    assert Wan(Host(HostSettings(folder=models))).plan(shot(seconds=9), 1024, 576, "full").frames == 81


def test_the_decoder_stays_at_full_precision_and_the_shift_fits_the_size(
    backend: Wan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wan, "dtype", torch.bfloat16)  # as on a GPU
    pipe = backend.load()
    assert pipe.vae.dtype == torch.float32
    assert pipe.transformer.dtype == pipe.text_encoder.dtype == torch.bfloat16
    assert pipe.scheduler.config.flow_shift == wan.FLOW_SHIFT
    (take,) = film(backend, shot())
    assert take.frames.std() > 1


def test_compiled_it_films_the_same(models: Path, backend: Wan, monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = traced(monkeypatch)
    (compiled,) = film(QuickWan(Host(HostSettings(folder=models, compile=True))), shot())
    (plain,) = film(backend, shot())
    assert np.abs(compiled.frames.astype(int) - plain.frames).max() <= 1
    assert len(graphs) == 1


def test_short_memory_makes_it_decode_in_tiles(backend: Wan, monkeypatch: pytest.MonkeyPatch) -> None:
    with backend.host.using("wan", backend.load) as pipe:
        decode = pipe.vae._decode

        def short(latents: torch.Tensor, **more: object) -> object:
            if not pipe.vae.use_tiling:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return decode(latents, **more)

        monkeypatch.setattr(pipe.vae, "_decode", short)
    (take,) = film(backend, shot())
    assert take.frames.shape == (9, 64, 64, 3)


def test_damaged_and_missing_weights_are_told_with_what_to_do(tmp_path: Path) -> None:
    backend = Wan(Host(HostSettings(folder=tmp_path)))
    with pytest.raises(EngineError, match="webtv models pull wan"):
        backend.check()
    save_wan(tmp_path)
    weights = next((tmp_path / REPOSITORY / "transformer").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(EngineError, match="weights are damaged or incomplete"):
        backend.check()
