"""The public API, clips by range, and what odd requests get."""

from __future__ import annotations

import json
import socket
from datetime import datetime
from itertools import pairwise

import pytest

from tests.station_process import StationProcess
from tests.web.conftest import ODD_TITLE

PAST_INT = "9" * 5000
"""More digits than Python turns into a number."""


def a_clip(station: StationProcess) -> str:
    return sorted((station.data / "library" / "tides").glob("*.mp4"))[0].stem


def test_the_api_lists_every_channel_with_what_is_on(station: StationProcess) -> None:
    answer = station.get("/api/v1/channels")
    assert answer.headers["Content-Type"].startswith("application/json")
    listed = {channel["id"]: channel for channel in answer.json()["channels"]}
    assert set(listed) == {"neon", "tides"}
    assert listed["neon"]["title"] == ODD_TITLE
    for channel in listed.values():
        assert channel["on_air"] is True
        assert channel["now"]["title"]
        assert station.get(channel["hls"]).status == 200
        assert station.get(channel["watch"]).status == 200


def test_the_api_tells_now_next_and_before_without_a_gap(station: StationProcess) -> None:
    channel = station.channel("tides")
    run = [*reversed(channel["previous"]), channel["now"], *channel["next"]]
    assert len(channel["next"]) >= 3
    for earlier, later in pairwise(run):
        gap = datetime.fromisoformat(later["start"]) - datetime.fromisoformat(earlier["start"])
        assert gap.total_seconds() == pytest.approx(earlier["seconds"], abs=0.002)
        assert later["slot"] == earlier["slot"] + 1


def test_the_rundown_reaches_minutes_ahead_of_air(station: StationProcess) -> None:
    assert station.channel("tides")["buffered_s"] >= 300


def test_a_station_without_workers_makes_nothing(station: StationProcess) -> None:
    assert station.channel("tides")["making"] == []


def test_the_as_run_log_is_what_went_out_newest_first_in_pages(station: StationProcess) -> None:
    page = station.get("/api/v1/channels/tides/as-run?limit=2").json()["airings"]
    assert len(page) == 2
    rest = station.get(f"/api/v1/channels/tides/as-run?before={page[-1]['slot']}").json()["airings"]
    slots = [airing["slot"] for airing in page + rest]
    assert slots == list(range(slots[0], -1, -1))
    assert page[0]["slot"] <= station.channel("tides")["now"]["slot"]


def test_the_as_run_log_names_what_each_clip_was_made_from(station: StationProcess) -> None:
    airings = station.get("/api/v1/channels/tides/as-run").json()["airings"]
    assert airings[-1]["kind"] == "archive"  # found in the library, not made by this station
    assert airings[-1]["prompts"] == ["a picture that drifts, number 0"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=-1", "before=1e9", f"limit={PAST_INT}"]
)
def test_a_senseless_page_of_the_as_run_log_is_refused_in_words(station: StationProcess, query: str) -> None:
    answer = station.get(f"/api/v1/channels/tides/as-run?{query}")
    assert answer.status == 400
    assert "whole number" in answer.text


def test_a_clip_is_served_whole_and_by_range(station: StationProcess) -> None:
    clip_id = a_clip(station)
    data = (station.data / "library" / "tides" / f"{clip_id}.mp4").read_bytes()
    whole = station.get(f"/clips/{clip_id}.mp4")
    assert (whole.status, whole.body) == (200, data)
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["Accept-Ranges"] == "bytes"
    for wanted, part in (("0-99", data[:100]), ("100-", data[100:]), ("-50", data[-50:])):
        answer = station.get(f"/clips/{clip_id}.mp4", Range=f"bytes={wanted}")
        assert (answer.status, answer.body) == (206, part), wanted
        assert answer.headers["Content-Range"].endswith(f"/{len(data)}")
    beyond = station.get(f"/clips/{clip_id}.mp4", Range=f"bytes={len(data)}-")
    assert beyond.status == 416


def test_a_clip_that_is_not_kept_is_not_found(station: StationProcess) -> None:
    answer = station.get(f"/clips/{'0' * 20}.mp4")
    assert answer.status == 404
    assert "no such clip" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2f..%2fserver.py",
        "/static/css/../../pages.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/" + "a" * 3000,
        "/clips/../webtv.db",
        "/clips/..%2F..%2Fwebtv.db.mp4",
        "/clips/%00.mp4",
        "/clips/ABCDEF.mp4",
        "/hls/../../etc/passwd",
        "/hls/%2e%2e/live.m3u8",
        "/hls/tides/../../lock",
        "/hls/tides/-1.m4s",
        "/hls/tides/1.5.m4s",
        f"/hls/tides/{PAST_INT}.m4s",
        f"/hls/tides/init-{PAST_INT}.mp4",
        "/hls/tides/%D9%A3.m4s",
        "/hls/%F0%9F%93%BA/index.m3u8",
        "/hls/%ff%fe/index.m3u8",
        "/api/v1/channels/%2e%2e%2f",
        "/api/v1/channels/tides%00",
        "/api/v1/channels/<script>",
        "/api/v2/channels",
        "/data/lock",
        "//etc/passwd",
    ],
    ids=lambda path: path[:40],
)
def test_a_path_that_leads_nowhere_is_not_found_and_never_an_error(
    station: StationProcess, path: str
) -> None:
    answer = raw_get(station, path)
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:200]
    assert b"root:" not in answer
    assert b"Traceback" not in answer


@pytest.mark.parametrize("path", ["/static/", "/static/js", "/static/js/"])
def test_a_folder_is_not_listed(station: StationProcess, path: str) -> None:
    assert station.get(path).status == 404


def test_a_request_that_is_no_request_ends_without_harm(station: StationProcess) -> None:
    answer = raw_get(station, "/ HTTP/1.1\r\nContent-Length: minus one\r\nX")
    assert b" 400 " in answer.splitlines()[0]
    assert b"Traceback" not in answer
    assert station.get("/healthz").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed_from_the_public_side(station: StationProcess, method: str) -> None:
    for path in ("/", "/api/v1/channels", "/api/v1/channels/tides", "/hls/tides/live.m3u8"):
        assert station.get(path, method=method, Content_Length="0").status == 405


def test_the_api_speaks_unicode(station: StationProcess) -> None:
    body = station.get("/api/v1/channels/neon").body
    assert json.loads(body)["title"] == ODD_TITLE


def raw_get(station: StationProcess, path: str) -> bytes:
    """The answer to a path that no client would send as it stands."""
    with socket.create_connection(("127.0.0.1", station.port), timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: tv\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer
