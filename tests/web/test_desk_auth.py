"""Who gets to the desk: the guard alone, on virtual time, with requests that no honest client sends."""

from __future__ import annotations

import errno
import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import HttpVersion10, web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from webtv.broadcaster.tcp_info import TcpInfo
from webtv.config import StationConfig
from webtv.config.desk import DeskConfig, desk_token
from webtv.config.load import load_station
from webtv.errors import ConfigError
from webtv.web.desk.auth import COOKIE, GUARD, Guard, admit
from webtv.web.desk.signed_in import SESSION_S

PUBLIC = "https://tv.example.org"
TOKEN = "canary-0123456789abcdef"  # noqa: S105 - of no desk


def request(method: str = "GET", *, peer: str = "127.0.0.1", **headers: str) -> web.Request:
    """A request to the desk from ``peer``; underscores in header names become hyphens."""
    named = {"Host": "127.0.0.1:8800"} | {name.replace("_", "-"): value for name, value in headers.items()}
    transport = SimpleNamespace(
        get_extra_info=lambda name, default=None: {
            "peername": (peer, 40_000),
            "sockname": ("127.0.0.1", 8800),
        }.get(name, default),
        is_closing=lambda: False,
    )
    return make_mocked_request(method, "/desk/api/state", headers=named, transport=transport)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def guard(
    token: str | None = TOKEN,
    clock: FakeClock | None = None,
    *,
    behind_proxy: bool = False,
    data: Path = Path("none"),
) -> Guard:
    """``behind_proxy``: of a station that has a public_url, and no more in webtv.yaml."""
    config = StationConfig(public_url=PUBLIC if behind_proxy else None)
    return Guard(
        token,
        clock or FakeClock(),
        data / "sessions.json",
        public_url=config.public_url,
        proxies=config.proxies,
    )


async def signed_in(opened: Guard) -> web.Request:
    """A request with the cookie of a new session."""
    cookie = await opened.sign_in()
    assert cookie
    assert TOKEN not in cookie
    return request(Cookie=f"{COOKIE}={cookie}")


def test_the_token_opens_the_desk_from_anywhere() -> None:
    guard().check(request(peer="203.0.113.9", Host="tv.example.org", **bearer(TOKEN)))


@pytest.mark.parametrize(
    "headers", [{}, bearer(""), bearer(TOKEN[:-1]), bearer(TOKEN + "x"), {"Authorization": f"Basic {TOKEN}"}]
)
def test_nothing_but_the_token_opens_it(headers: dict[str, str]) -> None:
    with pytest.raises(web.HTTPUnauthorized) as refused:
        guard().check(request(**headers))
    assert TOKEN not in str(refused.value.text)


async def test_a_session_lasts_as_long_as_it_says_and_no_longer(tmp_path: Path) -> None:
    clock = FakeClock()
    opened = guard(clock=clock, data=tmp_path)
    asking = await signed_in(opened)
    opened.check(asking)
    guard(clock=clock, data=tmp_path).check(asking)  # the daemon was started again
    assert opened.still_lets_in(asking)
    clock.step_wall(SESSION_S + 1)
    with pytest.raises(web.HTTPUnauthorized):
        opened.check(asking)
    assert not opened.still_lets_in(asking)


async def test_a_session_that_was_signed_out_of_is_over_wherever_its_cookie_is(tmp_path: Path) -> None:
    clock = FakeClock()
    opened = guard(clock=clock, data=tmp_path)
    asking, other = await signed_in(opened), await signed_in(opened)
    await opened.sign_out(asking)
    for daemon in (opened, guard(clock=clock, data=tmp_path)):
        with pytest.raises(web.HTTPUnauthorized):
            daemon.check(asking)
        daemon.check(other)
    assert not opened.still_lets_in(asking)
    with_more = request(Cookie=asking.headers["Cookie"], Authorization="Basic x")
    assert not opened.still_lets_in(with_more)
    assert opened.still_lets_in(request(**bearer(TOKEN)))


async def test_the_file_of_sessions_opens_nothing(tmp_path: Path) -> None:
    opened = guard(data=tmp_path)
    asking = await signed_in(opened)
    text = (tmp_path / "sessions.json").read_text()
    assert asking.cookies[COOKIE] not in text
    for name in json.loads(text):
        with pytest.raises(web.HTTPUnauthorized):
            opened.check(request(Cookie=f"{COOKIE}={name}"))


