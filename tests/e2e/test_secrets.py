"""Canaries stand where secrets stand, everything that handles them goes wrong, and none is to be found."""

from __future__ import annotations

import http.client
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import webtv.web.desk
from tests.gossips import gossiping_ingest, gossiping_service
from tests.ingests import free_port, nginx_rtmp
from tests.station_process import SMALL_CHANNEL, StationProcess
from webtv.web import api, health, hls, iptv, pages

CANARIES = {
    "stream key in a file": "live_4711_canaryFile1a2b",
    "stream key in a URL": "canaryUrl3c4d5e",
    "password in a URL's query": "canaryQuery6f7a8b",
    "secret of signed publishing": "canarySign9c0d1e",
    "key of the language model": "sk-canaryModel2f3a4b",
    "token of the Space": "hf_canarySpace5c6d7e",
    "token of the desk": "canary-desk-8f9a0b1c2d3e",
}
_VARIABLE = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^}]*\})*)?\}")
"""A variable in an address, as aiohttp writes them: ``{clip:[0-9a-f]{20}}``."""
EVENTS_S = 3.0
ANSWER_S = 60.0
PATIENCE_S = 90.0


def secret_file(folder: Path, which: str) -> str:
    path = folder / "secrets" / which.replace(" ", "-").replace("'", "")
    path.parent.mkdir(exist_ok=True)
    path.write_text(CANARIES[which] + "\n")
    path.chmod(0o600)
    return str(path)


@dataclass
class Evidence:
    """All that was seen of a station: where, and the bytes."""

    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, where: str, data: bytes | str) -> None:
        self.seen.append((where, data.encode() if isinstance(data, str) else data))

    def with_secrets(self) -> list[str]:
        return [f"{what} in {where}" for where, data in self.seen for what in secrets_in(data)]


def secrets_in(data: bytes) -> list[str]:
    return [what for what, canary in CANARIES.items() if canary.encode() in data]


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        children += (task / "children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def look_at_processes(station: StationProcess, evidence: Evidence) -> set[str]:
    """Returns the names of the programs that were looked at."""
    names = set()
    for pid in family(station.pid):
        process = Path(f"/proc/{pid}")
        for name in ("cmdline", "environ", "comm"):
            evidence.add(f"{name} of {pid}", (process / name).read_bytes())
        names.add((process / "exe").readlink().name.rstrip("0123456789."))
    return names


def routes() -> list[str]:
    """Every address that answers GET, with its variables as aiohttp writes them."""
    modules = [api, health, hls, iptv, pages]
    found = [route for module in modules for route in module.routes]
    paths = [route.path for route in found if getattr(route, "method", "") == "GET"]
    for entry in pkgutil.iter_modules(webtv.web.desk.__path__):
        module = importlib.import_module(f"webtv.web.desk.{entry.name}")
        for route in getattr(module, "routes", ()):
            if getattr(route, "method", "") == "GET":
                paths.append(f"/desk/api{route.path}")
    return paths


def look_at_the_web(station: StationProcess, evidence: Evidence, paths: list[str], **headers: str) -> None:
    for path in paths:
        endless = path.endswith("/events")
        timeout_s = EVENTS_S if endless else ANSWER_S
        connection = http.client.HTTPConnection("127.0.0.1", station.port, timeout=timeout_s)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            evidence.add(f"headers of {path}", str(response.headers))
            while data := response.read1(1 << 16):
                evidence.add(path, data)
        except TimeoutError:
            assert endless, path
        finally:
            connection.close()


def tell_the_desk(station: StationProcess, evidence: Evidence) -> None:
    """Files with mistakes are checked and saved at the desk, and a token is guessed."""
    token = CANARIES["token of the desk"]
    asked: list[tuple[str, str, dict[str, str]]] = [("POST", "session", {"token": token + "x"})]
    for text in files_with_mistakes().values():
        asked.append(("POST", "channels/tides/check", {"text": text}))
        asked.append(("PUT", "channels/tides/file", {"text": text, "hash": "0" * 64}))
    for method, path, body in asked:
        connection = http.client.HTTPConnection("127.0.0.1", station.port, timeout=ANSWER_S)
        headers = {"Content-Type": "application/json", "Origin": station.url}
        if path != "session":
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, f"/desk/api/{path}", json.dumps(body), headers)
        response = connection.getresponse()
        evidence.add(f"{method} {path}", str(response.headers).encode() + response.read())
        assert response.status in (200, 401, 409, 422), response.status
        connection.close()


