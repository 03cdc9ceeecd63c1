"""A desk without a token behind a real proxy of the same machine that says nothing of itself."""

from __future__ import annotations

import http.client
import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.station_process import SMALL_CHANNEL, StationProcess

WITHIN_S = 20
ACCOUNT = "www-data"
QUIET_PROXY = """
user {account};
daemon off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{station};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""
"""What ``proxy_pass`` alone does in nginx from 1.29.7 on: HTTP/1.1, and the station's own address as Host."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def has_accounts() -> bool:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        return False
    return os.geteuid() == 0


@pytest.mark.skipif(
    not has_accounts(), reason=f"only root starts a proxy under {ACCOUNT}, as its package does"
)
def test_without_a_token_strangers_who_come_by_a_proxy_that_says_nothing_find_the_desk_shut(
    tmp_path: Path,
) -> None:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is needed: apt-get install nginx"
    port, configuration = free_port(), tmp_path / "nginx.conf"
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station:
        station.start().wait_on_air()
        configuration.write_text(
            QUIET_PROXY.format(account=ACCOUNT, folder=tmp_path, port=port, station=station.port)
        )
        proxy = subprocess.Popen([program, "-e", "stderr", "-c", configuration], start_new_session=True)
        try:
            until = time.monotonic() + WITHIN_S
            while True:
                try:
                    assert status(port, "/api/v1/channels") == 200
                    break
                except ConnectionError:
                    assert time.monotonic() < until, "nginx does not answer"
                    time.sleep(0.1)
            assert status(port, "/desk/api/state") == 403
            assert status(station.port, "/desk/api/state") == 200
        finally:
            proxy.terminate()
            proxy.wait(WITHIN_S)
