"""HLS fragments served per second by the daemon, against nginx with the same bytes as static files.

Both servers are bound to one and the same core, the client to another; they take turns. nginx has one
worker, ``sendfile`` and its open-file cache. By CPU time the ratio does not depend on the client, nor on who
else uses the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.library import make_clips, stock
from bench.stage import OnAir, children, cpu_s, folder, free_port, make_station, on_air, started
from bench.table import Figure, report
from webtv.domain import HouseFormat

_CONNECTIONS = 16
_CHANNEL = "bench"
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Server:
    port: int
    pid: int


@dataclass(frozen=True)
class Run:
    """What was fetched, and what it cost the server. CPU time does not see who else uses the machine."""

    requests: int
    bytes: int
    seconds: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        return self.requests / self.seconds

    @property
    def per_cpu_s(self) -> float:
        return self.requests / self.cpu_s

    @property
    def mb_per_s(self) -> float:
        return self.bytes / self.seconds / 1e6


def main(*, quick: bool) -> None:
    rounds, seconds, clips = (2, 1.0, 1) if quick else (8, 5.0, 2)
    server_core, client_core = _cores()
    with folder() as place:
        (place / "clips").mkdir()
        manifests = make_clips(place / "clips", clips, HouseFormat(), seconds=6.4 if quick else 12.8)
        stock(place / "data", place / "clips", manifests, [_CHANNEL])
        theme = {"title": "Bench", "theme": "anything"}
        make_station(place, {_CHANNEL: theme}, workers=0, log={"level": "warning"})
        with on_air(place, cores={server_core}) as station:
            station.wait_ready(60)
            paths, mean = _publish(station, place / "static", wait_s=2 if quick else 20)
            with _nginx(place, cores={server_core}) as nginx:
                daemon = Server(station.port, station.process.pid)
                runs = [
                    [_run(server, paths, seconds, client_core) for server in (daemon, nginx)]
                    for _ in range(rounds)
                ]
            playlists = _run(daemon, [f"/hls/{_CHANNEL}/live.m3u8"], seconds, client_core)
    ours, theirs = zip(*runs, strict=True)
    ratios = [one.per_s / other.per_s for one, other in runs]
    cpu_ratios = [one.per_cpu_s / other.per_cpu_s for one, other in runs]
    report(
        "hls_serving",
        f"HLS fragments of {mean / 1000:.0f} kB from one core, {_CONNECTIONS} connections, {rounds} rounds",
        [
            Figure("webtv", median(run.per_s for run in ours), "fragments/s"),
            Figure("nginx, static", median(run.per_s for run in theirs), "fragments/s"),
            Figure("webtv to nginx", median(ratios), "x", "≥ 0.7 x"),
            Figure("webtv", median(run.per_cpu_s for run in ours), "fragments per CPU second"),
            Figure("nginx, static", median(run.per_cpu_s for run in theirs), "fragments per CPU second"),
            Figure("webtv to nginx, by CPU time", median(cpu_ratios), "x", "≥ 0.7 x"),
            Figure("webtv", median(run.mb_per_s for run in ours), "MB/s"),
            Figure("webtv, playlists", playlists.per_cpu_s, "playlists per CPU second"),
        ],
        quick=quick,
        details={"ratios": ratios, "cpu_ratios": cpu_ratios, "fragment_bytes": mean},
    )


def _cores() -> tuple[int, int]:
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def _publish(station: OnAir, static: Path, wait_s: float) -> tuple[list[str], float]:
    """Put the live window where nginx finds it under the same paths; returns paths and mean bytes."""
    time.sleep(wait_s)
    status, playlist = station.get(f"/hls/{_CHANNEL}/live.m3u8")
    assert status == 200
    (static / "hls" / _CHANNEL).mkdir(parents=True)
    paths, sizes = [], []
    for name in playlist.decode().splitlines():
        if name.startswith("#"):
            continue
        status, body = station.get(f"/hls/{_CHANNEL}/{name}")
        assert status == 200
        (static / "hls" / _CHANNEL / name).write_bytes(body)
        paths.append(f"/hls/{_CHANNEL}/{name}")
        sizes.append(len(body))
    return paths, sum(sizes) / len(sizes)


def _run(server: Server, paths: list[str], seconds: float, core: int) -> Run:
    command = ["taskset", "-c", str(core), sys.executable, "-m", "bench.fetch"]
    before_s = cpu_s(server.pid)
    ended = subprocess.run(
        [*command, str(server.port), str(seconds), str(_CONNECTIONS)],
        input="\n".join(paths),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    return Run(**json.loads(ended.stdout), cpu_s=cpu_s(server.pid) - before_s)


@contextmanager
def _nginx(place: Path, cores: set[int]) -> Iterator[Server]:
    port = free_port()
    config = place / "nginx.conf"
    config.write_text(_NGINX.format(place=place, port=port, cache=_FOR_EVER))
    place.chmod(0o755)  # a worker of a root nginx is nobody
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with started([program, "-c", str(config)], cores=cores) as process:
        time.sleep(0.5)
        yield Server(port, children(process.pid)[0])


_NGINX = """
daemon off; worker_processes 1; pid {place}/nginx.pid; error_log {place}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  client_body_temp_path {place}/tmp; proxy_temp_path {place}/tmp; fastcgi_temp_path {place}/tmp;
  uwsgi_temp_path {place}/tmp; scgi_temp_path {place}/tmp;
  types {{ video/iso.segment m4s; }}
  open_file_cache max=1000;
  server {{ listen 127.0.0.1:{port}; root {place}/static; add_header Cache-Control "{cache}"; }}
}}
"""
