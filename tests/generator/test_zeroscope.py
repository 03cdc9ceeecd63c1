from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from structlog.testing import capture_logs

from tests.models.tiny_zeroscope import save_zeroscope
from tests.models.traced import traced
from tests.shots import shot as any_shot
from webtv.domain import Rung, Shot, Take
from webtv.errors import Cancelled, EngineError
from webtv.generator.video import load_video_backend
from webtv.generator.video.diffusion import Meter, generator
from webtv.generator.video.zeroscope import Zeroscope
from webtv.generator.video.zeroscope.effort import RUNGS, TwoPassEffort, sizes
from webtv.generator.video.zeroscope.pipelines import enlarge, fitting
from webtv.models.host import Host
from webtv.models.settings import HostSettings

torch.set_num_threads(1)

HOUSE = {"width": 64, "height": 64}
SMALL, LARGE = "zeroscope/576w", "zeroscope/xl"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_zeroscope(folder)
    return folder


@pytest.fixture(scope="module")
def engine(models: Path) -> Zeroscope:
    return an_engine(models)


def an_engine(models: Path, *, compile: bool = False) -> Zeroscope:
    settings = HostSettings(folder=models, accept_noncommercial=True, compile=compile)
    engine = load_video_backend("zeroscope", Host(settings))
    assert isinstance(engine, Zeroscope)
    engine.check()
    return engine


def shot(seed: int, subject: str = "a fox") -> Shot:
    return any_shot(subject, seconds=4, seed=seed)


def pipeline(engine: Zeroscope, key: str) -> Any:
    def already_loaded() -> Any:
        raise AssertionError(f"{key} is not loaded")

    with engine.host.using(key, already_loaded) as pipe:
        return pipe