@pytest.mark.parametrize("text", ["", "[]", '{"a": "b"}', "\udcff"], ids=["empty", "list", "text", "no-utf8"])
async def test_a_file_of_sessions_that_is_none_lets_nobody_in_and_is_written_anew(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "sessions.json").write_text(text, errors="surrogateescape")
    asking = await signed_in(guard(data=tmp_path))
    guard(data=tmp_path).check(asking)


async def test_a_full_disk_keeps_nobody_out_and_brings_no_ended_session_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = guard(data=tmp_path)
    ended, lasting = await signed_in(opened), await signed_in(opened)

    def full(path: Path, _: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("webtv.web.desk.signed_in.write_atomically", full)
    await opened.sign_out(ended)
    opened.check(lasting)
    for asking in (ended, lasting):
        with pytest.raises(web.HTTPUnauthorized):
            guard(data=tmp_path).check(asking)


async def test_whoever_signs_in_for_ever_fills_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webtv.web.desk.signed_in._MOST", 3)
    opened = guard(data=tmp_path)
    first, *rest = [await signed_in(opened) for _ in range(4)]
    with pytest.raises(web.HTTPUnauthorized):
        opened.check(first)
    for asking in rest:
        opened.check(asking)
    assert len(json.loads((tmp_path / "sessions.json").read_text())) == 3


async def test_another_token_ends_all_sessions(tmp_path: Path) -> None:
    asking = await signed_in(guard(data=tmp_path))
    with pytest.raises(web.HTTPUnauthorized):
        guard("another-0123456789abcdef", data=tmp_path).check(asking)


@pytest.mark.parametrize("forged", ["", ".", "9999999999.", "9999999999.00", "x.y", "²³.z", f"{10**40}.ff"])
def test_a_forged_session_is_none(forged: str) -> None:
    with pytest.raises(web.HTTPUnauthorized):
        guard().check(request(Cookie=f"{COOKIE}={forged}"))


async def test_whoever_guesses_waits_ever_longer_and_others_do_not(tmp_path: Path) -> None:
    clock = FakeClock()
    guarded, waits = guard(clock=clock, data=tmp_path), []
    for _ in range(60):
        with pytest.raises((web.HTTPUnauthorized, web.HTTPTooManyRequests)) as refused:
            guarded.check(request(**bearer("wrong")))
        if isinstance(refused.value, web.HTTPTooManyRequests):
            waits.append(int(refused.value.headers["Retry-After"]))
            with pytest.raises(web.HTTPTooManyRequests):
                guarded.check(request(**bearer(TOKEN)))  # or guesses could go on until one is right
            await clock.advance(waits[-1])
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 300
    guarded.check(request(peer="192.0.2.7", **bearer(TOKEN)))
    guarded.check(await signed_in(guarded))
    guarded.check(request(**bearer(TOKEN)))


def test_a_flood_of_guessers_takes_no_memory() -> None:
    guarded = guard()
    for number in range(3000):
        guesser = request(peer=f"10.0.{number // 250}.{number % 250}")
        with pytest.raises(web.HTTPUnauthorized):
            guarded.check_token(guesser, "wrong")
    assert len(guarded._tries) <= 1000


async def test_behind_a_proxy_a_guesser_locks_out_nobody_else() -> None:
    guarded = guard(behind_proxy=True)
    for _ in range(5):
        with pytest.raises(web.HTTPUnauthorized):
            guarded.check(request(X_Forwarded_For="192.0.2.1, 203.0.113.9", **bearer("wrong")))
    with pytest.raises(web.HTTPTooManyRequests, match="Too Many") as refused:
        guarded.check(request(X_Forwarded_For="192.0.2.2, 203.0.113.9", **bearer(TOKEN)))
    assert "203.0.113.9" in str(refused.value.text)
    guarded.check(request(X_Forwarded_For="203.0.113.10", **bearer(TOKEN)))
    guarded.check(request(**bearer(TOKEN)))


@pytest.mark.parametrize(
    ("behind_proxy", "peer", "said", "who"),
    [
        (True, "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        (True, "::1", "192.0.2.1, 2001:db8::9", "2001:db8::9"),
        (True, "127.0.0.1", "nobody", "127.0.0.1"),
        (True, "127.0.0.1", "", "127.0.0.1"),
        (True, "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (False, "127.0.0.1", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_where_none_are_named_only_a_proxy_on_this_machine_is_believed_whom_it_asks_for(
    behind_proxy: bool, peer: str, said: str, who: str
) -> None:
    asked = request(peer=peer, X_Forwarded_For=said)
    assert guard(behind_proxy=behind_proxy).visitor(asked).address == who


def test_behind_a_proxy_elsewhere_a_guesser_locks_out_nobody_else_once_it_is_named() -> None:
    proxies = StationConfig(trusted_proxies=("10.88.0.0/16",)).proxies
    guarded = Guard(TOKEN, FakeClock(), Path("none"), proxies=proxies)
    for _ in range(5):
        with pytest.raises(web.HTTPUnauthorized):
            guarded.check(request(peer="10.88.0.1", X_Forwarded_For="203.0.113.66", **bearer("wrong")))
    with pytest.raises(web.HTTPTooManyRequests):
        guarded.check(request(peer="10.88.0.1", X_Forwarded_For="203.0.113.66", **bearer(TOKEN)))
    guarded.check(request(peer="10.88.0.1", X_Forwarded_For="198.51.100.1", **bearer(TOKEN)))


def test_the_log_says_once_that_a_proxy_is_not_named() -> None:
    guarded = guard()
    with capture_logs() as lines:
        for _ in range(3):
            with pytest.raises(web.HTTPUnauthorized):
                guarded.check(request(peer="10.88.0.1", X_Forwarded_For="203.0.113.66", **bearer("wrong")))
    assert [line["proxy"] for line in lines if "trusted_proxies" in line["event"]] == ["10.88.0.1"]


def test_a_page_is_the_stations_own_by_the_address_that_visitors_reach_it_at() -> None:
    """Proxies say by which host they were asked, or pass it on, or do neither: then public_url tells."""
    opened = guard(behind_proxy=True)
    for host in ({"Host": "tv.example.org"}, {"X_Forwarded_Host": "tv.example.org"}, {}):
        asked = request(**host)
        assert opened.is_ours(PUBLIC, asked)
        assert opened.is_ours("https://tv.example.org:443", asked)
        for other in ("https://tv.example.org:444", "https://evil.example", "null", ""):
            assert not opened.is_ours(other, asked), other
    assert not guard().is_ours(PUBLIC, request(X_Forwarded_Host="tv.example.org"))


def test_another_address_of_the_same_network_is_no_other_guesser() -> None:
    guarded = guard()
    for number in range(5):
        with pytest.raises(web.HTTPUnauthorized):
            guarded.check(request(peer=f"2001:db8::{number}", **bearer("wrong")))
    with pytest.raises(web.HTTPTooManyRequests):
        guarded.check(request(peer="2001:db8::9", **bearer(TOKEN)))
    guarded.check(request(peer="2001:db8:0:1::9", **bearer(TOKEN)))


def test_halves_of_characters_are_a_wrong_token_like_any_other() -> None:
    for half in ("\udcff", "\ud800"):
        with pytest.raises(web.HTTPUnauthorized):
            guard().check_token(request(), half)


@pytest.mark.parametrize("host", ["127.0.0.1:8800", "localhost:8800", "[::1]:8800", "127.0.0.1"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_without_a_token_it_is_open_on_this_machine(host: str, peer: str) -> None:
    guard(None).check(request(peer=peer, Host=host))


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.168.1.20", {}),
        ("127.0.0.1", {"Host": "tv.example.org"}),
        ("127.0.0.1", {"Host": "127.0.0.1.example.org"}),
        ("127.0.0.1", {"Host": "rebound.example.org:8800"}),
        ("127.0.0.1", {"Host": ""}),
        ("127.0.0.1", {"Host": "[::1"}),
        ("127.0.0.1", {"X_Forwarded_For": "203.0.113.9"}),
        ("127.0.0.1", {"X_Forwarded_Proto": "https"}),
        ("127.0.0.1", {"Via": "1.1 proxy"}),
        ("", {}),
    ],
)
def test_without_a_token_it_is_open_to_nobody_else(peer: str, headers: dict[str, str]) -> None:
    with pytest.raises(web.HTTPForbidden) as refused:
        guard(None).check(request(peer=peer, **headers))
    assert "token_file" in str(refused.value.text)


def test_without_a_token_a_proxy_that_says_nothing_of_itself_is_told_by_its_old_http() -> None:
    """nginx with ``proxy_pass http://127.0.0.1:8800;`` alone: its Host is a loopback one, too."""
    asking = make_mocked_request(
        "GET",
        "/desk/api/state",
        {"Host": "127.0.0.1:8800"},
        version=HttpVersion10,
        transport=request().transport,
    )
    with pytest.raises(web.HTTPForbidden):
        guard(None).check(asking)


@pytest.mark.parametrize(
    ("account", "is_open"),
    [(0, True), (1000, True), (60_000, True), (33, False), (999, False), (61_184, False), (65_534, False)],
)
def test_without_a_token_it_is_open_to_peoples_accounts_and_not_to_those_of_services(
    monkeypatch: pytest.MonkeyPatch, account: int, is_open: bool
) -> None:
    """HAProxy and nginx from 1.29.7 on say nothing of themselves; as packages they have such an account."""
    monkeypatch.setattr("os.geteuid", lambda: 990)
    monkeypatch.setattr(TcpInfo, "owner", lambda *_: account)
    with nullcontext() if is_open else pytest.raises(web.HTTPForbidden):
        guard(None).check(request())
    monkeypatch.setattr("os.geteuid", lambda: account)
    guard(None).check(request())


def test_where_the_kernel_does_not_tell_whose_a_connection_is_the_other_signs_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(TcpInfo, "owner", lambda *_: None)
    guard(None).check(request())


def test_without_a_token_a_station_behind_a_proxy_keeps_its_desk_shut() -> None:
    with pytest.raises(web.HTTPForbidden):
        guard(None, behind_proxy=True).check(request())


async def asked(method: str, **headers: str) -> int:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response()

    asking = request(method, **headers)
    asking._match_info = SimpleNamespace(  # type: ignore[assignment]
        current_app={GUARD: guard()}, route=SimpleNamespace(name=None)
    )
    try:
        return (await admit(asking, handler)).status
    except web.HTTPException as refused:
        return refused.status


HERE = {"Origin": "http://127.0.0.1:8800", "Content_Type": "application/json", **bearer(TOKEN)}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"Origin": "https://127.0.0.1:8800"}, 200),  # TLS ends before us
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": None}, 200),  # a script with the token
        ({"Origin": None, "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": None, "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Authorization": ""}, 401),
        ({"Authorization": None, "Origin": None}, 403),
    ],
)
async def test_orders_are_taken_from_the_desks_own_page_only(changes: dict[str, Any], status: int) -> None:
    headers = {name: value for name, value in (HERE | changes).items() if value is not None}
    assert await asked("POST", **headers) == status


