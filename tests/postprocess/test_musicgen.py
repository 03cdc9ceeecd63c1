"""MusicGen through transformers, with tiny random weights of the real classes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.models.tiny_musicgen import CHROMA_FRAMES, REPOSITORY, save_musicgen, save_musicgen_plain
from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.errors import EngineError
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.music.motif import chroma, motif_of
from webtv.postprocess.music.musicgen import MusicGen, TransformersPlayer

torch.set_num_threads(1)

QUANTUM = 25_600
SHORT = 2 * QUANTUM
LONG = 10 * QUANTUM
"""5.3 s: three windows of the tiny model's 3 s."""
BRIEF = MusicBrief(mood="calm", seed=4, motif_seed=7)


def musicgen_of(models: Path) -> MusicGen:
    return MusicGen(Host(HostSettings(folder=models, accept_noncommercial=True)))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_musicgen(folder)
    return folder


@pytest.fixture(scope="module")
def musicgen(models: Path) -> MusicGen:
    return musicgen_of(models)


@contextmanager
def player_of(musicgen: MusicGen) -> Iterator[TransformersPlayer]:
    with musicgen.host.using(musicgen.name, musicgen.load) as player:
        yield player


def heard_chroma(musicgen: MusicGen, brief: MusicBrief, samples: int) -> list[np.ndarray]:
    """(2, frames, 12) for each window: what the melody's projection got with and without guidance."""
    heard: list[np.ndarray] = []

    def listen(_module: Any, given: tuple[torch.Tensor, ...]) -> None:
        heard.append(given[0].numpy().copy())

    with player_of(musicgen) as player:
        hook = player.model.audio_enc_to_dec_proj.register_forward_pre_hook(listen)
        musicgen.compose(brief, samples)
        hook.remove()
    return heard


def test_equal_briefs_sound_equal_and_others_otherwise(musicgen: MusicGen, models: Path) -> None:
    bed = musicgen.compose(BRIEF, SHORT).tobytes()
    assert bed == musicgen_of(models).compose(BRIEF, SHORT).tobytes()
    changes: list[dict[str, object]] = [{"seed": 5}, {"motif_seed": 8}, {"key": "C"}]
    beds = {musicgen.compose(BRIEF.model_copy(update=change), SHORT).tobytes() for change in changes}
    assert len({bed, *beds}) == 1 + len(changes)


def test_composing_leaves_the_chance_of_others_alone(musicgen: MusicGen) -> None:
    before = torch.random.get_rng_state()
    musicgen.compose(BRIEF, QUANTUM)
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_motif_reaches_the_model_under_each_window(musicgen: MusicGen) -> None:
    heard = heard_chroma(musicgen, BRIEF, LONG)
    assert len(heard) == 3
    for number, (melody, nothing) in enumerate(heard):
        start_s = number * round(0.6 * 153) / 50
        shown = chroma(motif_of(7), BRIEF, start_s + np.arange(CHROMA_FRAMES) * 0.128)
        assert np.array_equal(melody, shown)
        assert np.array_equal(nothing, np.tile(np.eye(12)[0], (CHROMA_FRAMES, 1))), "silence looks like a C"


def test_clips_of_a_programme_hear_one_melody_in_their_own_keys(musicgen: MusicGen) -> None:
    (first,), (second,) = (
        heard_chroma(musicgen, BRIEF.model_copy(update=change), SHORT)
        for change in ({"key": "A", "seed": 1}, {"key": "B", "seed": 2, "mood": "bright"})
    )
    assert np.array_equal(np.roll(first[0], 2, axis=1), second[0])


def test_a_clip_of_no_programme_hears_no_melody(musicgen: MusicGen) -> None:
    (heard,) = heard_chroma(musicgen, BRIEF.model_copy(update={"motif_seed": 0}), SHORT)
    assert np.array_equal(heard[0], heard[1])


def test_a_long_bed_goes_on_over_what_it_played_and_is_turned_into_sound_at_once(
    musicgen: MusicGen, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[torch.Tensor] = []
    with player_of(musicgen) as player:
        decode = player.model.audio_encoder.decode

        def listen(codes: torch.Tensor, *given: Any, **named: Any) -> Any:
            decoded.append(codes[0, 0].clone())
            return decode(codes, *given, **named)

        monkeypatch.setattr(player.model.audio_encoder, "decode", listen)
        musicgen.compose(BRIEF, LONG)
    *of_windows, whole = decoded
    assert whole.shape == (4, 268)
    for window, start in zip(of_windows, (0, 92, 184), strict=True):  # as transformers undid the delays
        assert torch.equal(window, whole[:, start : start + window.shape[1]])


@pytest.mark.parametrize("channels", [1, 2])
def test_a_plain_musicgen_plays_without_a_melody(tmp_path: Path, channels: int) -> None:
    save_musicgen_plain(tmp_path, channels)
    musicgen = MusicGen(Host(HostSettings(folder=tmp_path, accept_noncommercial=True)), window_s=1)
    bed = musicgen.compose(BRIEF, SHORT)
    assert bed.shape == (SHORT, 2)
    assert (np.abs(bed[:, 0] - bed[:, 1]).max() > 1e-3) == (channels == 2)
    assert np.array_equal(bed, musicgen.compose(BRIEF.model_copy(update={"motif_seed": 9}), SHORT))


def test_a_bed_that_is_not_music_is_refused(tmp_path: Path) -> None:
    save_musicgen(tmp_path)
    musicgen = musicgen_of(tmp_path)
    with player_of(musicgen) as player, torch.no_grad():
        player.model.audio_encoder.decoder.layers[-1].conv.bias.fill_(torch.nan)
    with pytest.raises(EngineError, match="not numbers"):
        musicgen.compose(BRIEF, SAMPLE_RATE)


def test_damaged_and_missing_weights_are_said(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path / "models")
    weights = tmp_path / "models" / REPOSITORY / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:10_000])
    with pytest.raises(EngineError, match="damaged"):
        musicgen_of(tmp_path / "models").check()
    with pytest.raises(EngineError):
        musicgen_of(tmp_path / "none").check()
