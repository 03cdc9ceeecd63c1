"""Twitch's list of servers: what of it is followed, and how a newer one comes here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from webtv.cli.targets.ingests import as_json, refresh
from webtv.config import load_channel, load_station
from webtv.config.ingests import BOOK, FILE_NAME, NEAREST, Ingests, shipped
from webtv.config.streaming import TWITCH, service_of
from webtv.errors import ConfigError, StationError


def ingest(name: str, host: str, priority: int = 0, **more: object) -> dict[str, object]:
    return {
        "_id": priority,
        "availability": 1.0,
        "default": False,
        "name": name,
        "url_template": f"rtmp://{host}/app/{{stream_key}}",
        "priority": priority,
    } | more


NEW = {
    "ingests": [
        ingest("US East: Ashburn, VA (5)", "iad05.contribute.live-video.net", 3),
        ingest("US East: Ashburn, VA (3)", "iad03.contribute.live-video.net", 2),
        ingest(
            "Europe: Germany, Nuremberg",
            "nue01.contribute.live-video.net",
            1,
            url_template_secure="rtmps://nue01.contribute.live-video.net:443/app/{stream_key}",
        ),
        ingest("US East: Nowhere", "gone.contribute.live-video.net", 0, availability=0.0),
        ingest("US East: Trap", "live-trap.example.org", 0),
        ingest("US East: Trap", "live.twitch.tv.example.org", 0),
        ingest("US East: Trap", "live.twitch.tv", 0, url_template="rtmp://live.twitch.tv/app/x"),
    ]
}


@pytest.fixture(autouse=True)
def shipped_again(tmp_path: Path) -> Iterator[None]:
    yield
    BOOK.open(tmp_path / "no such folder")


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A web server that has one page: its address, and the page to change."""
    page = {"body": json.dumps(NEW).encode()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(page.get("status", b"200")))
            self.send_header("Content-Length", str(len(page["body"])))
            self.end_headers()
            self.wfile.write(page["body"])

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=partial(server.serve_forever, 0.02))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ingests", page
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_shipped_list_names_servers_of_twitch_and_no_region_twice() -> None:
    known = shipped()
    assert len(known.ingests) == len({ingest.place for ingest in known.ingests}) == 29
    assert len({ingest.code for ingest in known.ingests}) == 29
    assert known.date
    host = NEAREST.removeprefix("rtmps://").removesuffix("/app")
    assert service_of(host) is TWITCH


@pytest.mark.parametrize(
    ("region", "server"),
    [
        ("fra", "rtmp://live-fra.twitch.tv/app"),
        ("frankfurt", "rtmp://live-fra.twitch.tv/app"),
        ("eu-frankfurt-de", "rtmp://live-fra.twitch.tv/app"),
        ("EU: Frankfurt, DE", "rtmp://live-fra.twitch.tv/app"),
        ("us-west", "rtmp://live-sfo.twitch.tv/app"),
        ("new-york", "rtmp://live-jfk.twitch.tv/app"),
        ("york-city", ""),
        ("", ""),
        ("f", ""),
    ],
)
def test_a_region_is_a_code_or_words_of_a_name(region: str, server: str) -> None:
    found = shipped().find(region)
    assert (found.server if found else "") == server


def test_of_a_list_only_servers_of_twitch_that_are_up_are_followed_and_the_best_first() -> None:
    known = Ingests.parse(json.dumps(NEW))
    assert [ingest.server for ingest in known.ingests] == [
        "rtmps://nue01.contribute.live-video.net:443/app",
        "rtmp://iad03.contribute.live-video.net/app",
        "rtmp://iad05.contribute.live-video.net/app",
    ]
    best = known.find("iad")
    assert best
    assert best.server == "rtmp://iad03.contribute.live-video.net/app"


def test_a_fetched_list_is_used_from_the_next_start_on(
    tmp_path: Path, site: tuple[str, dict[str, bytes]]
) -> None:
    url, _ = site
    key, channel, station = tmp_path / "key", tmp_path / "dreams.yaml", tmp_path / "webtv.yaml"
    key.touch(mode=0o600)
    key.write_text("live_canary\n")
    channel.write_text(
        "title: Dreams\ntheme: sea\ntargets: [{service: twitch, region: nuremberg, key_file: key}]\n"
    )
    station.write_text("data: kept\n")
    load_station(station)
    with pytest.raises(ConfigError, match="Twitch has no such region"):
        load_channel(channel)
    refresh(tmp_path / "kept", url)
    BOOK.open(tmp_path / "no such folder")  # as a new process begins
    load_station(station)
    (target,) = load_channel(channel).targets
    assert target.server_url == "rtmps://nue01.contribute.live-video.net:443/app"
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [FILE_NAME]
    listed = json.loads(as_json(tmp_path / "kept"))
    assert listed["source"] == f"fetched from {url}"
    assert [row["region"] for row in listed["ingests"]] == ["germany", "ashburn", "ashburn"]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ({"body": b"<html>"}, "this is not a list of Twitch's servers"),
        ({"body": b'{"ingests": []}'}, "the list names no server of Twitch's"),
        ({"body": b"\xff" * 10}, "this is not a list of Twitch's servers"),
        ({"body": b" " * 1_100_000}, "it is too long to be a list of servers"),
        ({"status": b"503"}, "503, message='Service Unavailable'"),
    ],
)
def test_what_is_no_list_leaves_the_one_that_was_there(
    tmp_path: Path, site: tuple[str, dict[str, bytes]], page: dict[str, bytes], why: str
) -> None:
    url, served = site
    refresh(tmp_path, url)
    before = (tmp_path / FILE_NAME).read_bytes()
    served |= page
    with pytest.raises(StationError) as caught:
        refresh(tmp_path, url)
    assert f"cannot be fetched from {url}: {why}" in str(caught.value)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_list_that_is_broken_on_disk_gives_way_to_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"ingests": [')
    assert BOOK.open(tmp_path) == shipped()


def test_without_a_network_the_words_say_which_list_stays(tmp_path: Path) -> None:
    with pytest.raises(StationError) as caught:
        refresh(tmp_path, "http://127.0.0.1:1/ingests")
    assert f"The one of {shipped().date} stays in use; try again later" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, site: tuple[str, dict[str, bytes]]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StationError, match=r"cannot be written: .*--data"):
        refresh(tmp_path / "file", site[0])