def files_with_mistakes() -> dict[str, str]:
    """Channels that cannot be used, with secrets where they may not stand, by name."""
    key, query = CANARIES["stream key in a URL"], CANARIES["password in a URL's query"]
    file_key = CANARIES["stream key in a file"]
    return {
        "unparsed": f"title: a: b\ntargets: [{{url: rtmp://127.0.0.1/live/{key}?token={query}\n",
        "in-yaml": f"title: a\ntheme: b\ntargets:\n  - rtmp://live.twitch.tv/app/{file_key}\n",
        "in-place-of-file": f"title: a\ntheme: b\ntargets: [{{url: rtmp://a/live, key_file: {file_key}}}]\n",
        "unknown-key": f"title: a\ntheme: b\nstream_key: {file_key}\n",
        "twice": f"title: a\ntheme: b\ntargets: [rtmp://a/live/{key}, rtmp://a/live/{key}]\n",
    }


def save_mistakes(station: StationProcess) -> None:
    """Into the channels' folder of a running station, until it has said so; and other keys for ``diff``."""
    mistakes = files_with_mistakes()
    for name, text in mistakes.items():
        (station.channels / f"{name}.yaml").write_text(text)
    station.wait_for(
        lambda: f"webtv_config_problems {len(mistakes)}.0" in station.get("/metrics").text,
        "all mistakes are found",
    )
    key, query = CANARIES["stream key in a URL"], CANARIES["password in a URL's query"]
    swapped = {key: query, query: key}
    text = (station.channels / "tides.yaml").read_text()
    other = re.sub("|".join(swapped), lambda at: swapped[at[0]], text)
    (station.folder / "other-keys.yaml").write_text(other)


def look_at_the_commands(station: StationProcess, evidence: Evidence) -> None:
    address = f"127.0.0.1:{station.port}"
    commands: list[list[str]] = [
        ["check", "-c", "webtv.yaml"],
        *(["check", f"channels/{name}.yaml"] for name in files_with_mistakes()),
        ["diff", "channels/tides.yaml", "other-keys.yaml"],
        ["diff", "channels/tides.yaml", "other-keys.yaml", "--json"],
        ["doctor", "-c", "webtv.yaml"],
        ["status", "--http", address],
        ["status", "--http", address, "--json"],
        ["models", "list", "-c", "webtv.yaml"],
        ["run", "-c", "webtv.yaml", "--http", address],
    ]
    for command in commands:
        argv = [sys.executable, "-m", "webtv", *command]
        done = subprocess.run(argv, cwd=station.folder, capture_output=True, timeout=300, check=False)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        evidence.add(" ".join(["webtv", *command]), done.stdout + done.stderr)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    folder = tmp_path_factory.mktemp("secrets")
    found = Evidence()
    key, query = CANARIES["stream key in a URL"], CANARIES["password in a URL's query"]
    with (
        nginx_rtmp(folder / "ingest") as ingest,
        gossiping_service() as service,
        gossiping_ingest(f"no: {key} with {query} in {key}?token={query}") as gossip,
    ):
        url = f"http://127.0.0.1:{service.server_port}"
        home = folder / "station"
        home.mkdir()
        closed = free_port()
        targets: list[dict[str, Any]] = [
            {"name": "good", "url": ingest.url, "key_file": secret_file(home, "stream key in a file")},
            {"name": "away", "url": f"rtmp://127.0.0.1:{closed}/live/{key}?token={query}"},
            {"name": "refused", "url": f"rtmp://127.0.0.1:{ingest.port}/nowhere/{key}?token={query}"},
            {
                "name": "signed",
                "service": "node-media-server",
                "url": f"{ingest.url}/signed",
                "sign_key_file": secret_file(home, "secret of signed publishing"),
            },
            {
                "name": "gossip",
                "url": f"rtmp://127.0.0.1:{gossip.server_address[1]}/live/{key}?token={query}",
            },
            {"name": "deaf", "url": f"rtmp://127.0.0.1:{service.server_port}/live/{key}"},
        ]
        engines = {"writer": ["openai", "grammar"], "video": ["space", "procedural"]}
        given = {
            "log": {"level": "debug"},
            "screening": "none",  # without its weights no model films, and the Space would never be asked
            "openai": {
                "model": "scribe",
                "base_url": f"{url}/v1",
                "key_file": secret_file(home, "key of the language model"),
            },
            "space": {"url": f"{url}/film", "token_file": secret_file(home, "token of the Space")},
            "desk": {"token_file": secret_file(home, "token of the desk")},
        }
        channel = SMALL_CHANNEL | {"engines": engines, "targets": targets}
        with StationProcess(home, {"tides": channel}, workers=1, station=given) as station:
            station.start().wait_on_air()
            at_work(station, found)
            heard = "\n".join(service.heard)
            assert CANARIES["key of the language model"] in heard, "the language model was never asked"
            assert CANARIES["token of the Space"] in heard, "the Space was never asked"
            station.kill()
            collect_files(station, found)
        yield found


