"""``webtv models`` as people and scripts use it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.models.hub import Hub, Repository
from tests.models.tiny_musicgen import save_musicgen
from tests.models.tiny_nsfw import save_nsfw
from webtv.cli.models.pull import pull_for
from webtv.cli.models.table import as_json, show
from webtv.cli.models.trial import check_engines
from webtv.config import StationConfig
from webtv.errors import WebtvError
from webtv.models.catalogue import with_weights

NSFW = "Falconai/nsfw_image_detection"
FILM = "dajes/frame-interpolation-pytorch"
LICENCE = (
    "zeroscope's weights (cerspense/zeroscope_v2_576w) are CC-BY-NC-4.0: not for commercial use. "
    "Set `accept_noncommercial: true` in webtv.yaml if that suits you"
)
CHANNEL = "title: Dreams\ntheme: slow rivers\n"


@pytest.fixture
def station(tmp_path: Path) -> StationConfig:
    (tmp_path / "channels").mkdir()
    return StationConfig().override(models=tmp_path / "models", channels=tmp_path / "channels")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    torch.set_num_threads(1)
    yield


async def webtv(*arguments: str, folder: Path, **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "webtv", *arguments),
        cwd=folder,
        env=clean | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 300)
    return process.returncode or 0, out.decode(), err.decode()


def listed(station: StationConfig) -> dict[str, dict[str, object]]:
    return {row["repository"]: row for row in json.loads(as_json(station))}


def test_the_list_tells_of_every_engine_what_it_needs_and_what_is_here(station: StationConfig) -> None:
    (station.models / NSFW).mkdir(parents=True)
    (station.models / NSFW / "config.json").write_text("{}")
    rows = listed(station)
    assert {row["engine"] for row in json.loads(as_json(station))} == set(with_weights())
    assert rows[NSFW] == {
        "engine": "nsfw",
        "step": "screener",
        "repository": NSFW,
        "gigabytes": 0.35,
        "licence": "Apache-2.0",
        "commercial": True,
        "vram_gb": 1,
        "state": "present",
        "accepted": True,
        "revision": "",
        "missing_libraries": [],
    }
    assert rows["Wan-AI/Wan2.1-T2V-1.3B-Diffusers"]["state"] == "missing"


def test_weights_are_here_or_not_whether_their_licence_is_accepted_or_not(station: StationConfig) -> None:
    (station.models / "cerspense/zeroscope_v2_XL").mkdir(parents=True)
    (station.models / "cerspense/zeroscope_v2_XL/model_index.json").write_text("{}")
    for accepted in (False, True):
        rows = listed(station.model_copy(update={"accept_noncommercial": accepted}))
        assert rows["cerspense/zeroscope_v2_XL"]["state"] == "present"
        assert rows["cerspense/zeroscope_v2_576w"]["state"] == "missing"
        assert rows["cerspense/zeroscope_v2_576w"]["accepted"] == accepted
        assert rows["Wan-AI/Wan2.1-T2V-1.3B-Diffusers"]["accepted"]


def test_the_table_fits_a_narrow_terminal_and_says_what_its_mark_means(
    station: StationConfig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    show(station)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(len, shown.splitlines())) <= 80
    assert "musicgen_audiocraft" in shown
    assert "CC-BY-NC-4.0 *" in shown
    assert "* not for commercial use: needs `accept_noncommercial: true` in webtv.yaml" in shown


async def test_pull_and_list_over_the_command_line(tmp_path: Path) -> None:
    async with Hub() as hub:
        repository = hub.repositories[NSFW] = Repository()
        commit = repository.commit({"config.json": b"{}", "model.safetensors": bytes(200_000)})
        code, out, err = await webtv("models", "pull", "nsfw", folder=tmp_path, HF_ENDPOINT=hub.address)
        assert (code, out, err) == (0, f"{NSFW} at {commit[:12]}: 2 files, 0.00 GB, 2 fetched\n", "")
        (tmp_path / "models" / NSFW / "model.safetensors").write_bytes(b"short")
        code, out, _ = await webtv("models", "list", "--json", folder=tmp_path)
        row = next(row for row in json.loads(out) if row["engine"] == "nsfw")
        assert (row["state"], row["revision"]) == ("incomplete", commit)
        code, out, _ = await webtv("models", "pull", "nsfw", folder=tmp_path, HF_ENDPOINT=hub.address)
        assert out.endswith("2 files, 0.00 GB, 1 fetched\n")


def test_nothing_of_a_licence_that_is_not_accepted_is_pulled(station: StationConfig) -> None:
    with pytest.raises(WebtvError) as caught:
        pull_for(station, ["nsfw", "zeroscope"], update=False)
    assert str(caught.value) == LICENCE
    assert not station.models.exists()


def test_the_channels_say_what_is_pulled_when_nothing_is_named(station: StationConfig) -> None:
    (station.channels / "dreams.yaml").write_text(CHANNEL + "engines:\n  video: [zeroscope, procedural]\n")
    with pytest.raises(WebtvError, match=r"^zeroscope's weights \(cerspense/zeroscope_v2_576w\)"):
        pull_for(station, [], update=False)


def test_channels_that_need_no_weights_are_told_so(
    station: StationConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    (station.channels / "dreams.yaml").write_text(CHANNEL)
    (station.channels / "off.yaml").write_text(CHANNEL + "enabled: false\nengines:\n  video: zeroscope\n")
    pull_for(station, [], update=False)
    assert " ".join(capsys.readouterr().err.split()) == (
        "The channels name no engine that needs weights; name one, or see `webtv models list`."
    )


def test_a_mistyped_engine_is_answered_with_the_nearest(station: StationConfig) -> None:
    with pytest.raises(WebtvError) as caught:
        pull_for(station, ["zeroscop"], update=False)
    assert str(caught.value) == "no engine called 'zeroscop' needs weights; did you mean 'zeroscope'?"
    with pytest.raises(WebtvError) as caught:
        check_engines(station, ["sinth"], None)
    assert str(caught.value) == "there is no engine called 'sinth'; did you mean 'synth'?"


def test_check_has_engines_work_and_prints_what_it_took(
    station: StationConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = station.model_copy(update={"accept_noncommercial": True})
    save_musicgen(accepted.models)
    save_nsfw(accepted.models)
    capsys.readouterr()
    assert check_engines(accepted, ["procedural", "flow", "musicgen", "nsfw"], "cpu")
    lines = capsys.readouterr().out.splitlines()
    figures = r"in \d+\.\d s, \d+\.\d\d s of it a second, \d+\.\d\d GB at most"
    works = ("a take of 24 frames, .*", "30 pictures, 128x72,", "4 s of music", r"4 pictures judged .*")
    told = [line for line in lines if re.search(figures, line)]
    for name, line, work in zip(("procedural", "flow", "musicgen", "nsfw"), told, works, strict=True):
        assert re.fullmatch(rf"{name} \d+ on cpu: loaded in \d+\.\d s, {work} {figures}", line), line


async def test_check_tells_why_an_engine_cannot_work_and_goes_on_with_the_next(tmp_path: Path) -> None:
    code, out, err = await webtv("models", "check", "film", "synth", folder=tmp_path)
    assert code == 1
    first, second = out.splitlines()
    assert first == f"film on cpu: weights of {FILM} are missing: run `webtv models pull film`"
    assert second.startswith("synth 1 on cpu: loaded in ")
    assert "Traceback" not in err


def test_damaged_weights_are_found_by_check(
    station: StationConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = station.model_copy(update={"accept_noncommercial": True})
    save_musicgen(accepted.models)
    file = accepted.models / "facebook/musicgen-melody/model.safetensors"
    file.write_bytes(file.read_bytes()[:5000])
    capsys.readouterr()
    assert not check_engines(accepted, ["musicgen"], "cpu")
    text = "musicgen on cpu: its weights are damaged or incomplete: run `webtv models pull musicgen`"
    assert text in capsys.readouterr().out


def test_a_device_that_is_not_here_is_told(
    station: StationConfig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not check_engines(station, ["procedural"], "cuda:99")
    assert re.fullmatch(
        r"procedural on cuda:99: cannot use cuda:99 here \(.*\): set `devices` in webtv\.yaml\n",
        capsys.readouterr().out,
    )
    with pytest.raises(WebtvError) as caught:
        check_engines(station, ["procedural"], "gpu")
    assert str(caught.value) == "--device: expected cpu, or a GPU as cuda:0, found 'gpu'"
