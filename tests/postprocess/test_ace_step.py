"""ACE-Step through diffusers, with tiny random weights of the real classes."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.models.tiny_ace_step import REPOSITORY, save_ace_step
from webtv.domain import MusicBrief
from webtv.errors import EngineError
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.music.ace_step import STEPS, ACEStep

torch.set_num_threads(1)

QUANTUM = 25_600
SHORT = 4 * QUANTUM
LONG = 30 * QUANTUM
"""16 s."""
BRIEF = MusicBrief(mood="calm", seed=4, key="Eb", mode="lydian", tempo_bpm=72)


def ace_step_of(models: Path) -> ACEStep:
    return ACEStep(Host(HostSettings(folder=models)))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_ace_step(folder)
    return folder


@pytest.fixture(scope="module")
def ace_step(models: Path) -> ACEStep:
    return ace_step_of(models)


@pytest.mark.parametrize("samples", [1024, LONG + 1, 789_080], ids=["short", "long", "411 latents"])
def test_a_bed_has_the_exact_length(ace_step: ACEStep, samples: int) -> None:
    bed = ace_step.compose(BRIEF, samples)
    assert bed.shape == (samples, 2)
    assert bed.dtype == np.float32
    assert 0 < np.abs(bed).max() < 1


def test_equal_briefs_sound_equal_and_others_otherwise(ace_step: ACEStep, models: Path) -> None:
    bed = ace_step.compose(BRIEF, SHORT).tobytes()
    assert bed == ace_step_of(models).compose(BRIEF, SHORT).tobytes()
    changes: list[dict[str, object]] = [{"seed": 5}, {"key": "C"}, {"mode": "minor"}, {"tempo_bpm": 73}]
    beds = {ace_step.compose(BRIEF.model_copy(update=change), SHORT).tobytes() for change in changes}
    assert len({bed, *beds}) == 1 + len(changes)


def test_key_tempo_and_length_reach_the_model(ace_step: ACEStep, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    steps: list[torch.Size] = []
    with ace_step.host.using(ace_step.name, ace_step._load) as pipe:
        worded = pipe._format_prompt

        def listen(**given: Any) -> Any:
            told.extend(texts := worded(**given))
            return texts

        monkeypatch.setattr(pipe, "_format_prompt", listen)
        hook = pipe.transformer.register_forward_pre_hook(
            lambda _module, _args, given: steps.append(given["hidden_states"].shape), with_kwargs=True
        )
        ace_step.compose(BRIEF, LONG)
        ace_step.compose(BRIEF.model_copy(update={"mode": "dorian"}), SHORT)
        hook.remove()
    text, lyrics, short, _ = told
    assert "- bpm: 72\n" in text
    assert "- keyscale: Eb major\n" in text
    assert "- duration: 16 seconds\n" in text
    assert "Eb lydian" in text
    assert "[Instrumental]" in lyrics
    assert "- keyscale: Eb minor\n" in short
    assert "- duration: 10 seconds\n" in short, "no shorter piece was in its training"
    assert [shape[:2] for shape in steps] == [(1, 400)] * STEPS + [(1, 250)] * STEPS


def test_progress_rises_to_the_end(ace_step: ACEStep) -> None:
    told: list[float] = []
    ace_step.compose(BRIEF, SHORT, progress=told.append)
    assert told == sorted(told)
    assert len(told) == STEPS + 1
    assert told[-1] == 1


def test_a_fresh_worker_loads_it_without_bars(models: Path) -> None:
    code = (
        "import sys, pathlib; from webtv.models.host import Host;"
        "from webtv.models.settings import HostSettings;"
        "from webtv.postprocess.music import load_musician;"
        "load_musician('ace_step', Host(HostSettings(folder=pathlib.Path(sys.argv[1])))).check()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(models)], check=True, timeout=300, capture_output=True, text=True
    )
    assert "it/s" not in done.stderr + done.stdout


def test_damaged_and_missing_weights_are_said(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / REPOSITORY / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(EngineError, match="damaged"):
        ace_step_of(tmp_path).check()
    shutil.rmtree(tmp_path / REPOSITORY)
    with pytest.raises(EngineError):
        ace_step_of(tmp_path).check()