def at_work(station: StationProcess, found: Evidence) -> None:
    """Wait until everything has gone wrong that shall, and look at all that shows."""
    station.wait_for(lambda: station.logged("clip made"), "a worker made a clip", PATIENCE_S)
    resting = {"openai", "space"}
    station.wait_for(
        lambda: resting <= {entry["engine"] for entry in asked_engines(station) if not entry["up"]},
        "the services are given up",
        PATIENCE_S,
    )

    def all_tried() -> bool:
        tides = station.desk_channel("tides", CANARIES["token of the desk"])
        targets = {target["name"]: target for target in tides["targets"]}
        failed = [targets[name]["last_error"] for name in ("away", "refused", "gossip", "deaf")]
        return targets["good"]["state"] == "on air" and all(failed)

    station.wait_for(all_tried, "one push is on air, the others failed", PATIENCE_S)
    save_mistakes(station)
    names = look_at_processes(station, found)
    assert {"ffmpeg", "python"} <= names, names
    clip = station.logged("clip made")[-1]["clip"]
    segment = re.findall(r"(\d+)\.m4s", station.get("/hls/tides/live.m3u8").text)[-1]
    values = {"channel": "tides", "clip": clip, "segment": segment, "name": "css/desk.css", "card": "none"}
    paths = [_VARIABLE.sub(lambda at: values[at[1]], path) for path in routes()]
    # The text of the operator's own file is the operator's.
    paths = [path for path in paths if not path.endswith("/file")]
    look_at_the_web(station, found, paths)
    look_at_the_web(station, found, paths, Authorization=f"Bearer {CANARIES['token of the desk']}")
    guessed = f"Bearer {CANARIES['token of the desk']}x"
    look_at_the_web(station, found, ["/desk/api/state"], Authorization=guessed)
    tell_the_desk(station, found)
    look_at_the_commands(station, found)


def asked_engines(station: StationProcess) -> list[dict[str, Any]]:
    engines: list[dict[str, Any]] = station.get("/api/v1/engines").json()["engines"]
    return engines


def collect_files(station: StationProcess, found: Evidence) -> None:
    found.add("the log", station.log_text())
    for path in station.data.rglob("*"):
        found.add(f"name of {path}", str(path))
        if path.is_file():
            found.add(str(path.relative_to(station.folder)), path.read_bytes())


def test_a_canary_that_shows_is_found() -> None:
    evidence = Evidence()
    evidence.add("a place", f"rtmp://host/live/{CANARIES['stream key in a URL']}")
    assert evidence.with_secrets() == ["stream key in a URL in a place"]


@pytest.mark.timeout(400)
def test_no_secret_shows_anywhere(evidence: Evidence) -> None:
    assert not evidence.with_secrets()


def test_everything_that_can_show_one_was_looked_at(evidence: Evidence) -> None:
    places = [where for where, _ in evidence.seen]
    for part in (
        "cmdline of ",
        "environ of ",
        "the log",
        "/metrics",
        "/api/v1/channels/tides",
        "/desk/api/state",
        "webtv doctor",
        "webtv status",
        "webtv.db",
        "push.json",
        ".ffconcat",
        "library/tides/",
    ):
        assert any(part in place for place in places), f"nothing of {part}"
    (log,) = [data for where, data in evidence.seen if where == "the log"]
    for repeated in (b"no: *** with *** in ***", b"no: Bearer (key)"):
        assert repeated in log, "a server repeated no secret, so nothing was put to the test"