async def test_a_page_of_another_site_cannot_read_either() -> None:
    assert await asked("GET", **bearer(TOKEN)) == 200
    assert await asked("GET", Sec_Fetch_Site="cross-site", **bearer(TOKEN)) == 403
    assert await asked("GET", Origin="http://evil.example", **bearer(TOKEN)) == 403


def put_token(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "desk-token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_token_comes_from_its_file_or_from_systemds_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk_token(DeskConfig()) is None
    put_token(tmp_path, f"{TOKEN}\n", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert desk_token(DeskConfig()) == TOKEN
    named = tmp_path / "named"
    named.mkdir()
    put_token(named, "named-0123456789abcdef")
    (tmp_path / "webtv.yaml").write_text("desk:\n  token_file: named/desk-token\n")
    assert desk_token(load_station(tmp_path / "webtv.yaml").desk) == "named-0123456789abcdef"


def test_a_credential_that_cannot_be_looked_at_leaves_no_desk_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(path: Path) -> None:  # folders without rights are open to root, who may run this
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(Path, "lstat", forbidden)
    monkeypatch.setattr(Path, "stat", lambda path, **_: forbidden(path))
    with pytest.raises(ConfigError, match=r"credential desk-token: .*cannot be read"):
        desk_token(DeskConfig())


@pytest.mark.parametrize(("text", "why"), [("short\n", "could be guessed"), ("", "one line")])
def test_a_token_that_is_no_lock_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    put_token(tmp_path, text)
    (tmp_path / "webtv.yaml").write_text("desk:\n  token_file: desk-token\n")
    with pytest.raises(ConfigError, match=why) as refused:
        load_station(tmp_path / "webtv.yaml")
    assert "short" not in str(refused.value).replace("is shorter than", "")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(ConfigError, match=why):
        desk_token(DeskConfig())
