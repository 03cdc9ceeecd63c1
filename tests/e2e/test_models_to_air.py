"""Clips of every model engine go on air: the real classes of the libraries, with tiny random weights."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from rich.console import Console

from tests.models.all_weights import save_all
from tests.openai_server import FakeOpenAI, listening
from tests.spaces import running_apps
from tests.station_process import StationProcess
from webtv.cli.status.show import view
from webtv.cli.where import Where
from webtv.config import HttpAddress

Engines = dict[str, str]

CHANNELS: dict[str, Engines] = {
    "zeroscope": {
        "writer": "openai", "video": "zeroscope", "interpolator": "film", "musician": "musicgen",
    },
    "ltx": {"writer": "grammar", "video": "ltx", "interpolator": "film", "musician": "ace_step"},
    "wan": {"writer": "grammar", "video": "wan", "interpolator": "flow", "musician": "musicgen_audiocraft"},
    "space": {"writer": "grammar", "video": "space", "interpolator": "flow", "musician": "synth"},
}  # fmt: skip
"""Engines of each channel, without any to fall back to."""
_PATIENCE_S = 600.0
"""All channels' first clips from one worker, which loads all libraries; other tests use the machine too."""


def channel(engines: dict[str, Any]) -> dict[str, object]:
    return {
        "title": "Tides",
        "theme": "Bioluminescent tides under a slow aurora",
        "clip_seconds": 4,
        "shots_per_clip": 2,
        "engines": engines,
        "format": {"width": 128, "height": 72, "video_kbps": 200},
        "schedule": {"fresh_ahead_s": 10, "no_repeat_s": 0, "stock_s": 10, "bumper_every_s": 0},
    }


@contextmanager
def language_model() -> Iterator[FakeOpenAI]:
    """An OpenAI-compatible server on a thread of its own."""
    server, up, over = FakeOpenAI(), Event(), Event()

    async def serve() -> None:
        async with listening(server):
            up.set()
            await asyncio.to_thread(over.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert up.wait(60)
        yield server
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def aired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """The manifest of the first generated clip of each channel that went on air."""
    folder = tmp_path_factory.mktemp("air")
    channels = {name: channel(engines) for name, engines in CHANNELS.items()}
    manifests: dict[str, dict[str, Any]] = {}
    with running_apps(folder) as apps, language_model() as writer:
        given = {
            "models": str(save_all(folder / "models")),
            "accept_noncommercial": True,
            "devices": ["cpu"],
            "openai": {"model": "scribe", "base_url": writer.url},
            "space": {"url": f"{apps}/film"},
        }
        with StationProcess(folder / "station", channels, workers=1, station=given) as station:
            station.start().wait_on_air()

            def all_aired() -> bool:
                for name in CHANNELS.keys() - manifests.keys():
                    station.get(f"/hls/{name}/live.m3u8")  # somebody watches
                    now = station.channel(name)["now"]
                    if now["kind"] == "fresh":
                        path = station.data / "library" / name / f"{now['clip_id']}.json"
                        manifests[name] = json.loads(path.read_text())
                return not CHANNELS.keys() - manifests.keys()

            station.wait_for(all_aired, "a clip of each model is on air", timeout_s=_PATIENCE_S)
            assert not libraries_of(station.pid), "the daemon loaded a model library"
            checked = set(writer.moderated)
        prompts = manifests["zeroscope"]["prompts"]
        assert checked.issuperset([*prompts, manifests["zeroscope"]["title"]]), "unchecked text went on air"
        yield manifests


def libraries_of(pid: int) -> set[str]:
    """The model libraries whose code is mapped into a process."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {name for name in ("libtorch", "tokenizers", "safetensors") if name in maps}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CHANNELS)
def test_a_clip_of_each_model_goes_on_air_and_its_manifest_names_its_engines(
    aired: dict[str, dict[str, Any]], name: str
) -> None:
    engines = aired[name]["engines"]
    assert {step: engines[step].split()[0] for step in CHANNELS[name]} == CHANNELS[name]
    assert engines["screener"].split()[0] == "nsfw"


def test_without_weights_the_stand_ins_air_and_the_log_says_what_to_do(tmp_path: Path) -> None:
    engines = {"video": ["zeroscope", "procedural"], "musician": ["ace_step", "synth"]}
    with StationProcess(tmp_path / "station", {"tides": channel(engines)}, workers=1) as station:
        station.start().wait_on_air()

        def fresh() -> Any:
            station.get("/hls/tides/live.m3u8")
            now = station.channel("tides")["now"]
            return now if now["kind"] == "fresh" else None

        made_by = station.wait_for(fresh, "a generated clip is on air", timeout_s=_PATIENCE_S)["engines"]
        assert made_by["video"].split()[0] == "procedural"
        assert made_by["musician"].split()[0] == "synth"
        engines_now = station.get("/api/v1/engines").json()["engines"]
        down = {entry["engine"] for entry in engines_now if not entry["up"]}
        assert down >= {"ace_step", "nsfw"}
        told = StringIO()
        Console(file=told, width=120).print(view(Where(HttpAddress(host="127.0.0.1", port=station.port))))
        assert "musician ace_step on cpu rests" in told.getvalue()
        unused, resting = station.logged("engine is not used"), station.logged("engine rests")
    reasons = {entry["engine"]: entry["error"] for entry in unused + resting}
    assert "accept_noncommercial: true" in reasons["zeroscope"]
    assert "run `webtv models pull ace_step`" in reasons["ace_step"]
    assert "run `webtv models pull nsfw`" in reasons["nsfw"]
