"""The pictures of the docs: a minute of a real station's output, its pages in a real browser, its status.

``python -m bench.pictures`` starts a station with the shipped channels, waits until it has clips, and writes
``docs/minute.jpg``, ``docs/pages.jpg``, ``docs/desk.jpg`` and ``docs/status.svg``.
"""

from __future__ import annotations

import io
from pathlib import Path

import av
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console

from bench.browser import CHROMIUM, FLAGS
from bench.stage import OnAir, folder, on_air
from webtv.cli.status.show import view
from webtv.config import HttpAddress

DOCS = Path(__file__).parent.parent / "docs"
CHANNELS = Path(__file__).parent.parent / "channels"

_CHANNEL = "dreams"
_COLUMNS, _ROWS, _EVERY_S = 6, 4, 2.5
_TILE = (320, 180)
_STOCK_S = 64.0
_GAP = 24


def main() -> None:
    with folder() as place:
        (place / "webtv.yaml").touch()
        _take(place)


def _take(place: Path) -> None:
    with on_air(place, channels=CHANNELS) as station:
        station.wait_ready(120)
        station.wait_for(lambda: _stocked(station), 600, "a minute of clips", 1.0)
        _minute(station).save(DOCS / "minute.jpg", quality=86, optimize=True)
        _pages(station).save(DOCS / "pages.jpg", quality=88, optimize=True)
        _desk(station).save(DOCS / "desk.jpg", quality=88, optimize=True)
        (DOCS / "status.svg").write_text(_status(station))


def _stocked(station: OnAir) -> bool:
    station.get(f"/hls/{_CHANNEL}/live.m3u8")  # a channel that nobody watches rests early
    channels = station.json("/api/v1/channels")["channels"]
    return all(station.json(f"/api/v1/channels/{c['id']}")["clips"] * 12.8 >= _STOCK_S for c in channels)


def _minute(station: OnAir) -> Image.Image:
    """One picture every 2.5 s of what the channel sends, in rows."""
    sheet = Image.new("RGB", (_COLUMNS * _TILE[0], _ROWS * _TILE[1]))
    shown = 0
    with av.open(f"{station.url}/hls/{_CHANNEL}/index.m3u8") as stream:
        for frame in stream.decode(video=0):
            if frame.time is None or frame.time - (stream.start_time or 0) / 1e6 < shown * _EVERY_S:
                continue
            tile = frame.to_image(width=_TILE[0], height=_TILE[1])
            sheet.paste(tile, (shown % _COLUMNS * _TILE[0], shown // _COLUMNS * _TILE[1]))
            shown += 1
            if shown == _COLUMNS * _ROWS:
                break
    return sheet


def _pages(station: OnAir) -> Image.Image:
    """Overview and channel, each on a desktop and on a phone, side by side."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        wide = (1280, 800)
        shots = [
            _shot(browser, f"{station.url}/", wide, touch=False),
            _shot(browser, f"{station.url}/watch/{_CHANNEL}", wide, touch=False),
            _shot(browser, f"{station.url}/", (390, 844), touch=True),
            _shot(browser, f"{station.url}/watch/{_CHANNEL}", (390, 844), touch=True),
        ]
        browser.close()
    return _in_a_row(shots, height=480)


def _desk(station: OnAir) -> Image.Image:
    """The desk's overview and one channel of it on a desktop, and the channel on a phone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shots = [
            _shot(browser, f"{station.url}/desk", (1280, 900), touch=False),
            _shot(browser, f"{station.url}/desk#/channel/{_CHANNEL}", (1280, 900), touch=False),
            _shot(browser, f"{station.url}/desk#/channel/{_CHANNEL}", (390, 844), touch=True),
        ]
        browser.close()
    return _in_a_row(shots, height=560)


def _in_a_row(shots: list[Image.Image], *, height: int) -> Image.Image:
    scaled = [shot.resize((round(shot.width * height / shot.height), height)) for shot in shots]
    sheet = Image.new("RGB", (sum(s.width for s in scaled) + _GAP * (len(scaled) - 1), height), "white")
    left = 0
    for shot in scaled:
        sheet.paste(shot, (left, 0))
        left += shot.width + _GAP
    return sheet


def _status(station: OnAir) -> str:
    """What ``webtv status --watch`` shows on a wide terminal, as SVG."""
    host, _, port = station.url.removeprefix("http://").rstrip("/").rpartition(":")
    console = Console(record=True, width=132, file=io.StringIO(), force_terminal=True)
    console.print(view(HttpAddress(host=host, port=int(port))))
    return console.export_svg(title="webtv status --watch")


def _shot(browser: Browser, url: str, size: tuple[int, int], *, touch: bool) -> Image.Image:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, has_touch=touch, is_mobile=touch)
    page.goto(url)
    page.wait_for_timeout(9000)
    if touch and "/watch/" in url:  # on the overview a tap opens a channel
        page.touchscreen.tap(size[0] / 2, size[1] * 0.75)
    elif not touch:
        page.mouse.move(300, 300)
    page.wait_for_timeout(700)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return image


if __name__ == "__main__":
    main()
