"""What every musician with a model keeps beyond the contract of all: tiny random weights of real classes."""

import numpy as np
import pytest
import torch

from tests.models.tiny_ace_step import save_ace_step
from tests.models.tiny_musicgen_audiocraft import save_musicgen_audiocraft
from webtv.domain import MusicBrief
from webtv.errors import Cancelled
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.music import Musician, load_musician
from webtv.postprocess.music.player import MusicGenEngine

torch.set_num_threads(1)

QUANTUM = 25_600
SHORT = 2 * QUANTUM
LONG = 10 * QUANTUM
"""5.3 s: three windows of 3 s."""
BRIEF = MusicBrief(mood="calm", seed=4, motif_seed=7)
MUSICGENS = ("musicgen", "musicgen_audiocraft")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    folder = tmp_path_factory.mktemp("models")
    save_musicgen_audiocraft(folder)
    save_ace_step(folder)
    return Host(HostSettings(folder=folder, accept_noncommercial=True))


@pytest.fixture
def musician(host: Host, request: pytest.FixtureRequest) -> Musician:
    made = load_musician(request.param, host)
    if isinstance(made, MusicGenEngine):
        made.window_s = 3
    return made


@pytest.mark.parametrize("samples", [1024, SHORT, LONG + 1])
@pytest.mark.parametrize("musician", MUSICGENS, indirect=True)
def test_a_bed_has_the_exact_length(musician: Musician, samples: int) -> None:
    bed = musician.compose(BRIEF, samples)
    assert bed.shape == (samples, 2)
    assert bed.dtype == np.float32
    assert 0 < np.abs(bed).max() < 1


@pytest.mark.parametrize("musician", MUSICGENS, indirect=True)
def test_progress_rises_over_all_windows_to_the_end(musician: Musician) -> None:
    told: list[float] = []
    musician.compose(BRIEF, LONG, progress=told.append)
    assert told == sorted(told)
    assert told[0] < 0.05
    assert told[-1] == 1
    assert len(told) > 260


@pytest.mark.parametrize("musician", [*MUSICGENS, "ace_step"], indirect=True)
def test_a_withdrawn_order_ends_at_once_and_leaves_the_model_well(musician: Musician) -> None:
    told: list[float] = []

    def withdraw(done: float) -> None:
        told.append(done)
        if len(told) == 3:
            raise Cancelled

    bed = musician.compose(BRIEF, SHORT)
    with pytest.raises(Cancelled):
        musician.compose(BRIEF, SHORT, progress=withdraw)
    assert len(told) == 3
    assert np.array_equal(musician.compose(BRIEF, SHORT), bed)
