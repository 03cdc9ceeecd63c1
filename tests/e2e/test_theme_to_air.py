"""A theme becomes a clip in a real worker, and the clip goes on air."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.media_playlist import window
from webtv.domain import Manifest, RenderOrder
from webtv.media.fmp4 import read_index
from webtv.models.settings import HostSettings
from webtv.postprocess.inspect import inspect
from webtv.render.messages import EVENT, Finished, Heartbeat, Progressed, RenderRequest, Started


@pytest.fixture(scope="module")
def aired(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Path, dict[str, object], list[bytes]]:
    """The first generated clip that went on air: manifest, file, its line in the API, its segments."""
    folder = tmp_path_factory.mktemp("air") / "station"
    with StationProcess(folder, {"tides": SMALL_CHANNEL}, workers=1) as station:
        station.start().wait_on_air()

        def fresh() -> dict[str, object] | None:
            station.get("/hls/tides/live.m3u8")  # somebody watches
            now: dict[str, object] = station.channel("tides")["now"]
            return now if now["kind"] == "fresh" else None

        now = station.wait_for(fresh, "a generated clip is on air", timeout_s=300)
        segments = list(window(station, "tides").values())
        path = station.data / "library" / "tides" / f"{now['clip_id']}.mp4"
        assert station.get(str(now["clip"])).body == path.read_bytes()
        return Manifest.model_validate_json(path.with_suffix(".json").read_bytes()), path, now, segments


def test_a_generated_clip_goes_on_air_and_the_api_tells_what_it_was_made_of(
    aired: tuple[Manifest, Path, dict[str, object], list[bytes]],
) -> None:
    manifest, path, now, segments = aired
    assert now["prompts"] == list(manifest.prompts)
    assert now["engines"] == manifest.engines
    assert now["title"] == manifest.title
    # On air its pictures and its sound are the file's own bytes: only the times in front of them are moved.
    index = read_index(path)
    data = path.read_bytes()
    first = data[index.fragments[0].offset :][: index.fragments[0].size]
    payload = first[first.index(b"mdat") :]
    assert any(segment.endswith(payload) for segment in segments)


def test_its_manifest_tells_engines_prompts_and_seeds(
    aired: tuple[Manifest, Path, dict[str, object], list[bytes]],
) -> None:
    manifest, path, _, _ = aired
    assert set(manifest.engines) >= {"writer", "video", "interpolator", "musician", "conform"}
    versioned = [engine for step, engine in manifest.engines.items() if step != "writer"]
    assert all(re.fullmatch(r"\S+ \S+", engine) for engine in versioned), manifest.engines
    assert manifest.order is not None
    assert manifest.prompts == tuple(shot.prompt for shot in manifest.order.script.shots)
    assert all(shot.seed > 0 for shot in manifest.order.script.shots)
    assert manifest.order.id == manifest.id
    assert manifest.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest.bytes == path.stat().st_size
    assert manifest.theme_revision


def test_it_is_as_loud_as_the_station_and_never_too_loud(
    aired: tuple[Manifest, Path, dict[str, object], list[bytes]],
) -> None:
    manifest, path, _, _ = aired
    measured = inspect(path, HOUSE, manifest.quanta).loudness
    assert manifest.loudness == measured
    assert measured.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert measured.true_peak_dbtp <= -1.5


def test_the_same_order_makes_the_same_bytes_in_any_process(
    aired: tuple[Manifest, Path, dict[str, object], list[bytes]], tmp_path: Path
) -> None:
    """What the station's worker made is made again by another one with another hash seed."""
    manifest, path, _, _ = aired
    assert manifest.order is not None
    assert made_by_a_worker(manifest.order, tmp_path).sha256 == manifest.sha256
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def made_by_a_worker(order: RenderOrder, folder: Path) -> Manifest:
    request = RenderRequest(order=order, folder=folder)
    with subprocess.Popen(
        [sys.executable, "-m", "webtv.render.worker", str(os.getpid())],
        env=os.environ | {"PYTHONHASHSEED": "4711"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(f"{HostSettings().model_dump_json()}\n{request.model_dump_json()}\n")
        worker.stdin.flush()
        events = (EVENT.validate_json(line) for line in worker.stdout)
        answer = next(event for event in events if not isinstance(event, Started | Progressed | Heartbeat))
        worker.stdin.close()
    assert isinstance(answer, Finished), answer
    return answer.manifest
