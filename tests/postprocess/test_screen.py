from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.models.tiny_nsfw import save_nsfw
from webtv.errors import EngineError
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.screen import Screener, load_screener
from webtv.postprocess.screen.sample import Sampler, sampled

PICTURES = [np.full((72, 128, 3), level, np.uint8) for level in (20, 120, 220)]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def screener(models: Path) -> Screener:
    return load_screener("nsfw", Host(HostSettings(folder=models)))


@pytest.mark.parametrize("verdict", ["normal", "nsfw"])
def test_the_probability_is_that_of_the_label_by_its_name(tmp_path: Path, verdict: str) -> None:
    save_nsfw(tmp_path, verdict=verdict)
    probability = screener(tmp_path).judge(PICTURES)
    assert probability > 0.99 if verdict == "nsfw" else 0 <= probability < 0.01


def test_equal_pictures_are_judged_equally_and_the_worst_counts(tmp_path: Path) -> None:
    save_nsfw(tmp_path)
    judge = screener(tmp_path).judge
    alone = [judge([picture]) for picture in PICTURES]
    assert judge(PICTURES) == max(alone)


def test_loading_and_judging_say_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_nsfw(tmp_path)
    capfd.readouterr()
    screener(tmp_path).judge(PICTURES)
    assert capfd.readouterr() == ("", "")


def test_without_pictures_there_is_no_verdict(tmp_path: Path) -> None:
    save_nsfw(tmp_path)
    with pytest.raises(EngineError, match="one picture at least"):
        screener(tmp_path).judge([])


def test_missing_weights_are_told_with_the_command_that_gets_them(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="webtv models pull nsfw"):
        screener(tmp_path).check()


def test_damaged_weights_are_told_with_the_command_that_gets_them(tmp_path: Path) -> None:
    save_nsfw(tmp_path)
    weights = next(tmp_path.rglob("model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(EngineError, match="webtv models pull nsfw"):
        screener(tmp_path).check()


def test_a_classifier_of_other_things_is_refused(tmp_path: Path) -> None:
    save_nsfw(tmp_path)
    path = next(tmp_path.rglob("config.json"))
    config = json.loads(path.read_text()) | {"id2label": {"0": "cat", "1": "dog"}}
    path.write_text(json.dumps(config))
    with pytest.raises(EngineError, match="no label 'nsfw'"):
        screener(tmp_path).check()


def test_a_classifier_that_answers_nonsense_gives_no_verdict(tmp_path: Path) -> None:
    save_nsfw(tmp_path)
    judging = screener(tmp_path)
    with judging.host.using("nsfw", judging._load) as classifier, torch.no_grad():  # type: ignore[attr-defined]
        classifier.model.classifier.bias.fill_(float("nan"))
    with pytest.raises(EngineError, match="answers nan"):
        judging.judge(PICTURES)


@pytest.mark.parametrize(
    ("frames", "fps", "numbers"),
    [
        (384, 30, [27, 82, 137, 192, 246, 301, 356]),
        (96, 30, [12, 36, 60, 84]),
        (3, 30, [0, 1, 2]),
    ],
)
def test_a_picture_is_looked_at_for_every_two_seconds_and_four_at_least(
    frames: int, fps: int, numbers: list[int]
) -> None:
    assert sampled(frames, fps) == numbers


def test_sampled_pictures_are_copies_that_later_work_does_not_change() -> None:
    sampler = Sampler(96, 30)
    shared = np.zeros((4, 4, 3), np.uint8)
    for number, picture in enumerate(sampler.watching(iter([shared] * 96))):
        picture[:] = number
    assert [int(picture[0, 0, 0]) for picture in sampler.kept] == [11, 35, 59, 83]
