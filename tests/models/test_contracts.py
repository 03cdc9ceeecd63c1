"""Every engine of the catalogue keeps its family's contract. A new engine is tested here by its row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch

from tests.models.all_weights import save_all
from tests.shots import shot as any_shot
from tests.spaces import running_apps
from webtv.domain import MusicBrief, Shot, Take
from webtv.engines import Engine
from webtv.errors import Cancelled
from webtv.generator.video import load_video_backend
from webtv.models.catalogue import CATALOGUE, of_family
from webtv.models.host import Host
from webtv.models.settings import HostSettings, SpaceSettings
from webtv.postprocess.interpolate import load_interpolator
from webtv.postprocess.music import load_musician
from webtv.postprocess.screen import load_screener

pytestmark = pytest.mark.timeout(300)

torch.set_num_threads(1)

WIDTH, HEIGHT = 128, 72
SECONDS = 2.0
BED = 48_000
"""Samples of a bed: one second."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("contracts")
    with running_apps(folder) as apps:
        yield Host(
            HostSettings(
                folder=save_all(folder / "models"),
                accept_noncommercial=True,
                space=SpaceSettings(url=f"{apps}/film"),
            )
        )


def shot(seed: int) -> Shot:
    return any_shot(seconds=SECONDS, seed=seed)


def refuse(_done: float) -> None:
    raise Cancelled


@pytest.mark.parametrize("name", of_family("video"))
def test_a_video_backend_makes_one_take_of_each_shot_in_order(host: Host, name: str) -> None:
    backend = load_video_backend(name, host)
    backend.check()
    heard: list[float] = []
    shots = [shot(1), shot(2)]
    takes = list(backend.film(shots, width=WIDTH, height=HEIGHT, rung="draft", progress=heard.append))
    assert (backend.name, backend.version >= 1, backend.batch >= 1) == (name, True, True)
    assert backend.learned is not CATALOGUE[name].self_reliant
    assert isinstance(backend, Engine)
    assert len(takes) == len(shots)
    for take in takes:
        assert take.frames.dtype == np.uint8
        assert take.frames.ndim == 4
        assert take.frames.shape[3] == 3
        assert len(take.frames) / take.fps == pytest.approx(SECONDS)
    assert all(before <= after for before, after in pairwise(heard))
    assert heard[-1] == pytest.approx(1)


@pytest.mark.parametrize("name", of_family("video"))
def test_a_video_backend_makes_the_same_take_of_a_seed_alone_or_in_company(host: Host, name: str) -> None:
    backend = load_video_backend(name, host)
    _, second = backend.film([shot(1), shot(2)], width=WIDTH, height=HEIGHT, rung="draft")
    (alone,) = backend.film([shot(2)], width=WIDTH, height=HEIGHT, rung="draft")
    (other,) = backend.film([shot(3)], width=WIDTH, height=HEIGHT, rung="draft")
    assert np.abs(second.frames.astype(int) - alone.frames.astype(int)).max() <= 1
    assert not np.array_equal(alone.frames, other.frames)


@pytest.mark.parametrize("name", of_family("video"))
def test_a_video_backend_lets_a_withdrawn_order_go(host: Host, name: str) -> None:
    backend = load_video_backend(name, host)
    with pytest.raises(Cancelled):
        list(backend.film([shot(1)], width=WIDTH, height=HEIGHT, rung="draft", progress=refuse))


@pytest.mark.parametrize("name", of_family("interpolator"))
def test_an_interpolator_goes_from_the_first_frame_to_the_last(host: Host, name: str) -> None:
    engine = load_interpolator(name, host)
    engine.check()
    ramp = np.linspace(0, 255, WIDTH, dtype=np.uint8)
    frames = np.stack(
        [np.broadcast_to(np.roll(ramp, 2 * at)[None, :, None], (HEIGHT, WIDTH, 3)) for at in (0, 1)]
    )
    pictures = list(engine.interpolate(Take(frames, 2.0), 3, width=WIDTH, height=HEIGHT))
    assert (engine.name, engine.version >= 1, isinstance(engine, Engine)) == (name, True, True)
    assert [picture.shape for picture in pictures] == [(HEIGHT, WIDTH, 3)] * 3
    assert all(picture.dtype == np.uint8 for picture in pictures)
    assert np.array_equal(pictures[0], frames[0])
    assert np.array_equal(pictures[-1], frames[-1])


@pytest.mark.parametrize("name", of_family("musician"))
def test_a_musician_plays_the_exact_length_and_the_same_again(host: Host, name: str) -> None:
    musician = load_musician(name, host)
    musician.check()
    heard: list[float] = []
    brief = MusicBrief(mood="calm", seed=5, motif_seed=7)
    bed = musician.compose(brief, BED, progress=heard.append)
    assert (musician.name, musician.version >= 1, isinstance(musician, Engine)) == (name, True, True)
    assert bed.shape == (BED, 2)
    assert bed.dtype == np.float32
    assert 0 < np.abs(bed).max() <= 1
    assert np.array_equal(bed, musician.compose(brief, BED))
    assert not np.array_equal(bed, musician.compose(brief.model_copy(update={"seed": 6}), BED))
    assert all(before <= after for before, after in pairwise(heard))
    assert heard[-1] == pytest.approx(1)


@pytest.mark.parametrize("name", of_family("musician"))
def test_a_musician_lets_a_withdrawn_order_go(host: Host, name: str) -> None:
    with pytest.raises(Cancelled):
        load_musician(name, host).compose(MusicBrief(mood="calm"), BED, progress=refuse)


@pytest.mark.parametrize("name", of_family("screener"))
def test_a_screener_gives_one_probability_for_all_pictures(host: Host, name: str) -> None:
    screener = load_screener(name, host)
    screener.check()
    pictures = [np.full((HEIGHT, WIDTH, 3), grey, np.uint8) for grey in (20, 200)]
    assert (screener.name, screener.version >= 1, isinstance(screener, Engine)) == (name, True, True)
    assert 0 <= screener.judge(pictures) <= 1
