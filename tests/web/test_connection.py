"""Fragments are answered before aiohttp sees them, and nobody can tell, however requests come."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import pytest
import uvloop
from aiohttp import web

from webtv.media.memory_file import MemoryFile
from webtv.web.connection import Answered, QuickConnections

FRAGMENT = os.urandom(6_000_000)
"""More than the kernel buffers for one connection."""
GET = b"GET /hls/c/1.m4s HTTP/1.1\r\nHost: x\r\n\r\n"
OTHER = b"GET /other HTTP/1.1\r\nHost: x\r\n\r\n"
LIMIT_S = 60.0
pytestmark = pytest.mark.filterwarnings("ignore:Overriding the")


@pytest.fixture(params=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    return uvloop.EventLoopPolicy() if request.param == "uvloop" else asyncio.DefaultEventLoopPolicy()


@dataclass
class Server:
    port: int = 0
    quick: int = 0
    """Answers that did not come from aiohttp."""
    finish: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    bodies: list[bytes] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, channel: str, segment: int) -> tuple[bytes, MemoryFile] | None:
        if (channel, segment) != ("c", 1):
            return None
        self.quick += 1
        body = MemoryFile(FRAGMENT)
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % body.size, body

    async def behind(self, request: web.Request) -> web.Response:
        if request.path == "/slow":
            await self.go_on.wait()
        self.bodies.append(await request.read())
        return web.Response(body=FRAGMENT if request.path == "/hls/c/1.m4s" else request.path.encode())

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """One over which aiohttp has answered once: it knows that it is in use."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(OTHER)
        assert await body_of(reader) == b"/other"
        try:
            async with asyncio.timeout(LIMIT_S):
                yield reader, writer
        finally:
            writer.close()


async def body_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.splitlines()[0], head
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert length
    return await reader.readexactly(int(length[1]))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made, app = Server(), web.Application()
    app.router.add_route("*", "/{rest:.*}", made.behind)
    runner = web.AppRunner(app, access_log_class=Answered, shutdown_timeout=0.1)
    await runner.setup()
    connections = QuickConnections(cast(web.Server, runner.server), made.answer)
    listening = await asyncio.get_running_loop().create_server(connections, "127.0.0.1", 0)
    made.port, made.finish = listening.sockets[0].getsockname()[1], connections.finish
    yield made
    listening.close()
    await connections.finish(0.1)
    await runner.cleanup()


async def test_one_fragment_after_another_comes_whole_over_one_connection(server: Server) -> None:
    async with server.connection() as (reader, writer):
        for _ in range(3):
            writer.write(GET)
            assert await body_of(reader) == FRAGMENT
            writer.write(OTHER)
            assert await body_of(reader) == b"/other"
    assert server.quick == 3


async def test_a_viewer_who_asks_before_he_has_read_gets_all_in_order(server: Server) -> None:
    async with server.connection() as (reader, writer):
        for request in (GET, GET, OTHER, GET):
            writer.write(request)
            await writer.drain()
            await asyncio.sleep(0.05)  # mostly a packet of its own
        assert [await body_of(reader) for _ in range(4)] == [FRAGMENT, FRAGMENT, b"/other", FRAGMENT]


@pytest.mark.parametrize("requests", [GET + OTHER, OTHER + GET])
async def test_requests_in_one_packet_are_all_answered(server: Server, requests: bytes) -> None:
    async with server.connection() as (reader, writer):
        writer.write(requests)
        expected = [FRAGMENT, b"/other"] if requests.startswith(GET) else [b"/other", FRAGMENT]
        assert [await body_of(reader) for _ in range(2)] == expected


async def test_what_looks_like_a_request_within_another_one_is_none(server: Server) -> None:
    """Behind a proxy, who could pass one off would give others the answers to his own."""
    async with server.connection() as (reader, writer):
        writer.write(b"GET /first HTTP/1.1\r\nX-Long: ")
        await asyncio.sleep(0.2)
        writer.write(GET)
        assert await body_of(reader) == b"/first"
        writer.write(b"POST /second HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(GET))
        await asyncio.sleep(0.2)
        writer.write(GET)
        assert await body_of(reader) == b"/second"
        writer.write(OTHER)
        assert await body_of(reader) == b"/other"
    assert server.bodies[-2:] == [GET, b""]
    assert server.quick == 0


async def test_a_fragment_waits_for_the_answer_before_it(server: Server) -> None:
    async with server.connection() as (reader, writer):
        writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.2)
        writer.write(GET)
        await asyncio.sleep(0.2)
        server.go_on.set()
        assert [await body_of(reader) for _ in range(2)] == [b"/slow", FRAGMENT]


@pytest.mark.parametrize("field", [b"Connection: close", b"Expect: 100-continue", b"Transfer-Encoding : x"])
async def test_what_is_out_of_the_ordinary_is_aiohttps(server: Server, field: bytes) -> None:
    async with server.connection() as (reader, writer):
        writer.write(GET.replace(b"\r\n\r\n", b"\r\n" + field + b"\r\n\r\n"))
        await reader.readuntil(b"\r\n")
    assert server.quick == 0


async def test_a_viewer_who_leaves_within_a_fragment_harms_nobody(server: Server) -> None:
    for _ in range(3):
        async with server.connection() as (reader, writer):
            writer.write(GET)
            await reader.readexactly(1000)
            cast(asyncio.Transport, writer.transport).abort()
    async with server.connection() as (reader, writer):
        writer.write(GET)
        assert await body_of(reader) == FRAGMENT


async def ask_and_take_nothing(server: Server, writer: asyncio.StreamWriter) -> None:
    cast(asyncio.Transport, writer.transport).pause_reading()
    writer.write(GET)
    while not server.quick:  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.01)


async def test_at_sign_off_a_slow_viewer_gets_the_fragment_to_its_end(server: Server) -> None:
    async with server.connection() as (reader, writer):
        await ask_and_take_nothing(server, writer)
        finishing = asyncio.create_task(server.finish(LIMIT_S))
        await asyncio.sleep(0.3)
        assert not finishing.done(), "the viewer has not got all of it"
        cast(asyncio.Transport, writer.transport).resume_reading()
        assert await body_of(reader) == FRAGMENT
        await finishing


async def test_a_viewer_who_takes_nothing_holds_up_the_sign_off_no_longer_than_it_waits(
    server: Server,
) -> None:
    async with server.connection() as (_, writer):
        await ask_and_take_nothing(server, writer)
        await server.finish(0.2)
        writer.transport.abort()


async def test_a_connection_takes_one_descriptor_whatever_is_sent(server: Server) -> None:
    for _ in range(2):
        async with server.connection() as (reader, writer):
            writer.write(GET)
            await body_of(reader)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    async with server.connection() as (reader, writer):
        for _ in range(3):
            writer.write(GET)
            await body_of(reader)
        assert len(os.listdir("/proc/self/fd")) <= before + 2 + 6  # noqa: PTH208 - both ends, fragments
