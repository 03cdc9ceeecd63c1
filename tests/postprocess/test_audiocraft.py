"""MusicGen through audiocraft: its own loaders, its own debug model, without what it does not need."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import MusicgenMelodyForConditionalGeneration
from transformers.utils import is_torchaudio_available

from tests.models.tiny_musicgen import REPOSITORY
from tests.models.tiny_musicgen_audiocraft import save_audiocraft_debug, save_musicgen_audiocraft
from webtv.domain import MusicBrief
from webtv.errors import EngineError
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.music.audiocraft_imports import stand_ins
from webtv.postprocess.music.audiocraft_player import AudiocraftPlayer, ChromaExtractor
from webtv.postprocess.music.motif import chroma, motif_of, sung
from webtv.postprocess.music.musicgen_audiocraft import MusicGenAudiocraft

torch.set_num_threads(1)

QUANTUM = 25_600
SHORT = 2 * QUANTUM
LONG = 10 * QUANTUM
"""5.3 s: three windows of 3 s."""
BRIEF = MusicBrief(mood="calm", seed=4, motif_seed=7, tempo_bpm=80)
STOOD_IN_FOR = ("xformers", "torchaudio", "librosa", "spacy")


def audiocraft_of(models: Path) -> MusicGenAudiocraft:
    return MusicGenAudiocraft(Host(HostSettings(folder=models, accept_noncommercial=True)), window_s=3)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_musicgen_audiocraft(folder)
    return folder


@pytest.fixture(scope="module")
def musicgen(models: Path) -> MusicGenAudiocraft:
    return audiocraft_of(models)


@contextmanager
def player_of(musicgen: MusicGenAudiocraft) -> Iterator[AudiocraftPlayer]:
    with musicgen.host.using(musicgen.name, musicgen.load) as player:
        yield player


def test_equal_briefs_sound_equal_and_others_otherwise(musicgen: MusicGenAudiocraft, models: Path) -> None:
    bed = musicgen.compose(BRIEF, SHORT).tobytes()
    assert bed == audiocraft_of(models).compose(BRIEF, SHORT).tobytes()
    changes: list[dict[str, object]] = [{"seed": 5}, {"motif_seed": 8}, {"motif_seed": 0}, {"mood": "bright"}]
    beds = {musicgen.compose(BRIEF.model_copy(update=change), SHORT).tobytes() for change in changes}
    assert len({bed, *beds}) == 1 + len(changes)


def test_the_motif_reaches_the_model_under_each_window(musicgen: MusicGenAudiocraft) -> None:
    heard: list[torch.Tensor] = []

    def listen(_module: Any, given: tuple[torch.Tensor, ...]) -> None:
        heard.append(given[0].clone())

    with player_of(musicgen) as player:
        conditioner = player.lm.condition_provider.conditioners["self_wav"]
        hook = conditioner.output_proj.register_forward_pre_hook(listen)
        musicgen.compose(BRIEF, LONG)
        hook.remove()
    assert len(heard) == 3
    for number, (melody, nothing) in enumerate(heard):
        frames = round(3 / 0.128)  # after them the window's chroma begins again, up to the model's own 30 s
        shown = chroma(motif_of(7), BRIEF, 1.8 * number + np.arange(frames) * 0.128)
        assert np.mean(melody[:frames].numpy().argmax(axis=1) == shown.argmax(axis=1)) > 0.9
        assert (nothing.argmax(dim=1) == 0).all(), "silence looks like a C"


@pytest.mark.parametrize("tempo", [60, 100, 160])
def test_a_sung_motif_shows_the_chroma_that_transformers_is_given(tempo: int) -> None:
    brief = BRIEF.model_copy(update={"tempo_bpm": tempo})
    extract = ChromaExtractor(sample_rate=32_000, radix2_exp=14, argmax=True)
    seen = extract(torch.from_numpy(sung(motif_of(7), brief, 30, 32_000))[None])[0].numpy()
    told = chroma(motif_of(7), brief, np.arange(len(seen)) * 0.128)
    assert np.mean((seen == told).all(axis=1)) > 0.99


def test_the_text_encoder_is_the_one_in_the_folder(musicgen: MusicGenAudiocraft, models: Path) -> None:
    other = MusicgenMelodyForConditionalGeneration.from_pretrained(models / REPOSITORY).text_encoder
    with player_of(musicgen) as player:
        state = player.lm.condition_provider.conditioners["description"].t5.state_dict()
    assert all(torch.equal(state[name], value) for name, value in other.state_dict().items())


def test_the_debug_model_of_audiocraft_plays_a_bed(tmp_path: Path) -> None:
    save_audiocraft_debug(tmp_path)
    musicgen = audiocraft_of(tmp_path)
    bed = musicgen.compose(BRIEF, LONG)
    assert bed.shape == (LONG, 2)
    assert np.array_equal(bed, musicgen.compose(BRIEF, LONG))
    assert not np.array_equal(bed, musicgen.compose(BRIEF.model_copy(update={"seed": 5}), LONG))


def test_damaged_and_missing_weights_are_said(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / REPOSITORY
    whole = (folder / "state_dict.bin").read_bytes()
    (folder / "state_dict.bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineError, match="damaged"):
        audiocraft_of(tmp_path).check()
    (folder / "state_dict.bin").unlink()
    with pytest.raises(EngineError, match="incomplete"):
        audiocraft_of(tmp_path).check()
    (folder / "state_dict.bin").write_bytes(whole)
    (folder / "model.safetensors").unlink()
    with pytest.raises(EngineError, match="incomplete"):
        audiocraft_of(tmp_path).check()


class _Code:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


def test_code_in_weights_is_refused_and_does_not_run(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    trace = tmp_path / "ran"
    torch.save({"xp.cfg": "", "best_state": _Code(trace)}, tmp_path / REPOSITORY / "state_dict.bin")
    with pytest.raises(EngineError, match="Weights only load failed"):
        audiocraft_of(tmp_path).check()
    assert not trace.exists()


def test_what_stands_in_for_absent_packages_is_not_there_for_others(musicgen: MusicGenAudiocraft) -> None:
    musicgen.compose(BRIEF, QUANTUM)
    for package in STOOD_IN_FOR:
        if find_spec(package) is None:
            assert not any(name.partition(".")[0] == package for name in sys.modules)
            with pytest.raises(ModuleNotFoundError):
                importlib.import_module(package)
    assert not is_torchaudio_available()


def test_what_has_no_stand_in_says_so_when_it_is_called() -> None:
    with stand_ins("torchaudio"):
        loudness = importlib.import_module("torchaudio.transforms").Loudness
    with pytest.raises(EngineError, match=r"torchaudio\.transforms\.Loudness"):
        loudness(48_000)
