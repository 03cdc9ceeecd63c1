"""A viewer with headless Chromium on ``/watch/<channel>``: what it saw and heard over many joints.

The station has a small archive of short, real clips, so that joints come often. The figures are the page's
own (``window.webtv.stats()``) and the browser's.
"""

from __future__ import annotations

import shutil
import time
from datetime import datetime
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.library import make_clips, stock
from bench.stage import OnAir, folder, make_station, on_air
from bench.table import RESULTS, Figure, report
from webtv.domain import HouseFormat

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]

_CHANNEL = "watched"
_CLIP_S = 8.0
_POLL_S = 0.5
_PLAYS_S = 30.0
_PROBE = """() => ({
    ...window.webtv.stats(),
    audioBytes: window.webtv.video.webkitAudioDecodedByteCount,
    videoBytes: window.webtv.video.webkitVideoDecodedByteCount,
    frames: window.webtv.video.getVideoPlaybackQuality().totalVideoFrames,
    wallMs: window.webtv.player.wallTimeMs,
    gaps: window.webtv.video.buffered.length,
})"""


def main(*, quick: bool) -> None:
    seconds, clips = (8.0, 1) if quick else (300.0, 4)
    house = HouseFormat()
    with folder() as place:
        (place / "clips").mkdir()
        manifests = make_clips(place / "clips", clips, house, seconds=_CLIP_S, shots=1)
        stock(place / "data", place / "clips", manifests, [_CHANNEL])
        channel = {"title": "Watched", "theme": "anything", "schedule": {"no_repeat_s": 0}}
        make_station(place, {_CHANNEL: channel}, workers=0, log={"level": "warning"})
        with on_air(place) as station:
            station.wait_ready(60)
            samples, errors = _watch(station, seconds)
            joints = _joints(station, samples[0]["wallMs"], samples[-1]["wallMs"])
    last = samples[-1]
    waits = sum(sample["state"] != "playing" for sample in samples)
    report(
        "browser",
        f"Headless Chromium for {seconds:.0f} s",
        [
            Figure("joints played", joints, "", "≥ 20"),
            Figure("stalls", last["stalls"], "", "0"),
            Figure("decode errors", last["decodeErrors"], "", "0"),
            Figure(f"polls (each {_POLL_S} s) that found it not playing", waits, "", "0"),
            Figure("buffered ranges, most at once", max(sample["gaps"] for sample in samples), "", "1"),
            Figure("media time played in the same wall time", _pace(samples), "x"),
            Figure("sound decoded", last["audioBytes"] / 1e6, "MB", "> 0"),
            Figure("picture decoded", last["videoBytes"] / 1e6, "MB"),
            Figure("picture's width", last["videoWidth"], "px", f"{house.width} px"),
            Figure("picture's height", last["videoHeight"], "px", f"{house.height} px"),
            Figure("frames dropped by the browser", 100 * last["droppedFrames"] / last["frames"], "%"),
            Figure("errors in the console", len(errors), "", "0"),
        ],
        quick=quick,
        details={"console": errors, "samples": samples},
    )


def _watch(station: OnAir, seconds: float) -> tuple[list[dict[str, Any]], list[str]]:
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=FLAGS,
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{station.url}/watch/{_CHANNEL}")
        _wait_until_it_plays(page, errors)
        samples = _samples(page, seconds)
        RESULTS.mkdir(exist_ok=True)
        page.screenshot(path=RESULTS / "browser.png")
        browser.close()
    return samples, errors


def _wait_until_it_plays(page: Page, errors: list[str]) -> None:
    # Not by wait_for_function: the page's own policy forbids what that does.
    began = time.monotonic()
    while page.evaluate("window.webtv?.stats().state") != "playing":
        if time.monotonic() > began + _PLAYS_S:
            said = page.evaluate("window.webtv?.stats()")
            raise RuntimeError(f"nothing plays after {_PLAYS_S:.0f} s: {said}; console: {errors}")
        page.wait_for_timeout(100)


def _samples(page: Page, seconds: float) -> list[dict[str, Any]]:
    samples, began = [], time.monotonic()
    while time.monotonic() - began < seconds:
        samples.append(page.evaluate(_PROBE) | {"at_s": time.monotonic() - began})
        page.wait_for_timeout(1000 * _POLL_S)
    return samples


def _pace(samples: list[dict[str, Any]]) -> float:
    first, last = samples[0], samples[-1]
    return float((last["currentTime"] - first["currentTime"]) / (last["at_s"] - first["at_s"]))


def _joints(station: OnAir, from_ms: float, until_ms: float) -> int:
    """Airings that began between two moments of the viewer's picture."""
    airings = station.json(f"/api/v1/channels/{_CHANNEL}/as-run?limit=500")["airings"]
    starts_ms = [datetime.fromisoformat(airing["start"]).timestamp() * 1000 for airing in airings]
    return sum(from_ms < start_ms <= until_ms for start_ms in starts_ms)
