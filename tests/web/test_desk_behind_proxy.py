"""The desk behind real proxies: one that says nothing of itself, and one at an address of its own."""

from __future__ import annotations

import http.client
import os
import pwd
from pathlib import Path

import pytest

from tests.ingests import free_port
from tests.station_process import SMALL_CHANNEL, StationProcess
from tests.web.proxies import nginx

WITHIN_S = 60
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


NAMED_PROXY = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    server {{
        listen 127.0.0.2:{port};
        location / {{
            proxy_pass http://127.0.0.1:{station};
            proxy_bind 127.0.0.2;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-Host tv.example.org;
        }}
    }}
}}
"""
"""It asks from 127.0.0.2, which stands for an address of another machine."""
TOKEN = "canary-0123456789abcdef"  # noqa: S105 - of no desk


def ask(
    port: int, path: str, *, address: str = "127.0.0.1", visitor: str = "127.0.0.1", **headers: str
) -> tuple[int, str]:
    """Status and text of what ``address`` answers to somebody who asks from the address ``visitor``."""
    connection = http.client.HTTPConnection(address, port, timeout=WITHIN_S, source_address=(visitor, 0))
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def status(port: int, path: str) -> int:
    return ask(port, path)[0]


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
    port = free_port()
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station:
        station.start().wait_on_air()
        configuration = QUIET_PROXY.format(account=ACCOUNT, folder=tmp_path, port=port, station=station.port)
        with nginx(configuration, tmp_path, "127.0.0.1", port):
            assert status(port, "/api/v1/channels") == 200
            assert status(port, "/desk/api/state") == 403
            assert status(station.port, "/desk/api/state") == 200


def test_behind_a_proxy_at_another_address_a_guesser_is_locked_out_and_the_operator_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "token").write_text(TOKEN)
    keys = {"trusted_proxies": ["127.0.0.2"], "desk": {"token_file": str(tmp_path / "token")}}
    port = free_port()
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}, station=keys) as station:
        station.start().wait_on_air()
        configuration = NAMED_PROXY.format(folder=tmp_path, port=port, station=station.port)
        with nginx(configuration, tmp_path, "127.0.0.2", port):

            def desk(visitor: str, token: str, **headers: str) -> tuple[int, str]:
                shown = {"Authorization": f"Bearer {token}"} | headers
                return ask(port, "/desk/api/state", address="127.0.0.2", visitor=visitor, **shown)

            guesser, operator = "127.0.0.66", "127.0.0.4"
            made_up = [desk(guesser, "wrong", X_Forwarded_For=f"198.51.100.{n}")[0] for n in range(5)]
            assert made_up == [401] * 5
            status, why = desk(guesser, TOKEN, Forwarded=f"for={operator}")
            assert status == 200, "what it is believed not to be, it is counted as: the proxy"
            status, why = desk(guesser, TOKEN, X_Forwarded_For=operator)
            assert status == 429
            assert guesser in why
            assert desk(operator, TOKEN)[0] == 200
            listed = ask(port, "/iptv/channels.m3u", address="127.0.0.2")[1]
            assert "https://tv.example.org/hls/tides/index.m3u8" in listed
            straight = station.get("/iptv/channels.m3u", X_Forwarded_Host="evil.example").text
            assert f"http://127.0.0.1:{station.port}/hls/tides/index.m3u8" in straight
