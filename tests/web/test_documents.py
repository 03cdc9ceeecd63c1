"""What many ask for: described, named by its content, sent again only where it changed."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.station_process import SMALL_CHANNEL, StationProcess
from webtv.web import api

LISTS = ("/api/v1/channels", "/iptv/channels.m3u", "/iptv/xmltv.xml", "/metrics")
RUNS_ON = "/desk/api/state"


@pytest.mark.parametrize("path", LISTS)
def test_who_has_an_answer_already_is_not_sent_it_again(station: StationProcess, path: str) -> None:
    for _ in range(20):  # an airing may begin between two requests
        first = station.get(path)
        again = station.get(path, **{"If-None-Match": first.headers["ETag"]})
        if again.status == 304:
            break
    assert (again.status, again.body) == (304, b"")
    assert not first.headers["ETag"].startswith("W/")
    assert station.get(path, **{"If-None-Match": '"another"'}).status == 200


@pytest.mark.parametrize("path", [*LISTS, "/api/v1/openapi.json", RUNS_ON])
def test_who_takes_gzip_gets_the_same_in_less(station: StationProcess, path: str) -> None:
    zipped = station.get(path, **{"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in zipped.headers["Vary"]
    plain = station.get(path, **{"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in plain.headers
    if path != RUNS_ON:
        assert zipped.headers["ETag"] != plain.headers["ETag"], "other bytes under one strong name"
    assert len(gzip.decompress(zipped.body)) == pytest.approx(len(plain.body), rel=0.05)


def test_what_runs_on_is_sent_whole_each_time(station: StationProcess) -> None:
    answer = station.get(RUNS_ON, **{"If-None-Match": "*"})
    assert (answer.status, "ETag" in answer.headers) == (200, False)
    assert answer.json()["station"]["uptime_s"] >= 0


@pytest.fixture(scope="module")
def described(station: StationProcess) -> Any:
    return station.get("/api/v1/openapi.json").json()


def test_the_description_is_valid_openapi(described: Any) -> None:
    assert described["openapi"].startswith("3.1")
    validate(described)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/v1/channels", "/api/v1/channels"),
        ("/api/v1/channels/{channel}", "/api/v1/channels/tides"),
        ("/api/v1/channels/{channel}/as-run", "/api/v1/channels/tides/as-run?limit=3"),
        ("/api/v1/engines", "/api/v1/engines"),
    ],
)
def test_every_answer_is_as_described(station: StationProcess, described: Any, path: str, asked: str) -> None:
    answer = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = answer | {"components": described["components"]}
    assert list(Draft202012Validator(schema).iter_errors(station.get(asked).json())) == []
    assert list(Draft202012Validator(schema).iter_errors({})), "anything would be as described"


def test_every_route_of_the_api_is_described(described: Any) -> None:
    routes = {route.path for route in api.routes}  # type: ignore[attr-defined]
    assert routes - {"/api/v1/openapi.json"} == set(described["paths"])


def test_a_channel_keeps_its_number_over_a_restart_and_whatever_comes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("numbers")
    with StationProcess(folder, {"tides": SMALL_CHANNEL}) as process:
        process.start().wait_on_air()
        assert 'tvg-id="tides" tvg-chno="1"' in process.get("/iptv/channels.m3u").text
        (process.channels / "alps.yaml").write_text(json.dumps(SMALL_CHANNEL | {"title": "Alps"}))
        process.wait_for(
            lambda: 'tvg-id="alps" tvg-chno="2"' in process.get("/iptv/channels.m3u").text, "alps is listed"
        )
        process.kill()
        process.start().wait_on_air()
        text = process.get("/iptv/channels.m3u").text
        assert 'tvg-id="tides" tvg-chno="1"' in text
        assert 'tvg-id="alps" tvg-chno="2"' in text
