"""What pages of other sites may read: streams and the API of a station that is meant for others only."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from tests.station_process import SMALL_CHANNEL, Answer, StationProcess
from webtv.config import StationConfig
from webtv.web.visitor import is_for_others

ORIGIN = "https://elsewhere.example"
PATHS = ("/api/v1/channels", "/iptv/channels.m3u", "/hls/tides/index.m3u8", "/hls/tides/live.m3u8")


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    keys = {"public_url": "https://tv.example.org"}
    folder = tmp_path_factory.mktemp("public")
    with StationProcess(folder, {"tides": SMALL_CHANNEL}, station=keys) as process:
        yield process.start().wait_on_air()


def parts(station: StationProcess) -> list[Answer]:
    """Lists, playlists, an initialisation segment, a fragment, and a fragment that is not there."""
    lines = station.get("/hls/tides/live.m3u8").text.splitlines()
    init = next(line.split('"')[1] for line in lines if line.startswith("#EXT-X-MAP"))
    paths = (*PATHS, f"/hls/tides/{init}", f"/hls/tides/{lines[-1]}", "/hls/tides/999999999.m4s")
    return [station.get(path, Origin=ORIGIN) for path in paths]


def preflight(station: StationProcess) -> Answer:
    return station.get(
        "/hls/tides/live.m3u8",
        method="OPTIONS",
        Origin=ORIGIN,
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="range",
    )


def test_a_station_that_is_meant_for_others_may_be_played_from_any_page(public: StationProcess) -> None:
    assert [answer.headers["Access-Control-Allow-Origin"] for answer in parts(public)] == ["*"] * 7
    asked_first = preflight(public)
    assert asked_first.status == 204
    assert asked_first.headers["Access-Control-Allow-Origin"] == "*"
    assert "Range" in asked_first.headers["Access-Control-Allow-Headers"]


def test_of_one_that_listens_on_this_machine_alone_no_other_page_reads_anything(
    station: StationProcess,
) -> None:
    for answer in (*parts(station), preflight(station)):
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    assert preflight(station).status == 405


def test_nor_does_any_read_a_fragment_that_is_sent_from_memory(
    public: StationProcess, station: StationProcess
) -> None:
    """By a connection on which a request was answered before: such fragments do not go through aiohttp."""
    for process, allowed in ((public, "*"), (station, None)):
        path = f"/hls/tides/{process.get('/hls/tides/live.m3u8').text.splitlines()[-1]}"
        connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=60)
        for _ in range(3):
            connection.request("GET", path)
            answer = connection.getresponse()
            assert (answer.status, len(answer.read()) > 0) == (200, True)
            assert answer.headers["Access-Control-Allow-Origin"] == allowed
        connection.close()


@pytest.mark.parametrize(
    ("keys", "others"),
    [
        ({}, False),
        ({"http": "[::1]:8800"}, False),
        ({"http": "localhost:8800"}, False),
        ({"http": "0.0.0.0:8800"}, True),
        ({"http": "[::]:8800"}, True),
        ({"http": "192.168.1.9:8800"}, True),
        ({"public_url": "https://tv.example.org"}, True),
        ({"trusted_proxies": ["10.88.0.1"]}, True),
    ],
)
def test_who_is_meant_is_read_off_the_configuration(keys: dict[str, object], others: bool) -> None:
    assert is_for_others(StationConfig.model_validate(keys)) == others
