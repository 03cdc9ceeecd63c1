"""The desk's API over HTTP, before a real station that is watched and pushed to a real ingest."""

from __future__ import annotations

import http.client
import io
import json
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin

import pytest
from PIL import Image

from tests.ingests import nginx_rtmp
from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, Answer, StationProcess
from tests.web.media_playlist import MediaPlaylist, live

TOKEN = "canary-desk-0123456789abcdef"  # noqa: S105 - of this test's desk
STREAM = "canary-stream-key"
SOON_S = 6.0
"""An edit is seen within the lock and a fragment, 4.9 s, and the API has its say once a second."""


class Line:
    """Events as a browser gets them."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self._seen: list[tuple[str, Any]] = []
        self.last_id = ""

    def until(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """What the next event of that kind that fits holds."""
        until = time.monotonic() + 60
        name = ""
        while time.monotonic() < until:
            text = self._response.readline().decode().rstrip("\n")
            field, _, value = text.partition(": ")
            if field == "id":
                self.last_id = value
            elif field == "event":
                name = value
            elif field == "data":
                self._seen.append((name, json.loads(value)))
                if name == kind and fits(self._seen[-1][1]):
                    return self._seen[-1][1]
        raise AssertionError(f"no {kind} that fits")

    def first(self, kind: str) -> Any:
        """The first event that came was of that kind; what it holds."""
        name, held = self._seen[0]
        assert name == kind
        return held


@dataclass
class Desk:
    """An operator with the token, and what the station answers."""

    station: StationProcess

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.station.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(
                method,
                f"/desk/api/{path}",
                None if body is None else json.dumps(body),
                {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"} | named,
            )
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def do(self, path: str) -> Any:
        answer = self.ask("POST", path, {})
        assert answer.status == 200, answer.text
        return answer.json()

    def channel(self, name: str = "tides") -> Any:
        state = self.ask("GET", "state").json()
        return next(channel for channel in state["channels"] if channel["id"] == name)

    def wait_now(self, clip_id: str, timeout_s: float = 120.0) -> None:
        self.station.wait_for(
            lambda: self.channel()["now"]["clip_id"] == clip_id, f"{clip_id} airs", timeout_s
        )

    @contextmanager
    def line(self, last_id: str | None = None) -> Iterator[Line]:
        """An open line of events; ``last_id`` is the last event that it had before."""
        connection = http.client.HTTPConnection("127.0.0.1", self.station.port, timeout=60)
        headers = {"Authorization": f"Bearer {TOKEN}"} | ({"Last-Event-ID": last_id} if last_id else {})
        try:
            connection.request("GET", "/desk/api/events", headers=headers)
            response = connection.getresponse()
            assert response.headers["Content-Type"] == "text/event-stream"
            yield Line(response)
        finally:
            connection.close()

    def audit(self) -> list[Any]:
        return [json.loads(line) for line in (self.station.data / "audit.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two channels with clips of 32 s: ``tides`` is pushed, ``idle`` is not."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "token").write_text(TOKEN)
    (folder / "token").chmod(0o600)
    with nginx_rtmp(folder / "nginx") as nginx:
        channels = {
            "tides": SMALL_CHANNEL | {"targets": [f"{nginx.url}/{STREAM}"]},
            "idle": SMALL_CHANNEL | {"title": "Idle"},
        }
        station = StationProcess(
            folder / "station", channels, station={"desk": {"token_file": str(folder / "token")}}
        )
        with station:
            for name in channels:
                seed_library(station.data, name, (60, 60, 60, 60), HOUSE)
            yield Desk(station.start().wait_on_air())


def test_signing_in_gives_a_cookie_that_no_script_reads_and_no_other_site_sends(desk: Desk) -> None:
    here = {"Origin": desk.station.url, "Authorization": ""}
    wrong = desk.ask("POST", "session", {"token": "no"}, **here)
    assert (wrong.status, wrong.json()) == (401, {"error": "That is not the desk's token."})
    assert desk.ask("POST", "session", {"key": TOKEN}, **here).status == 400
    answer = desk.ask("POST", "session", {"token": TOKEN}, **here)
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/desk"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    held = cookie.partition(";")[0]
    assert desk.station.get("/desk/api/state", Cookie=held).status == 200
    assert desk.station.get("/desk/api/state").status == 401
    over_tls = {"Origin": desk.station.url.replace("http:", "https:"), "Authorization": ""}
    assert "Secure" in desk.ask("POST", "session", {"token": TOKEN}, **over_tls).headers["Set-Cookie"]


def test_signing_out_ends_the_session_and_its_open_line_and_not_the_one_of_another_browser(
    desk: Desk,
) -> None:
    here = {"Origin": desk.station.url, "Authorization": ""}
    held, other = (
        desk.ask("POST", "session", {"token": TOKEN}, **here).headers["Set-Cookie"].partition(";")[0]
        for _ in range(2)
    )
    line = http.client.HTTPConnection("127.0.0.1", desk.station.port, timeout=60)
    try:
        line.request("GET", "/desk/api/events", headers={"Cookie": held})
        open_line = line.getresponse()
        assert open_line.status == 200
        left = desk.ask("DELETE", "session", {}, Cookie=held, **here)
        assert 'webtv_desk=""' in left.headers["Set-Cookie"]
        assert desk.station.get("/desk/api/state", Cookie=held).status == 401
        assert b"event: state" in open_line.read(), "the line has no end"
    finally:
        line.close()
    assert desk.station.get("/desk/api/state", Cookie=other).status == 200
    assert desk.audit()[-1]["action"] == "sign out"


def test_the_state_is_whole_and_holds_no_secret(desk: Desk) -> None:
    answer = desk.ask("GET", "state")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "canary" not in answer.text
    state = answer.json()
    assert set(state) == {"station", "channels", "orders", "engines", "quarantine"}
    tides = desk.channel()
    assert tides["on_air"]
    assert tides["targets"][0]["server"].startswith("rtmp://127.0.0.1:")
    assert len(tides["next"]) == 12
    assert tides["thumbnail"] == tides["now"]["picture"]


def test_strangers_learn_of_a_target_that_it_is_on_air_and_not_where_it_is(desk: Desk) -> None:
    desk.station.wait_for(lambda: desk.channel()["targets"][0]["state"] == "on air", "the push is on air")
    answer = desk.station.get("/api/v1/channels/tides")
    assert answer.json()["targets"] == [{"state": "on air"}]
    server = desk.channel()["targets"][0]["server"]
    for path in ("/api/v1/channels", "/api/v1/channels/tides", "/api/v1/engines", "/iptv/channels.m3u"):
        text = desk.station.get(path, Host="tv.example").text
        assert server not in text, path
        assert str(desk.station.folder) not in text, path


def test_the_desks_state_has_all_that_the_public_api_tells(desk: Desk) -> None:
    (public,) = [
        channel
        for channel in desk.station.get("/api/v1/channels").json()["channels"]
        if channel["id"] == "tides"
    ]
    assert set(public) <= set(desk.channel())


def test_the_address_with_a_slash_leads_to_the_desk(desk: Desk) -> None:
    answer = desk.station.get("/desk/")
    assert (answer.status, urljoin("/desk/", answer.headers["Location"])) == (308, "/desk")


def test_a_skip_is_seen_on_hls_and_by_the_target_and_nothing_is_lost_or_repeated(desk: Desk) -> None:
    station = desk.station
    station.wait_for(lambda: desk.channel()["targets"][0]["state"] == "on air", "the push is on air")
    before, reached = desk.channel(), live(station, "tides")
    in_s = desk.do("channels/tides/skip")["in_s"]
    assert 0 < in_s < SOON_S
    desk.wait_now(before["next"][0]["clip_id"])
    station.wait_for(lambda: desk.channel()["targets"][0]["reconnects"] >= 1, "the push left the clip")
    station.wait_for(lambda: desk.channel()["targets"][0]["state"] == "on air", "the push is back")
    target, after = desk.channel()["targets"][0], live(station, "tides")
    assert abs(target["lag_s"]) < 2.5
    assert after.sequence >= reached.sequence
    known = {segment.number: segment for segment in reached.segments}
    for earlier, later in pairwise(after.segments):
        assert later.number == earlier.number + 1
        if earlier.starts and later.starts:
            assert (later.starts - earlier.starts).total_seconds() == pytest.approx(earlier.seconds, abs=0.01)
    assert all(
        known[segment.number].seconds == segment.seconds
        for segment in after.segments
        if segment.number in known
    )
    cut = next(airing for airing in desk.channel()["previous"] if airing["slot"] == before["now"]["slot"])
    assert cut["seconds"] < before["now"]["seconds"]


def test_a_pulled_clip_goes_and_can_be_allowed_again(desk: Desk) -> None:
    pulled = desk.channel()["now"]["clip_id"]
    desk.do("channels/tides/pull")
    station = desk.station
    station.wait_for(lambda: desk.channel()["now"]["clip_id"] != pulled, "it leaves air")
    assert [clip["clip_id"] for clip in desk.channel()["banned"]] == [pulled]
    assert pulled not in [airing["clip_id"] for airing in desk.channel()["next"]]
    desk.do(f"channels/tides/clips/{pulled}/unban")
    assert desk.channel()["banned"] == []


def test_what_was_asked_about_a_clip_that_is_over_touches_no_other(desk: Desk) -> None:
    now = desk.channel("idle")["now"]
    answer = desk.ask("POST", "channels/idle/skip", {"slot": now["slot"] - 1})
    assert (answer.status, answer.json()) == (409, {"error": "that clip is over already"})
    assert desk.channel("idle")["now"]["seconds"] == now["seconds"]


def test_the_desks_pictures_make_no_channel_watched_and_a_viewer_does(desk: Desk) -> None:
    def served() -> float:
        time.sleep(0.6)  # metrics may be half a second old
        lines = desk.station.get("/metrics").text.splitlines()
        (line,) = [line for line in lines if line.startswith('webtv_fragments_served_total{channel="idle"}')]
        return float(line.split()[-1])

    before = served()
    folder = desk.channel("idle")["preview"].removeprefix("/desk/api/").removesuffix("index.m3u8")
    assert "\nlive.m3u8\n" in desk.ask("GET", f"{folder}index.m3u8").text
    playlist = MediaPlaylist.parse(desk.ask("GET", f"{folder}live.m3u8").text)
    for name in (playlist.init, *(segment.uri for segment in playlist.segments)):
        answer = desk.ask("GET", folder + name)
        assert answer.status == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert not desk.channel("idle")["watched"]
    assert served() == before
    for name in ("index.m3u8", "live.m3u8", playlist.init, playlist.segments[0].uri):
        assert desk.station.get(f"/desk/api/{folder}{name}").status == 401
    latest = live(desk.station, "idle").segments[-1].uri
    assert desk.station.get(f"/hls/idle/{latest}").body == desk.ask("GET", folder + latest).body
    assert desk.channel("idle")["watched"]
    assert served() == before + 1


def test_slate_and_back(desk: Desk) -> None:
    desk.do("channels/tides/slate")
    station = desk.station
    station.wait_for(lambda: desk.channel()["now"]["kind"] == "slate", "the slate airs")
    assert desk.channel()["slate_until"] == "resume"
    again = desk.ask("POST", "channels/tides/slate", {})
    assert again.status == 409
    assert "already" in again.json()["error"]
    desk.do("channels/tides/resume")
    station.wait_for(lambda: desk.channel()["now"]["kind"] != "slate", "the programme goes on")


def test_marks_show_on_the_clips_they_are_for(desk: Desk) -> None:
    last = desk.channel("idle")["next"][2]["clip_id"]
    desk.do(f"channels/idle/clips/{last}/pin")
    assert desk.channel("idle")["next"][0]["clip_id"] == last
    assert desk.channel("idle")["next"][0]["pinned"]
    desk.do(f"channels/idle/clips/{last}/evergreen")
    assert desk.channel("idle")["next"][0]["evergreen"]
    desk.do(f"channels/idle/clips/{last}/ordinary")
    assert not desk.channel("idle")["next"][0]["evergreen"]
    desk.do(f"channels/idle/clips/{last}/ban")
    assert last not in [airing["clip_id"] for airing in desk.channel("idle")["next"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("channels/nowhere/skip", 404),
        ("channels/tides/dance", 404),
        ("channels/tides/clips/00000000000000000000/ban", 409),
        ("channels/tides/clips/..%2f..%2fetc/ban", 409),
        ("channels/tides/make", 409),  # this station has no workers
    ],
)
def test_what_cannot_be_done_is_said_in_words(desk: Desk, path: str, status: int) -> None:
    answer = desk.ask("POST", path, {})
    assert answer.status == status
    assert answer.json()["error"]


def test_every_action_leaves_a_line_in_the_audit_and_in_the_log(desk: Desk) -> None:
    before = len(desk.audit())
    nothing = "0" * 20
    desk.ask("POST", f"channels/idle/clips/{nothing}/pin", {})
    desk.do("channels/idle/skip")
    refused, done = desk.audit()[before:]
    assert {**refused, "when": ""} == {
        "when": "",
        "who": "127.0.0.1",
        "action": "pin",
        "channel": "idle",
        "clip": nothing,
        "result": "that is no clip of this channel's, or it is no longer kept",
    }
    assert (done["action"], done["result"]) == ("skip", "done")
    assert desk.station.logged("desk action")[-1]["action"] == "skip"
    assert "canary" not in (desk.station.data / "audit.jsonl").read_text()


def test_pictures_of_clips_and_cards_are_made_once_and_revalidated(desk: Desk) -> None:
    now = desk.channel("idle")["now"]["clip_id"]
    answer = desk.ask("GET", f"clips/{now}.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.body)).size == (320, 180)
    assert desk.ask("GET", f"clips/{now}.jpg", If_None_Match=answer.headers["ETag"]).status == 304
    slate = next((desk.station.data / "cards").glob("slate-*.mp4")).stem
    assert desk.ask("GET", f"clips/{slate}.jpg").status == 200
    quarantine = desk.station.data / "quarantine"
    (quarantine / f"{'a' * 20}.mp4").write_bytes(b"no film")
    assert desk.ask("GET", f"quarantine/{'a' * 20}.jpg").status == 404
    assert desk.ask("GET", f"clips/{'0' * 20}.jpg").status == 404
    assert desk.station.get(f"/desk/api/clips/{now}.jpg").status == 401


def test_what_was_refused_is_shown_with_its_reason_and_picture(desk: Desk) -> None:
    quarantine, name = desk.station.data / "quarantine", "b" * 20
    library = desk.station.data / "library" / "idle"
    (quarantine / f"{name}.mp4").write_bytes(next(library.glob("*.mp4")).read_bytes()[:30_000])
    note = {"reason": "black", "detail": "black: 3 s", "manifest": {"channel": "idle"}}
    (quarantine / f"{name}.json").write_text(json.dumps(note))
    (refused,) = desk.ask("GET", "state").json()["quarantine"]
    assert (refused["id"], refused["channel"], refused["reason"]) == (name, "idle", "black")
    picture = desk.ask("GET", refused["picture"].removeprefix("/desk/api/"))
    assert picture.body.startswith(b"\xff\xd8")


def test_events_tell_of_the_state_of_the_log_and_that_the_line_is_open(desk: Desk) -> None:
    with desk.line() as line:
        desk.ask("POST", "channels/idle/skip", {})
        state = line.until("state")
        logged = line.until("log", lambda told: told["fields"].get("action") == "skip")
    assert logged["event"] == "desk action"
    assert set(logged) >= {"level", "event", "when", "fields"}
    assert {channel["id"] for channel in state["channels"]} == {"tides", "idle"}


def test_after_the_first_event_only_what_differs_of_a_channel_is_sent(desk: Desk) -> None:
    with desk.line() as line:
        before = {channel["id"]: channel for channel in line.until("state")["channels"]}
        clip = before["idle"]["next"][-1]["clip_id"]
        desk.ask("POST", f"channels/idle/clips/{clip}/evergreen", {})
        told = line.until("channel", lambda told: told["id"] == "idle" and "next" in told)
        desk.ask("POST", f"channels/idle/clips/{clip}/ordinary", {})
        assert told["next"] != before["idle"]["next"]
        assert not {"title", "theme", "hls", "engines", "language"} & set(told)
        assert before["idle"] | told == before["idle"] | {
            name: value for name, value in told.items() if name in before["idle"]
        }


def test_a_line_that_comes_back_gets_the_whole_state_and_the_lines_that_it_missed(desk: Desk) -> None:
    with desk.line() as line:
        desk.ask("POST", "channels/idle/skip", {})
        line.until("log", lambda told: told["fields"].get("action") == "skip")
        last = line.last_id
    desk.ask("POST", "channels/idle/make", {})
    with desk.line(last) as line:
        first = line.until("log")
        assert first["number"] == int(last) + 1
        assert {channel["id"] for channel in line.first("state")["channels"]} == {"tides", "idle"}


def test_a_file_is_read_checked_and_saved_with_its_rights(desk: Desk) -> None:
    path = desk.station.channels / "idle.yaml"
    path.chmod(0o640)
    read = desk.ask("GET", "channels/idle/file").json()
    assert read["text"] == path.read_text()
    bad = read["text"].replace('"title"', '"titel"')
    checked = desk.ask("POST", "channels/idle/check", {"text": bad}).json()
    assert checked["problems"][0]["line"] == 1
    assert "Did you mean 'title'?" in checked["problems"][0]["text"]
    refused = desk.ask("PUT", "channels/idle/file", {"text": bad, "hash": read["hash"]})
    assert refused.status == 422
    assert refused.json()["problems"] == checked["problems"]
    good = read["text"].replace("Bioluminescent tides", "Paper cranes")
    checked = desk.ask("POST", "channels/idle/check", {"text": good}).json()
    assert checked["problems"] == []
    assert checked["changes"] == ["theme: takes effect at the next order"]
    assert checked["shots"]
    saved = desk.ask("PUT", "channels/idle/file", {"text": good, "hash": read["hash"]})
    assert saved.status == 200, saved.text
    assert path.read_text() == good
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert saved.json()["hash"] == desk.ask("GET", "channels/idle/file").json()["hash"]
    late = desk.ask("PUT", "channels/idle/file", {"text": read["text"], "hash": read["hash"]})
    assert late.status == 409
    assert path.read_text() == good
    assert [entry.name for entry in path.parent.iterdir() if entry.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["nowhere", "..", "%2e%2e%2fwebtv", ".hidden", "TIDES"])
def test_no_other_file_can_be_read(desk: Desk, name: str) -> None:
    assert desk.ask("GET", f"channels/{name}/file").status == 404


@pytest.mark.parametrize("body", [None, [], "text", {"text": 5}, {"text": "x" * 300_000}])
def test_what_is_no_text_is_refused(desk: Desk, body: object) -> None:
    assert desk.ask("POST", "channels/tides/check", body).status in (400, 413)


def test_a_link_makes_no_other_file_readable(desk: Desk) -> None:
    link = desk.station.channels / "link.yaml"
    link.symlink_to(desk.station.folder / "webtv.yaml")
    try:
        assert desk.ask("GET", "channels/link/file").status == 404
    finally:
        link.unlink()


def test_a_text_that_could_not_be_read_again_is_not_saved(desk: Desk) -> None:
    read = desk.ask("GET", "channels/idle/file").json()
    for text in (read["text"] + " " * 70_000, read["text"] + "\ud800"):
        answer = desk.ask("PUT", "channels/idle/file", {"text": text, "hash": read["hash"]})
        assert answer.status == 422
    assert desk.ask("GET", "channels/idle/file").json() == read


def test_nobody_without_the_token_makes_the_desk_stumble_or_fills_its_audit(desk: Desk) -> None:
    """Own tries on an address of its own, or the operator would have to wait."""

    def sign_in(body: bytes, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", desk.station.port, 20, ("127.0.0.9", 0))
        named = {"Origin": desk.station.url, "Content-Type": "application/json"} | headers
        try:
            connection.request("POST", "/desk/api/session", body, named)
            return connection.getresponse().status
        finally:
            connection.close()

    assert sign_in(b"[" * 100_000) == 400
    assert sign_in(b"{}", Origin="http://[::1") == 403
    assert sign_in(b'{"token": "no"}') == 401
    before = len(desk.audit())
    assert [sign_in(b'{"token": "\\ud800"}') for _ in range(20)] == 4 * [401] + 16 * [429]
    assert len(desk.audit()) == before + 4


def test_a_station_without_a_token_keeps_its_desk_to_the_machine(station: StationProcess) -> None:
    assert station.get("/desk/api/state").status == 200
    assert station.get("/desk/api/state", Host="tv.example.org").status == 403
    assert station.get("/desk/api/state", Sec_Fetch_Site="cross-site").status == 403
    assert station.get("/desk/api/state", X_Forwarded_For="203.0.113.9").status == 403
    assert station.get("/desk/api/channels/tides/skip", method="POST").status == 403
    page = station.get("/desk")
    assert page.status == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
