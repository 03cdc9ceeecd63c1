"""The listening socket: how many connections it takes, and how long one may dawdle."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections import Counter
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import cast

import structlog
from aiohttp import web

from webtv import metrics
from webtv.config.limits import LimitsConfig
from webtv.web.connection import Answer, Answered, QuickConnections, nothing
from webtv.web.visitor import Networks, counted_as, is_trusted

log = structlog.get_logger()

KEEP_ALIVE_S = 75.0
"""Longer than the 60 s for which nginx keeps a connection to the station: it shall be the one to close."""
HEADER_S = 15.0
"""From the first byte of a request, or from the connection, until its header must be there."""
STALL_S = 30.0
"""What is sent to a visitor must get on within this time."""
_REFUSAL_S = 1.0
_REFUSALS_AT_ONCE = 256
"""Beyond that many a connection is dropped without a word."""
_BACKLOG = 1024
"""The kernel takes the less of this and its own limit: a proxy opens many connections at once."""
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 10\r\n"
    b"Connection: close\r\nContent-Length: 31\r\n\r\nToo many connections are open.\n"
)


def room_for_connections(files: int) -> int:
    """Connections that fit into the process' limit of open files beside clips, pushes and databases."""
    return max(16, files * 3 // 4)


class Doorkeeper:
    """Counts open connections, in all and by address.

    Those of this machine and of trusted proxies stand for many visitors, or for the operator: they are not
    counted by address, and find some room left when strangers have taken all of theirs.
    """

    def __init__(self, limits: Callable[[], LimitsConfig], trusted: Networks) -> None:
        self._limits, self._trusted = limits, trusted
        self._by_address: Counter[str] = Counter()
        self._room = room_for_connections(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        self._full = False
        self.open = 0
        self.refusals = 0
        """Connections that are being told so."""

    def refusal(self, address: str) -> str | None:
        """Why another connection from there is not taken: ``all`` or ``address``; None where it is."""
        limits = self._limits()
        most, privileged = min(limits.connections or self._room, self._room), self._is_privileged(address)
        reason = None
        if self.open >= (most + max(8, most // 16) if privileged else most):
            reason = "all"
        elif not privileged and self._by_address[counted_as(address)] >= limits.connections_per_address:
            reason = "address"
        if (reason == "all") != self._full:
            self._full = reason == "all"
            if self._full:
                log.warning("no more connections are taken: limits.connections", open=self.open)
        return reason

    def enter(self, address: str) -> None:
        self.open += 1
        self._by_address[counted_as(address)] += 1
        metrics.http_connections.set(self.open)

    def leave(self, address: str) -> None:
        counted = counted_as(address)
        self.open -= 1
        self._by_address[counted] -= 1
        if not self._by_address[counted]:
            del self._by_address[counted]
        metrics.http_connections.set(self.open)

    def _is_privileged(self, address: str) -> bool:
        return is_trusted(address, self._trusted) or _is_of_this_machine(address)


def _is_of_this_machine(address: str) -> bool:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return True  # a Unix socket
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


class Connection(web.RequestHandler):
    """aiohttp's, which has no limits of its own but the time that a connection is kept alive."""

    __slots__ = ("_address", "_answering", "_call_later", "_doorkeeper", "_entered", "_refused", "_timer")

    def __init__(self, server: web.Server, doorkeeper: Doorkeeper, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, loop=loop, keepalive_timeout=KEEP_ALIVE_S, access_log_class=Answered)
        self._call_later = loop.call_later
        self._doorkeeper = doorkeeper
        self._address = ""
        self._entered = self._refused = self._answering = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if peer else ""
        if reason := self._doorkeeper.refusal(self._address):
            metrics.connections_refused.labels(reason).inc()
            self._refuse(cast(asyncio.Transport, transport))
            return
        self._doorkeeper.enter(self._address)
        self._entered = True
        # The kernel ends a connection whose other end takes nothing; also one that is closed and not drained.
        connected: socket.socket = transport.get_extra_info("socket")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_S * 1000))
        self._await_header()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        super().data_received(data)
        if self._timer is None and not self._answering:
            self._await_header()

    def request_came(self) -> None:
        """A whole header is there, and its answer begins."""
        self._answering = True
        self._stop_timer()

    def log_access(self, request: web.BaseRequest, response: web.StreamResponse, time: float | None) -> None:
        """aiohttp calls this when an answer has been sent."""
        self._answering = False
        super().log_access(request, response, time)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        if self._entered:
            self._entered = False
            self._doorkeeper.leave(self._address)
            super().connection_lost(exc)
        elif self._refused:
            self._refused = False
            self._doorkeeper.refusals -= 1

    def _refuse(self, transport: asyncio.Transport) -> None:
        if self._doorkeeper.refusals >= _REFUSALS_AT_ONCE:
            transport.abort()
            return
        self._refused = True
        self._doorkeeper.refusals += 1
        transport.write(_REFUSAL)
        transport.write_eof()
        # To close at once would be a reset where the request is still on its way, and the answer be lost.
        self._timer = self._call_later(_REFUSAL_S, transport.abort)

    def _await_header(self) -> None:
        self._timer = self._call_later(HEADER_S, self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        self.force_close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Entrance:
    """Listens at ``host`` and ``port`` for the application of a runner that is set up."""

    def __init__(
        self, runner: web.AppRunner, host: str, port: int, doorkeeper: Doorkeeper, answer: Answer = nothing
    ) -> None:
        """``answer`` has what need not go through aiohttp."""
        server = cast(web.Server, runner.server)
        # The one public place that every request passes when its header is whole, malformed ones too.
        server.request_factory = partial(_make_request, server.request_factory)
        made = partial(Connection, server, doorkeeper, asyncio.get_running_loop())
        self._connections = QuickConnections(made, answer)
        self._host, self._port = host, port
        self._listening: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, once it does."""
        if self._listening is None:
            raise RuntimeError("it does not listen")
        host, port, *_ = self._listening.sockets[0].getsockname()
        return host, port

    async def start(self) -> None:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            self._connections, self._host, self._port, backlog=_BACKLOG
        )

    def stop(self) -> None:
        """Take no more connections; those that are open stay."""
        if self._listening is not None:
            self._listening.close()

    async def finish(self, within_s: float) -> None:
        """Wait until no answer is on its way, or ``within_s`` have passed."""
        await self._connections.finish(within_s)


def _make_request(
    make: Callable[..., web.BaseRequest],
    message: object,
    payload: object,
    connection: Connection,
    *rest: object,
) -> web.BaseRequest:
    connection.request_came()
    return make(message, payload, connection, *rest)