@contextmanager
def short_of_memory(pipe: Any, *, above: int, times: int = 1_000) -> Iterator[list[int]]:
    """The network runs out of memory with more than ``above`` shots at once. Yields the batches."""
    batches: list[int] = []

    def refuse(_: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        batches.append(len(given[0]) // 2)  # guidance doubles it
        if batches[-1] > above and len(batches) <= times:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    hook = pipe.unet.register_forward_pre_hook(refuse)
    yield batches
    hook.remove()


@dataclass
class Recording:
    """What was seen inside both pipelines while two shots were filmed."""

    takes: list[Take] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    told_at_take: list[float] = field(default_factory=list)
    read: dict[str, list[torch.Tensor]] = field(default_factory=lambda: {SMALL: [], LARGE: []})
    drawn: dict[str, list[torch.Size]] = field(default_factory=lambda: {SMALL: [], LARGE: []})
    encoded: int = 0


@pytest.fixture(scope="module")
def recording(engine: Zeroscope) -> Recording:
    seen, hooks = Recording(), []
    for key in (SMALL, LARGE):
        pipe = pipeline(engine, key)

        def read(_: Any, given: Any, key: str = key) -> None:
            seen.read[key] += [*given[0]]

        def drawn(_: Any, given: Any, key: str = key) -> None:
            seen.drawn[key].append(given[0].shape)

        def encoded(*_: Any) -> None:
            seen.encoded += 1

        hooks += [
            pipe.text_encoder.register_forward_pre_hook(read),
            pipe.unet.register_forward_pre_hook(drawn),
            pipe.vae.encoder.register_forward_pre_hook(encoded),
        ]
    for take in engine.film([shot(1), shot(2, "an owl")], **HOUSE, progress=seen.told.append):
        seen.takes.append(take)
        seen.told_at_take.append(seen.told[-1])
    for hook in hooks:
        hook.remove()
    return seen


def test_a_take_has_24_frames_of_the_house_size_that_cover_the_shot(recording: Recording) -> None:
    assert len(recording.takes) == 2
    for take in recording.takes:
        assert take.frames.shape == (24, 64, 64, 3)
        assert take.frames.dtype == np.uint8
        assert take.fps == 6
        assert take.frames.std() > 1


def test_pass_one_films_all_shots_at_once_and_pass_two_one_by_one(recording: Recording) -> None:
    effort = RUNGS["standard"]
    assert recording.drawn[SMALL] == [(2 * 2, 4, 24, 4, 4)] * effort.steps
    assert recording.drawn[LARGE] == [(2, 4, 24, 8, 8)] * (2 * effort.large_calls)


def test_both_passes_read_the_same_prompts(recording: Recording) -> None:
    fox, owl, *unwanted = recording.read[SMALL]
    read_again = recording.read[LARGE]
    assert not torch.equal(fox, owl)
    assert torch.equal(read_again[0], fox)
    assert torch.equal(read_again[2], owl)
    for tokens in (*unwanted, read_again[1], read_again[3]):
        assert torch.equal(tokens, unwanted[0])


def test_latents_go_to_pass_two_without_the_encoder(recording: Recording) -> None:
    assert recording.encoded == 0


def test_pass_two_lays_noise_of_its_own_on_the_latents_as_they_are(engine: Zeroscope) -> None:
    pipe, effort, seen = pipeline(engine, LARGE), RUNGS["standard"], []
    handed = torch.randn(1, 24, 4, 8, 8, generator=generator(9))

    def read(_: Any, given: Any) -> None:
        seen.append(given[0][0].transpose(0, 1))
        raise Cancelled

    hook = pipe.unet.register_forward_pre_hook(read)
    with pytest.raises(Cancelled):
        engine._redraw(pipe, shot(1), handed, effort, Meter(None, effort.gflop))
    hook.remove()
    sigma = pipe.scheduler.sigmas[effort.large_steps - effort.large_calls]
    kept, noisy = pipe.scheduler._sigma_to_alpha_sigma_t(sigma)
    noise = (seen[0] - kept * handed[0]) / noisy
    assert noise.std() == pytest.approx(1, abs=0.05)
    first_pass = torch.randn(noise.numel(), generator=generator(1))
    assert torch.corrcoef(torch.stack([noise.flatten(), first_pass]))[0, 1].abs() < 0.1


def test_progress_rises_to_one_and_a_take_goes_out_before_the_next_is_made(recording: Recording) -> None:
    assert recording.told == sorted(recording.told)
    assert recording.told[0] > 0
    assert recording.told[-1] == 1.0
    assert recording.told_at_take[0] == pytest.approx(0.66, abs=0.01)  # all of pass one, half of pass two


SEEDS = (1, 2, 3, 4, 1)
"""A full batch, and its first shot once more by itself."""


@dataclass
class Drafts:
    takes: list[Take]
    latents: torch.Tensor
    batches: list[int]
    told: list[float] = field(default_factory=list)


@pytest.fixture(scope="module")
def drafts(engine: Zeroscope) -> Drafts:
    pipe, latents, told = pipeline(engine, SMALL), [], []
    hook = pipe.vae.post_quant_conv.register_forward_pre_hook(lambda _, given: latents.append(given[0]))
    with short_of_memory(pipe, above=100) as batches:
        shots = [shot(seed) for seed in SEEDS]
        takes = list(engine.film(shots, **HOUSE, rung="draft", progress=told.append))
    hook.remove()
    return Drafts(takes, torch.cat(latents).reshape(5, 24, 4, 4, 4), batches, told)


def difference(one: Take, other: Take) -> int:
    return int(np.abs(one.frames.astype(int) - other.frames).max())


def test_a_draft_is_pass_one_alone(drafts: Drafts) -> None:
    assert [take.frames.shape for take in drafts.takes] == [(24, 32, 32, 3)] * 5
    assert drafts.told == sorted(drafts.told)
    assert drafts.told[-1] == 1.0


def test_more_shots_than_a_batch_are_filmed_batch_by_batch(drafts: Drafts) -> None:
    assert drafts.batches == [4] * RUNGS["draft"].steps + [1] * RUNGS["draft"].steps


def test_a_shot_in_a_batch_gives_the_latents_it_gives_alone(drafts: Drafts) -> None:
    batched, alone = drafts.latents[0], drafts.latents[4]
    assert (batched - alone).abs().max() < 1e-5 * alone.abs().max()
    assert difference(drafts.takes[0], drafts.takes[4]) <= 1


def test_another_seed_gives_another_take(drafts: Drafts) -> None:
    assert difference(drafts.takes[0], drafts.takes[1]) > 1


def test_short_of_memory_the_batch_is_halved_until_it_fits(engine: Zeroscope, drafts: Drafts) -> None:
    shots, told = [shot(seed) for seed in SEEDS[:3]], []
    with short_of_memory(pipeline(engine, SMALL), above=1) as batches:
        takes = list(engine.film(shots, **HOUSE, rung="draft", progress=told.append))
    assert batches == [3] + [1] * 25 + [2] + [1] * 50
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert max(difference(*pair) for pair in zip(takes, drafts.takes[:3], strict=True)) <= 1
    assert np.array_equal(takes[0].frames, drafts.takes[4].frames)  # the same work gives the same bytes


def test_where_one_shot_is_too_much_it_works_frame_by_frame(models: Path, drafts: Drafts) -> None:
    engine = an_engine(models)
    with short_of_memory(pipeline(engine, SMALL), above=0, times=1):
        take = next(engine.film([shot(1)], **HOUSE, rung="draft"))
    assert pipeline(engine, SMALL).vae.use_tiling
    assert difference(take, drafts.takes[4]) <= 1


def test_where_nothing_helps_out_of_memory_is_said(models: Path) -> None:
    engine = an_engine(models)
    with (
        short_of_memory(pipeline(engine, SMALL), above=0) as batches,
        pytest.raises((torch.OutOfMemoryError, EngineError), match="memory"),
    ):
        next(engine.film([shot(1), shot(2)], **HOUSE, rung="draft"))
    assert batches == [2, 1, 1]


@pytest.mark.parametrize("after", [0.01, 0.34])
def test_a_withdrawn_order_ends_at_the_next_step_of_either_pass(engine: Zeroscope, after: float) -> None:
    told: list[float] = []

    def withdraw(done: float) -> None:
        told.append(done)
        if done > after:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(engine.film([shot(1)], **HOUSE, progress=withdraw))
    assert [done for done in told if done > after] == [told[-1]]


@pytest.mark.parametrize(
    ("house", "small", "large"),
    [
        ((1024, 576), (576, 320), (1024, 576)),
        ((1920, 1080), (576, 320), (1024, 576)),
        ((3840, 2160), (576, 320), (1024, 576)),
        ((1080, 1920), (320, 576), (576, 1024)),
        ((1080, 1080), (432, 432), (768, 768)),
        ((640, 360), (360, 200), (640, 360)),
        ((854, 480), (480, 272), (856, 480)),
        ((128, 72), (72, 40), (128, 72)),
        ((64, 64), (32, 32), (64, 64)),
    ],
)
def test_it_films_at_the_houses_aspect_up_to_what_it_was_trained_at(
    house: tuple[int, int], small: tuple[int, int], large: tuple[int, int]
) -> None:
    assert sizes(*house) == (small, large)


def test_a_level_that_does_not_halve_evenly_is_met(engine: Zeroscope) -> None:
    take = next(engine.film([shot(1)], width=128, height=72, rung="draft"))
    assert take.frames.shape == (24, 40, 72, 3)


def test_a_better_rung_is_more_work() -> None:
    rungs: tuple[Rung, ...] = ("draft", "standard", "full")
    draft, standard, full = (RUNGS[rung] for rung in rungs)
    assert draft.large_calls == 0
    assert (standard.large_calls, full.large_calls) == (19, 32)
    assert draft.gflop < standard.gflop < full.gflop
    assert {effort.frames for effort in RUNGS.values()} == {24}


def test_enlarged_latents_are_laid_out_as_pass_two_takes_them() -> None:
    latents = torch.arange(4.0)[None, :, None, None, None] + 10 * torch.arange(24.0)[:, None, None]
    large = enlarge(latents.expand(1, 4, 24, 5, 9), 128, 72)
    assert large.shape == (1, 24, 4, 9, 16)
    assert torch.allclose(large, latents.transpose(1, 2).expand_as(large), atol=1e-4)


def test_a_prompt_too_long_for_clip_is_cut_after_a_word_and_said_once(engine: Zeroscope) -> None:
    tokenizer = pipeline(engine, SMALL).tokenizer
    assert fitting(tokenizer, "the slow fox") == "the slow fox"
    prompt = "zzzzzz " * 20
    assert fitting(tokenizer, prompt) == "zzzzzz " * 11 + "zzzzzz"  # 75 letters are read, 72 are whole words

    def withdraw(_: float) -> None:
        raise Cancelled

    fresh = Zeroscope(engine.host)
    with capture_logs() as logs, pytest.raises(Cancelled):
        next(fresh.film([shot(1, prompt), shot(2, prompt)], **HOUSE, progress=withdraw))
    assert [entry["event"] for entry in logs] == ["prompts are longer than CLIP reads and lose their end"]


def test_in_half_precision_as_on_a_gpu_it_films_nearly_the_same(
    models: Path, engine: Zeroscope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RUNGS, "standard", TwoPassEffort(steps=4, large_steps=4, strength=0.75))
    (exact,) = engine.film([shot(1)], **HOUSE)
    monkeypatch.setattr(Host, "half", torch.float16)
    halved = an_engine(models)
    (take,) = halved.film([shot(1)], **HOUSE)
    assert {pipeline(halved, key).unet.dtype for key in (SMALL, LARGE)} == {torch.float16}
    assert np.abs(take.frames.astype(int) - exact.frames).mean() < 2


def test_compiled_the_network_is_one_graph_that_says_the_same(
    models: Path, engine: Zeroscope, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs = traced(monkeypatch)
    compiled = an_engine(models, compile=True)
    given = {
        "sample": torch.randn(2, 4, 3, 8, 8, generator=generator(1)),
        "timestep": torch.tensor(500),
        "encoder_hidden_states": torch.randn(2, 77, 16, generator=generator(2)),
    }
    with torch.no_grad():
        same, plain = (pipeline(each, SMALL).unet(**given).sample for each in (compiled, engine))
    assert torch.allclose(same, plain, atol=1e-5)
    assert len(graphs) == 1


def test_weights_are_read_under_the_hubs_names(models: Path, engine: Zeroscope) -> None:
    stored = torch.load(models / "cerspense/zeroscope_v2_576w/text_encoder/pytorch_model.bin")
    name = "encoder.layers.1.mlp.fc1.weight"
    read = pipeline(engine, SMALL).text_encoder.state_dict()
    assert torch.equal(read[name], stored[f"text_model.{name}"])


def test_weights_may_be_safetensors(models: Path, engine: Zeroscope, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "cerspense/zeroscope_v2_576w"
    shutil.rmtree(folder)
    pipe = pipeline(engine, SMALL)
    pipe.save_pretrained(folder)
    assert not list(folder.rglob("*.bin"))
    again = pipeline(an_engine(tmp_path), SMALL)
    assert all(
        torch.equal(*pair) for pair in zip(again.unet.parameters(), pipe.unet.parameters(), strict=True)
    )


def test_the_library_does_not_warn_at_each_load_and_is_heard_otherwise(models: Path) -> None:
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    library = logging.getLogger("diffusers")
    level = library.level
    library.setLevel(logging.WARNING)
    library.addHandler(handler)
    pipe = pipeline(an_engine(models), SMALL)
    assert heard == []
    type(pipe)(**pipe.components)
    library.removeHandler(handler)
    library.setLevel(level)
    assert len(heard) == 1
    assert "deprecated" in heard[0]


def test_a_meter_never_falls_and_ends_at_one() -> None:
    told: list[float] = []
    meter = Meter(told.append, total=10)
    for ahead in (4, 2):
        meter.at(ahead)
    meter.finish(5)
    meter.finish(5)
    assert told == [0.4, 0.4, 0.5, 1.0]
