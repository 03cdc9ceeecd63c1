"""LTX-Video by its real classes, tiny and with random weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLLTXVideo, LTXVideoTransformer3DModel
from safetensors.torch import load_file, save_file

from tests.models.tiny_ltx import TINY_VAE_OF_FILE, save_ltx, save_ltx_single_file
from tests.models.traced import traced
from tests.shots import shot as any_shot
from webtv.domain import HouseFormat, Shot, Take
from webtv.errors import Cancelled, EngineError
from webtv.generator.video import ltx
from webtv.generator.video.ltx import LTX, REPOSITORY, SINGLE_FILE
from webtv.models.host import Host
from webtv.models.settings import HostSettings

torch.set_num_threads(1)

SMALL = {"width": 128, "height": 72}


shot = partial(any_shot, seconds=0.7)


def engine(models: Path) -> LTX:
    return LTX(Host(HostSettings(folder=models)))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_ltx(folder)
    return folder


@pytest.fixture(scope="module")
def filmed(models: Path) -> LTX:
    return engine(models)


def film(backend: LTX, *shots: Shot, **more: object) -> list[Take]:
    return list(backend.film(shots, **(SMALL | more)))


def test_a_take_covers_its_shot_at_the_nearest_size_and_length_that_the_model_knows(filmed: LTX) -> None:
    (take,) = film(filmed, shot())
    assert take.frames.shape == (17, 64, 128, 3)
    assert take.frames.dtype == np.uint8
    assert len(take.frames) / take.fps == pytest.approx(0.7)
    assert take.frames.std() > 1


def test_equal_shots_give_equal_takes_and_other_seeds_other_ones(filmed: LTX) -> None:
    first, second, other = film(filmed, shot(), shot(), shot(seed=8))
    assert np.array_equal(first.frames, second.frames)
    assert not np.array_equal(first.frames, other.frames)


def test_the_prompt_matters(filmed: LTX) -> None:
    (one,) = film(filmed, shot())
    (other,) = film(filmed, shot().model_copy(update={"subject": "a red fox"}))
    assert not np.array_equal(one.frames, other.frames)


def test_progress_rises_to_one_over_all_shots(filmed: LTX) -> None:
    told: list[float] = []
    film(filmed, shot(), shot(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) == 2 * (len(ltx.TIMESTEPS) + 1)


def test_a_take_is_handed_over_before_the_next_is_begun(filmed: LTX) -> None:
    told: list[float] = []
    takes = filmed.film([shot(), shot()], **SMALL, progress=told.append)
    next(takes)
    assert told[-1] == 0.5


def test_a_withdrawn_order_stops_at_the_next_step(filmed: LTX) -> None:
    told: list[float] = []

    def withdraw(done: float) -> None:
        told.append(done)
        raise Cancelled

    with pytest.raises(Cancelled):
        film(filmed, shot(), progress=withdraw)
    assert len(told) == 1


def test_cheaper_rungs_film_smaller_and_fewer_frames(models: Path) -> None:
    house, sizes = HouseFormat(), []
    for rung in ("draft", "standard", "full"):
        plan = engine(models).plan(shot(seconds=4), house.width, house.height, rung)
        assert plan.width % 32 == plan.height % 32 == 0
        assert plan.frames % 8 == 1
        sizes.append((plan.width, plan.height, plan.frames))
    assert sizes == [(704, 384, 57), (1024, 576, 97), (1024, 576, 121)]


def test_a_long_shot_is_filmed_at_fewer_frames_a_second(models: Path) -> None:
    plan = engine(models).plan(shot(seconds=12), 1920, 1080, "standard")
    assert (plan.frames, plan.fps) == (121, pytest.approx(121 / 12))
    assert (plan.width, plan.height) == (1024, 576)


def test_the_model_is_told_the_rate_of_its_frames(filmed: LTX) -> None:
    """As many frames of more seconds: the same noise, other motion."""
    (quick,) = film(filmed, shot(seconds=17 / 24), rung="standard")
    (slow,) = film(filmed, shot(seconds=17 / 15), rung="draft")
    assert quick.frames.shape == slow.frames.shape == (17, 64, 128, 3)
    assert not np.array_equal(quick.frames, slow.frames)


def test_the_last_documented_timestep_changes_nothing_that_is_seen(
    filmed: LTX, monkeypatch: pytest.MonkeyPatch
) -> None:
    (without,) = film(filmed, shot())
    monkeypatch.setattr(ltx, "TIMESTEPS", (*ltx.TIMESTEPS, 0.03))
    (with_it,) = film(filmed, shot())
    assert np.abs(without.frames.astype(int) - with_it.frames).max() <= 1


def test_compiled_it_films_the_same(models: Path, filmed: LTX, monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = traced(monkeypatch)
    (compiled,) = film(LTX(Host(HostSettings(folder=models, compile=True))), shot())
    (plain,) = film(filmed, shot())
    assert np.abs(compiled.frames.astype(int) - plain.frames).max() <= 1
    assert len(graphs) == 1


def test_short_memory_makes_it_decode_in_pieces(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = engine(models)
    (whole,) = film(backend, shot(seconds=1))
    with backend.host.using("ltx", backend.load) as pipe:
        decode = pipe.vae._decode

        def short(latents: torch.Tensor, *more: torch.Tensor) -> object:
            if not pipe.vae.use_framewise_decoding:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return decode(latents, *more)

        monkeypatch.setattr(pipe.vae, "_decode", short)
    told: list[float] = []
    (pieces,) = film(backend, shot(seconds=1), progress=told.append)
    assert pieces.frames.shape == whole.frames.shape
    assert told == sorted(told)
    assert told[-1] == 1


def test_too_little_memory_even_so_reaches_the_caller(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = engine(models)
    with backend.host.using("ltx", backend.load) as pipe:

        def none_left(*_: object) -> object:
            raise torch.OutOfMemoryError("CUDA out of memory.")

        monkeypatch.setattr(pipe.vae, "_decode", none_left)
    with pytest.raises(torch.OutOfMemoryError):
        film(backend, shot())


@pytest.fixture
def with_single_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ltx, "VAE_SHAPE", TINY_VAE_OF_FILE)
    save_ltx_single_file(tmp_path)
    return tmp_path


def test_the_single_file_films_in_half_precision_as_on_a_gpu(
    with_single_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LTX, "dtype", torch.bfloat16)
    backend = engine(with_single_file)
    (take,) = film(backend, shot())
    assert take.frames.std() > 1
    with backend.host.using("ltx", backend.load) as pipe:
        assert {part.dtype for part in (pipe.transformer, pipe.vae, pipe.text_encoder)} == {torch.bfloat16}


def test_every_weight_of_the_single_file_arrives(with_single_file: Path) -> None:
    stored = load_file(with_single_file / REPOSITORY / SINGLE_FILE)
    parts = ltx.from_single_file(with_single_file / REPOSITORY, torch.float32)
    loaded = [tensor for part in parts.values() for tensor in part.state_dict().values()]
    assert sorted((tuple(t.shape), float(t.double().sum())) for t in loaded) == sorted(
        (tuple(t.shape), float(t.double().sum())) for t in stored.values()
    )


def test_the_single_file_is_preferred_and_films(with_single_file: Path) -> None:
    (take,) = film(engine(with_single_file), shot())
    assert take.frames.shape == (17, 64, 128, 3)


def test_the_real_shapes_add_up_to_the_published_file() -> None:
    """6.34 GB in bfloat16 (https://huggingface.co/Lightricks/LTX-Video)."""
    with torch.device("meta"):
        parts = LTXVideoTransformer3DModel(), AutoencoderKLLTXVideo(**ltx.VAE_SHAPE)
    assert 2 * sum(tensor.numel() for part in parts for tensor in part.parameters()) == pytest.approx(
        6.34e9, rel=1e-3
    )


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _without_a_weight(path: Path) -> None:
    tensors = load_file(path)
    del tensors["model.diffusion_model.proj_out.weight"]
    save_file(tensors, path)


@pytest.mark.parametrize("harm", [_cut_short, _without_a_weight])
def test_a_damaged_single_file_is_told_as_such(with_single_file: Path, harm: Callable[[Path], None]) -> None:
    harm(with_single_file / REPOSITORY / SINGLE_FILE)
    with pytest.raises(EngineError, match="weights are damaged or incomplete"):
        engine(with_single_file).check()


def test_missing_weights_are_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="webtv models pull ltx"):
        engine(tmp_path).check()
