"""What the install guide has people type exists, and the web server's file works in front of a station."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.ingests import free_port
from tests.station_process import SMALL_CHANNEL, StationProcess

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "install.md").read_text()
NAME = "tv.example.org"


def test_every_file_that_the_guide_installs_is_shipped() -> None:
    code = "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL))
    named = set(re.findall(r"(?<![\w/.-])[\w.@-]+\.(?:conf|service|socket|target|yaml)(?![\w/])", code))
    shipped = {path.name for path in (ROOT / "systemd").iterdir()}
    assert named - {"dreams.yaml"} <= shipped
    assert shipped <= named | {"webtv.target"}, "nobody is told of it"


@contextmanager
def nginx(folder: Path, station_port: int) -> Iterator[tuple[int, int]]:
    """The shipped site on free ports with a certificate of its own; yields those of HTTP and HTTPS.

    ``asked.log`` beside it has a line for each request: its path, and what the station answered or ``-``.
    """
    plain, secure = free_port(), free_port()
    certificate, key = folder / "cert.pem", folder / "key.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"]
    subprocess.run([*argv, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=True)
    site = (ROOT / "systemd" / "nginx-site.conf").read_text()
    site = re.sub(r"\n +listen \[::\].*", "", site)
    site = site.replace("listen 80;", f"listen 127.0.0.1:{plain};")
    site = site.replace("listen 443", f"listen 127.0.0.1:{secure}")
    site = re.sub(r"(ssl_certificate +)\S+;", rf"\1{certificate};", site)
    site = re.sub(r"(ssl_certificate_key +)\S+;", rf"\1{key};", site)
    site = site.replace("/var/lib/nginx/", f"{folder}/")
    site = site.replace("127.0.0.1:8800", f"127.0.0.1:{station_port}")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # or its workers could not reach ``folder``
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ log_format asked '$uri $upstream_status'; access_log {folder}/asked.log asked;"
        f"{temporary}\n{site}\n}}\n"
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    argv = [program, "-p", str(folder), "-c", "nginx.conf"]
    checked = subprocess.run([*argv, "-t"], capture_output=True, text=True, timeout=120, check=False)
    assert "syntax is ok" in checked.stderr, checked.stderr
    assert "[warn]" not in checked.stderr, checked.stderr
    with subprocess.Popen(argv) as server:
        try:
            yield plain, secure
        finally:
            server.terminate()


def ask(port: int, path: str) -> tuple[int, bytes]:
    trusting = ssl._create_unverified_context()  # noqa: S323 - a certificate of our own
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers={"Host": NAME})
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusting) as response:  # noqa: S310
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def reachable(port: int) -> bool:
    try:
        return ask(port, "/")[0] == 200
    except OSError:
        return False


def test_viewers_come_in_through_nginx_and_machines_do_not(tmp_path: Path) -> None:
    given = {"public_url": f"https://{NAME}"}
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}, station=given) as station:
        station.start().wait_on_air()
        (tmp_path / "nginx").mkdir()
        with nginx(tmp_path / "nginx", station.port) as (_, port):
            station.wait_for(lambda: reachable(port), "nginx answers")
            playlist = ask(port, "/hls/tides/live.m3u8")[1].decode()
            segment = playlist.splitlines()[-1]
            status, body = ask(port, f"/hls/tides/{segment}")
            assert (status, body) == (200, station.get(f"/hls/tides/{segment}").body)
            assert f"https://{NAME}/hls/tides".encode() in ask(port, "/iptv/channels.m3u")[1]
            assert ask(port, "/desk/api/state")[0] == 403, "the desk without a token lets the internet in"
            assert [ask(port, path)[0] for path in ("/metrics", "/healthz", "/readyz")] == [404] * 3


VIEWERS = 5000
_AT_ONCE = 10


def watch(port: int, viewers: int) -> set[str]:
    """Each viewer asks for the playlist and its newest fragment. Returns the fragments, all of which came."""
    trusting, got = ssl._create_unverified_context(), set()  # noqa: S323 - a certificate of our own
    with closing(http.client.HTTPSConnection("127.0.0.1", port, timeout=120, context=trusting)) as connection:

        def fetch(path: str) -> bytes:
            connection.request("GET", path, headers={"Host": NAME})
            answer = connection.getresponse()
            body = answer.read()
            assert (answer.status, len(body)) == (200, int(answer.headers["Content-Length"])), path
            return body

        for _ in range(viewers):
            newest = fetch("/hls/tides/live.m3u8").decode().splitlines()[-1]
            got.add(f"/hls/tides/{newest}")
            assert fetch(f"/hls/tides/{newest}")
    return got


def test_behind_nginx_the_station_serves_each_fragment_once_however_many_watch(tmp_path: Path) -> None:
    given = {"public_url": f"https://{NAME}"}
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}, station=given) as station:
        station.start().wait_on_air()
        (tmp_path / "nginx").mkdir()
        with nginx(tmp_path / "nginx", station.port) as (_, port):
            station.wait_for(lambda: reachable(port), "nginx answers")
            began = time.monotonic()
            with ThreadPoolExecutor(_AT_ONCE) as viewers:
                shares = viewers.map(watch, [port] * _AT_ONCE, [VIEWERS // _AT_ONCE] * _AT_ONCE)
                fragments = set().union(*shares)
            seconds = time.monotonic() - began
            metrics = station.get("/metrics").text
            assert ask(port, "/hls/tides/1.m4s")[0] == ask(port, "/hls/tides/1.m4s")[0] == 404
        log = [line.split() for line in (tmp_path / "nginx" / "asked.log").read_text().splitlines()]
    asked = Counter(path for path, answered, *_ in log if answered != "-")
    assert {asked[path] for path in fragments} == {1}
    served = re.search(r'webtv_fragments_served_total{channel="tides"} (\d+)', metrics)
    assert served is not None
    assert int(served[1]) == len(fragments)
    assert asked["/hls/tides/live.m3u8"] <= seconds + 2, "more than once per second, which is what it is kept"
    assert asked["/hls/tides/1.m4s"] == 2, "that a segment is not there yet must not be kept"


@pytest.mark.parametrize("guide", ["install", "operating"])
def test_the_links_of_the_guides_lead_somewhere(guide: str) -> None:
    docs = ROOT / "docs"
    for path, heading in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", (docs / f"{guide}.md").read_text()):
        leads_to = docs / (path or f"{guide}.md")
        assert leads_to.exists(), path
        if heading:
            headings = re.findall(r"^#+ (.*)$", leads_to.read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
