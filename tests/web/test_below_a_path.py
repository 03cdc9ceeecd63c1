"""The station below a path of a real nginx, in a real browser: all plays, nothing is asked for elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.ingests import free_port
from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.browser import Viewer, chromium
from tests.web.proxies import nginx

TOKEN = "canary-0123456789abcdef"  # noqa: S105 - of no desk
PROXY = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    server {{
        listen 127.0.0.1:{port};
        location /tv/ {{
            proxy_pass http://127.0.0.1:{station}/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_buffering off;
        }}
    }}
}}
"""
PLAYS = (
    "() => [...document.querySelectorAll('video')].some((video) => video.currentTime > 0.5 && !video.paused)"
)


@dataclass
class Below:
    """A station below ``url``, and what the proxy's visitors asked for."""

    url: str
    station: StationProcess


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Below]:
    folder: Path = tmp_path_factory.mktemp("below")
    port = free_port()
    url = f"http://127.0.0.1:{port}/tv"
    (folder / "token").touch(mode=0o600)
    (folder / "token").write_text(TOKEN)
    keys = {"public_url": url, "desk": {"token_file": str(folder / "token")}}
    channels = dict.fromkeys(("tides", "neon"), SMALL_CHANNEL)
    with StationProcess(folder / "station", channels, station=keys) as station:
        for name in channels:
            seed_library(station.data, name, (54, 57, 54), HOUSE)
        station.start().wait_on_air()
        configuration = PROXY.format(folder=folder, port=port, station=station.port)
        with nginx(configuration, folder, "127.0.0.1", port):
            yield Below(url, station)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def visit(browser: Browser, below: Below) -> tuple[Viewer, list[str]]:
    """A visitor at the front page, and the list of paths that will be asked for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith("http"):
            asked.append(urlsplit(request.url).path)

    viewer = Viewer.at(browser, "about:blank")
    viewer.page.on("request", note)
    viewer.page.goto(f"{below.url}/")
    return viewer, asked


def test_pages_streams_and_clips_stay_below_the_path(browser: Browser, below: Below) -> None:
    viewer, asked = visit(browser, below)
    page = viewer.page
    page.wait_for_function(PLAYS)
    page.get_by_role("link", name="Tides").first.click()
    page.wait_for_url("**/tv/watch/*")
    page.wait_for_function(PLAYS)
    page.keyboard.press("ArrowUp")
    page.wait_for_function(
        "() => location.pathname === '/tv/watch/neon' || location.pathname === '/tv/watch/tides'"
    )
    page.reload()
    page.wait_for_function(PLAYS)
    manifest = page.evaluate(
        "async () => { const link = document.querySelector('link[rel=manifest]').href;"
        " const said = await (await fetch(link)).json();"
        " const named = [said.start_url, said.scope, said.icons[0].src];"
        " return named.map((path) => new URL(path, link).pathname); }"
    )
    assert manifest == ["/tv/", "/tv/", "/tv/static/favicon.svg"]
    assert [path for path in asked if not path.startswith("/tv/")] == []
    assert any(path.endswith(".m4s") for path in asked)
    assert viewer.errors == []
    page.context.close()


def test_the_desk_works_below_the_path_and_its_cookie_is_sent_there_alone(
    browser: Browser, below: Below
) -> None:
    viewer, asked = visit(browser, below)
    page = viewer.page
    page.goto(f"{below.url}/desk/")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Open the desk").click()
    expect(page.locator("[data-part=connection]")).to_have_text("Live")
    page.wait_for_function(PLAYS)
    (cookie,) = page.context.cookies()
    assert cookie["path"] == "/tv/desk/api"
    page.reload()
    expect(page.locator("[data-part=connection]")).to_have_text("Live")
    assert [path for path in asked if not path.startswith("/tv/")] == []
    page.context.close()


def test_lists_name_addresses_below_the_path(below: Below) -> None:
    lines = below.station.get("/iptv/channels.m3u").text.splitlines()
    assert f'url-tvg="{below.url}/iptv/xmltv.xml"' in lines[0]
    addresses = [line for line in lines if not line.startswith("#")]
    assert sorted(addresses) == [f"{below.url}/hls/{name}/index.m3u8" for name in ("neon", "tides")]
    index = below.station.get("/hls/tides/index.m3u8").text
    assert not [line for line in index.splitlines() if line.startswith("/") or "://" in line]
