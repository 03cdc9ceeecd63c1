"""What IPTV players, load balancers and Prometheus read."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.station_process import SMALL_CHANNEL, StationProcess
from tests.web.conftest import ODD_TITLE
from webtv.playlist.keeper import AHEAD_S

NAMES = {"neon", "tides"}
METRICS_OLD_S = 0.6
"""They may be half a second old."""


def programmes(station: StationProcess) -> dict[str, list[ElementTree.Element]]:
    guide = ElementTree.fromstring(station.get("/iptv/xmltv.xml").body)  # noqa: S314 - our own server's
    found: dict[str, list[ElementTree.Element]] = {}
    for programme in guide.iter("programme"):
        found.setdefault(programme.attrib["channel"], []).append(programme)
    return found


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S %z")


def test_the_channel_list_names_every_channel_where_it_can_be_played(station: StationProcess) -> None:
    answer = station.get("/iptv/channels.m3u", Host="tv.example:8800")
    assert answer.headers["Content-Type"].startswith("audio/x-mpegurl")
    lines = answer.text.splitlines()
    assert lines[0] == '#EXTM3U url-tvg="http://tv.example:8800/iptv/xmltv.xml"'
    entries = list(zip(lines[1::2], lines[2::2], strict=True))
    assert {re.search(r'tvg-id="([^"]*)"', tags)[1] for tags, _ in entries} == NAMES  # type: ignore[index]
    for tags, url in entries:
        assert re.fullmatch(r'#EXTINF:-1( [a-z-]+="[^"]*")+,[^,"]+', tags), tags
        assert station.get(url.removeprefix("http://tv.example:8800")).status == 200


def test_the_guide_is_well_formed_whatever_a_title_holds(station: StationProcess) -> None:
    answer = station.get("/iptv/xmltv.xml")
    assert answer.headers["Content-Type"].startswith("application/xml")
    guide = ElementTree.fromstring(answer.body)  # noqa: S314 - our own server's
    names = {channel.attrib["id"]: channel.findtext("display-name") for channel in guide.iter("channel")}
    assert set(names) == NAMES
    assert names["neon"] == ODD_TITLE
    assert guide.find("channel[@id='neon']/display-name[@lang='de']") is not None


def test_the_guide_has_what_is_on_and_the_minutes_that_are_planned_in_order_without_a_gap(
    station: StationProcess,
) -> None:
    asked_at = datetime.now(UTC)
    found = programmes(station)
    assert set(found) == NAMES
    for airings in found.values():
        assert moment(airings[0].attrib["start"]) <= datetime.now(UTC)
        ahead = moment(airings[-1].attrib["stop"]) - asked_at
        assert ahead.total_seconds() > AHEAD_S - 1
        for earlier, later in pairwise(airings):
            assert earlier.attrib["stop"] == later.attrib["start"]
            assert earlier.attrib["start"] < earlier.attrib["stop"]
        for airing in airings:
            assert re.fullmatch(r"\d{14} \+0000", airing.attrib["start"])
            assert airing.findtext("title")


def test_the_guide_begins_with_what_is_on(station: StationProcess) -> None:
    for name, airings in programmes(station).items():
        on_now = datetime.fromisoformat(station.channel(name)["now"]["start"]).strftime("%Y%m%d%H%M%S +0000")
        assert on_now in [airing.attrib["start"] for airing in airings[:2]]


def test_health_and_readiness_answer_while_on_air(station: StationProcess) -> None:
    for path in ("/healthz", "/readyz"):
        answer = station.get(path)
        assert (answer.status, answer.text) == (200, "ok\n")


def test_a_station_is_not_ready_before_it_is_on_air(tmp_path: Path) -> None:
    # A house format of some size takes a moment to make the first slate in.
    channel = SMALL_CHANNEL | {"format": {"width": 640, "height": 360}}
    with StationProcess(tmp_path / "station", {"tides": channel}) as starting:
        starting.start()
        answer = starting.get("/readyz")
        assert (answer.status, answer.text) == (503, "not on air: tides\n")
        assert starting.get("/healthz").status == 200
        early = starting.get("/hls/tides/index.m3u8")
        assert early.status == 503
        assert early.headers["Retry-After"] == "1"
        assert early.headers["Cache-Control"] == "no-store"
        (listed,) = starting.get("/api/v1/channels").json()["channels"]
        assert (listed["on_air"], listed["now"]) == (False, None)
        assert starting.get("/iptv/xmltv.xml").status == 200
        assert starting.get("/metrics").status == 200
        starting.wait_on_air()


def test_metrics_pass_prometheus_own_linter(station: StationProcess) -> None:
    promtool = shutil.which("promtool")
    assert promtool, "promtool is needed: apt-get install prometheus"
    answer = station.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    seen = subprocess.run(
        [promtool, "check", "metrics"], input=answer.body, capture_output=True, timeout=120, check=False
    )
    assert (seen.returncode, seen.stdout, seen.stderr) == (0, b"", b"")


def test_metrics_carry_only_labels_of_bounded_worth(station: StationProcess) -> None:
    text = station.get("/metrics").text
    labels = set(re.findall(r'[{,]([a-z_]+)="', text))
    bounded = {"channel", "target", "device", "step", "engine", "writer", "kind", "reason", "version", "le"}
    assert labels <= bounded
    assert all(line.split("{")[0].split(" ")[0].startswith("webtv_") for line in samples(text))


def test_metrics_say_how_far_ahead_of_air_each_channel_is(station: StationProcess) -> None:
    station.get("/hls/tides/live.m3u8")
    time.sleep(METRICS_OLD_S)
    values = dict(line.rsplit(" ", 1) for line in samples(station.get("/metrics").text))
    assert float(values['webtv_on_air{channel="tides"}']) == 1
    assert float(values['webtv_buffer_seconds{channel="tides"}']) >= 300
    assert float(values['webtv_watched{channel="tides"}']) == 1
    newest = station.get("/hls/tides/live.m3u8").text.splitlines()[-1]
    served = 'webtv_fragments_served_total{channel="tides"}'
    assert station.get(f"/hls/tides/{newest}").status == 200
    time.sleep(METRICS_OLD_S)
    after = dict(line.rsplit(" ", 1) for line in samples(station.get("/metrics").text))
    assert float(after[served]) > float(values.get(served, 0))


def samples(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("path", ["/", "/watch/tides", "/watch/nothing"])
def test_pages_are_sent_under_a_policy_that_lets_nothing_foreign_in(
    station: StationProcess, path: str
) -> None:
    answer = station.get(path)
    assert answer.status == (404 if path == "/watch/nothing" else 200)
    assert answer.headers["Content-Type"].startswith("text/html")
    policy = answer.headers["Content-Security-Policy"]
    directives = {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}
    assert directives["default-src"] == "'self'"
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy)
    for locked in ("object-src", "base-uri", "form-action"):
        assert directives[locked] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_every_static_file_is_sent_with_a_type_that_browsers_take(station: StationProcess) -> None:
    expected = {
        ".css": "text/css",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".webmanifest": "application/manifest+json",
    }
    root = Path(__file__).parents[2] / "webtv" / "web" / "static"
    for path in root.rglob("*"):
        if path.suffix in expected:
            answer = station.get(f"/static/{path.relative_to(root).as_posix()}")
            assert answer.status == 200
            sent = answer.headers["Content-Type"].partition(";")[0]
            assert sent.replace("application/javascript", "text/javascript") == expected[path.suffix], (
                path.name
            )
