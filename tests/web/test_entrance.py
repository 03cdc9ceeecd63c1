"""How many connections are taken, and how long one may dawdle: real sockets, in the event loop that airs."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
import uvloop
from aiohttp import web
from structlog.testing import capture_logs

from webtv import metrics
from webtv.config.limits import LimitsConfig
from webtv.web import entrance
from webtv.web.desk import body
from webtv.web.entrance import Connection, Doorkeeper, Entrance, room_for_connections

SOON_S = 60.0
"""Generous: the machine may be busy."""
ASKING = b"GET / HTTP/1.1\r\nHost: tv\r\n\r\n"
LARGE = bytes(16_000_000)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Reach = Callable[..., Awaitable[Streams]]


@asynccontextmanager
async def listening(
    limits: LimitsConfig | None = None, trusted: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Doorkeeper, Reach]]:
    """A server behind the entrance; ``reach(address)`` connects to it from there."""
    doorkeeper = Doorkeeper(lambda: limits or LimitsConfig(), tuple(ip_network(text) for text in trusted))

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=LARGE)

    async def posted(request: web.Request) -> web.Response:
        return web.json_response(await body.read_body(request, {}))

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(5):
            await response.write(f"{number}\n".encode())
            await asyncio.sleep(0.3)
        return response

    app = web.Application()
    app.add_routes(
        [web.get("/", hello), web.get("/large", large), web.get("/events", events), web.post("/", posted)]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    open_to = Entrance(runner, "127.0.0.1", 0, doorkeeper)
    await open_to.start()
    try:
        port = open_to.address[1]

        async def reach(address: str = "127.0.0.1", **options: int) -> Streams:
            connection = socket.socket()
            for option, value in options.items():
                connection.setsockopt(socket.SOL_SOCKET, getattr(socket, option), value)
            connection.setblocking(False)
            connection.bind((address, 0))
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
            return await asyncio.open_connection(sock=connection, limit=2**16)

        yield doorkeeper, reach
    finally:
        open_to.stop()
        await runner.cleanup()


async def status(streams: Streams, asked: bytes = ASKING) -> int:
    reader, writer = streams
    with contextlib.suppress(ConnectionError):
        writer.write(asked)
        await writer.drain()
    line = await asyncio.wait_for(reader.readline(), SOON_S)
    return int(line.split()[1])


async def closed(reader: asyncio.StreamReader) -> None:
    """Wait until the other end has let go."""
    async with asyncio.timeout(SOON_S):
        with contextlib.suppress(ConnectionError):
            while await reader.read(2**16):
                pass


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not true():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)


def refused(reason: str) -> float:
    return (
        metrics.REGISTRY.get_sample_value("webtv_http_connections_refused_total", {"reason": reason}) or 0.0
    )


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "HEADER_S", 0.4)
    monkeypatch.setattr(entrance, "STALL_S", 3.0)
    monkeypatch.setattr(body, "_WITHIN_S", 0.4)


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the loopback addresses only 127.0.0.1 is this machine; the others stand for other ones."""
    monkeypatch.setattr(entrance, "_is_of_this_machine", lambda address: address == "127.0.0.1")


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: tv\r\n", ASKING[:-1]],
    ids=["nothing", "line", "field", "end"],
)
def test_who_does_not_get_on_with_a_header_is_let_go(sent: bytes) -> None:
    async def main() -> None:
        async with listening() as (doorkeeper, reach):
            reader, writer = await reach()
            writer.write(sent)
            await closed(reader)
            await until(lambda: doorkeeper.open == 0)

    uvloop.run(main())


@pytest.mark.usefixtures("hurry")
def test_a_header_that_comes_byte_by_byte_gains_no_time_and_nor_does_a_second_one() -> None:
    async def main() -> None:
        async with listening() as (_, reach):
            reader, writer = await reach()
            assert await status((reader, writer)) == 200
            ended = asyncio.create_task(closed(reader))
            with contextlib.suppress(ConnectionError):
                for byte in b"GET / HTTP/1.1\r\n" + b"X-Slow: " + b"x" * 1000:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.05)
                    if ended.done():
                        break
            assert ended.done(), "it may go on for ever"
            await ended

    uvloop.run(main())


@pytest.mark.usefixtures("hurry")
def test_who_asked_and_is_answered_may_take_longer_and_come_again() -> None:
    async def main() -> None:
        async with listening() as (_, reach):
            reader, writer = await reach()
            writer.write(b"GET /events HTTP/1.1\r\nHost: tv\r\n\r\n")
            seen = await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), SOON_S)
            assert b"4\n" in seen
            await asyncio.sleep(0.8)  # idle for twice the time that a header may take
            assert await status((reader, writer)) == 200

    uvloop.run(main())


def test_nothing_of_aiohttps_own_is_used_or_shadowed() -> None:
    """aiohttp may change what begins with an underscore in any version."""
    private = {name for name in dir(web.RequestHandler) if name.startswith("_") and not name.startswith("__")}
    ours = {name for name in vars(Connection) if name.startswith("_") and not name.startswith("__")}
    assert private.isdisjoint(ours), "aiohttp has got what a Connection calls by the same name"
    used = set(re.findall(r"\b(?:self|server|runner|connection)\.(_\w+)", inspect.getsource(entrance)))
    assert used, "nothing was read"
    assert private.isdisjoint(used), "a Connection uses what aiohttp does not promise"


@pytest.mark.usefixtures("hurry")
def test_an_idle_connection_is_kept_for_more_than_a_minute_and_not_for_an_hour() -> None:
    assert 60 < entrance.KEEP_ALIVE_S < 120


@pytest.mark.usefixtures("hurry")
def test_who_takes_nothing_of_what_was_asked_for_is_let_go_and_who_takes_it_slowly_is_not() -> None:
    async def main() -> None:
        async with listening() as (doorkeeper, reach):
            _, stalled = await reach(SO_RCVBUF=4096)
            stalled.transport.pause_reading()
            stalled.write(b"GET /large HTTP/1.1\r\nHost: tv\r\n\r\n")
            reader, slow = await reach(SO_RCVBUF=262_144)
            slow.write(b"GET /large HTTP/1.1\r\nHost: tv\r\n\r\n")
            await until(lambda: doorkeeper.open == 2)
            taken = 0
            async with asyncio.timeout(SOON_S):
                while doorkeeper.open == 2:
                    taken += len(await reader.read(65_536))
                    await asyncio.sleep(0.1)
            assert taken < len(LARGE), "it was to be slow"
            assert await asyncio.wait_for(reader.read(65_536), SOON_S), "it was let go, too"
            stalled.transport.abort()

    uvloop.run(main())


@pytest.mark.usefixtures("hurry")
def test_who_announces_a_body_and_sends_none_is_told_so() -> None:
    async def main() -> None:
        async with listening() as (_, reach):
            asked = b"POST / HTTP/1.1\r\nHost: tv\r\nContent-Length: 9\r\n\r\n{"
            assert await status(await reach(), asked) == 408

    uvloop.run(main())


@pytest.mark.usefixtures("from_elsewhere")
def test_one_address_takes_no_more_than_its_share_and_others_come_in() -> None:
    async def main() -> None:
        before = refused("address")
        async with listening(LimitsConfig(connections_per_address=3)) as (doorkeeper, reach):
            held = [await reach("127.0.0.66") for _ in range(3)]
            await until(lambda: doorkeeper.open == 3)
            for _ in range(2):
                assert await status(await reach("127.0.0.66")) == 503
            assert refused("address") == before + 2
            other = await reach("127.0.0.67")
            assert await status(other) == 200
            held.pop()[1].close()
            await until(lambda: doorkeeper.open == 3)
            assert await status(await reach("127.0.0.66")) == 200

    uvloop.run(main())


@pytest.mark.usefixtures("from_elsewhere")
def test_when_strangers_have_taken_all_this_machine_and_trusted_proxies_still_come_in() -> None:
    async def main() -> None:
        before, limits = refused("all"), LimitsConfig(connections=4, connections_per_address=2)
        with capture_logs() as lines:
            async with listening(limits, trusted=("127.0.0.2",)) as (doorkeeper, reach):
                held = [await reach(f"127.0.0.{number}") for number in (60, 61, 62, 63)]
                await until(lambda: doorkeeper.open == 4)
                for number in range(64, 70):
                    assert await status(await reach(f"127.0.0.{number}")) == 503
                for address in ("127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.2"):
                    streams = await reach(address)
                    held.append(streams)
                    assert await status(streams) == 200
                for _, writer in held:
                    writer.close()
                await until(lambda: doorkeeper.open == 0 == doorkeeper.refusals)
        assert refused("all") == before + 6
        assert [line["open"] for line in lines if "limits.connections" in line["event"]] == [4]

    uvloop.run(main())


@pytest.mark.usefixtures("from_elsewhere")
def test_a_flood_of_refused_connections_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "_REFUSALS_AT_ONCE", 5)

    async def main() -> None:
        async with listening(LimitsConfig(connections=1)) as (doorkeeper, reach):
            _, held = await reach("127.0.0.60")
            await until(lambda: doorkeeper.open == 1)
            flood = [await reach("127.0.0.66") for _ in range(40)]
            assert doorkeeper.refusals <= 5
            for reader, _ in flood:
                await closed(reader)
            await until(lambda: doorkeeper.refusals == 0)
            held.close()

    uvloop.run(main())


@pytest.mark.parametrize(("files", "connections"), [(65_536, 49_152), (1024, 768), (8, 16)])
def test_connections_leave_files_for_clips_and_pushes(files: int, connections: int) -> None:
    assert room_for_connections(files) == connections
