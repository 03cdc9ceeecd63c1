"""Connections of viewers: fragments are answered right here, everything else by aiohttp behind.

Fragments are nearly all that a station sends, and aiohttp's way from bytes to a handler and back costs
several times what the kernel needs to send one.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable
from typing import TypeAlias, cast
from weakref import WeakSet

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from webtv.media.memory_file import MemoryFile

Answer: TypeAlias = Callable[[str, int], tuple[bytes, MemoryFile] | None]
"""Head and body for a segment of a channel, if it can be had at once. Whoever asks sends it."""


def nothing(channel: str, segment: int) -> None:
    """The answer of who has none at once."""


_FRAGMENT = re.compile(rb"GET /hls/([a-z0-9-]{1,64})/([0-9]{1,15})\.m4s HTTP/1\.1")
_REQUEST = re.compile(rb"(?:GET|HEAD) /[!-~]* HTTP/1\.1")
_FIELDS = re.compile(
    rb"(?:(?!(?i:content-length|transfer-encoding|upgrade|expect|connection:(?! ?keep-alive\r)))"
    rb"[A-Za-z0-9-]+:[\t -~]*\r\n)+\r\n"
)
"""Header fields of a request without a body, after which the connection is kept, up to its end."""
_LARGEST = 8192
_LOOK_EVERY_S = 0.05


class QuickConnection(asyncio.Protocol):
    """Passes all on to ``behind`` but for fragments that can be sent at once.

    To take a request out of the stream is safe only where it begins and ends for certain. So a connection is
    trusted as long as each thing that came on it was one whole simple request; after anything else it is
    aiohttp's for good.
    """

    def __init__(self, behind: web.RequestHandler, answer: Answer) -> None:
        self._behind, self._answer = behind, answer
        self._loop = asyncio.get_running_loop()
        self._simple = True
        self._fields = b""
        """Those of the last request, found simple: the next one's are mostly the same."""
        self._unanswered = 0
        """Requests that are with aiohttp."""
        self._behind_until = 0.0
        """Until then aiohttp knows that the connection is in use."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        shown = transport.get_extra_info("socket")
        self._socket = socket.socket(shown.family, shown.type, shown.proto, fileno=shown.fileno())
        """The transport's own descriptor, not another one."""
        self._behind.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._socket.detach()  # the transport closes it
        self._behind.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._simple:
            line, _, fields = data.partition(b"\r\n")
            wanted = _FRAGMENT.fullmatch(line)
            self._simple = bool(wanted or _REQUEST.fullmatch(line)) and self._are_simple(fields)
            if self._simple:
                if wanted and self._send(wanted):
                    return
                self._unanswered += 1
                self._behind_until = self._loop.time() + self._behind.keepalive_timeout / 2
        self._behind.data_received(data)

    @property
    def sending(self) -> bool:
        """Whether something of an answer has not gone out yet."""
        return self._transport.get_write_buffer_size() > 0

    def eof_received(self) -> None:
        self._behind.eof_received()

    def pause_writing(self) -> None:
        self._behind.pause_writing()

    def resume_writing(self) -> None:
        self._behind.resume_writing()

    def answered(self) -> None:
        """aiohttp has written an answer."""
        self._unanswered -= 1

    def _are_simple(self, fields: bytes) -> bool:
        if fields == self._fields:
            return True
        if len(fields) > _LARGEST or not _FIELDS.fullmatch(fields):
            return False
        self._fields = fields
        return True

    def _send(self, wanted: re.Match[bytes]) -> bool:
        """Whether the answer is on its way."""
        transport = self._transport
        if (
            self._unanswered
            or transport.get_write_buffer_size()  # aiohttp waits for slow clients
            or transport.is_closing()
            or self._loop.time() > self._behind_until  # or it would take the connection for idle
        ):
            return False
        found = self._answer(wanted[1].decode(), int(wanted[2]))
        if found is None:
            return False
        head, body = found
        try:
            sent = self._send_at_once(head, body)
        except OSError:
            transport.abort()
            return True
        if sent < len(head):
            transport.writelines([head[sent:], body.data])
        elif sent < len(head) + body.size:
            transport.write(body.data[sent - len(head) :])
        return True

    def _send_at_once(self, head: bytes, body: MemoryFile) -> int:
        """How many bytes the kernel took without waiting; the body without a copy."""
        sent = 0
        try:
            sent = self._socket.send(head, socket.MSG_MORE)
            if sent == len(head) and body.fd is not None:
                sent += os.sendfile(self._socket.fileno(), body.fd, 0, body.size)
        except BlockingIOError:
            return sent  # the viewer's line is full: the transport has the rest
        return sent


class QuickConnections:
    """Makes a connection for each that is accepted, and knows those that are open."""

    def __init__(self, behind: Callable[[], web.RequestHandler], answer: Answer) -> None:
        self._behind, self._answer = behind, answer
        self._open: WeakSet[QuickConnection] = WeakSet()

    def __call__(self) -> QuickConnection:
        connection = QuickConnection(self._behind(), self._answer)
        self._open.add(connection)
        return connection

    async def finish(self, within_s: float) -> None:
        """Wait until no answer is on its way, or ``within_s`` have passed."""
        for _ in range(int(within_s / _LOOK_EVERY_S)):
            if not any(connection.sending for connection in self._open):
                return
            await asyncio.sleep(_LOOK_EVERY_S)


class Answered(AbstractAccessLogger):
    """Not a log: how connections learn that aiohttp has answered."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        if request.transport is not None:
            connection = request.transport.get_protocol()
            if isinstance(connection, QuickConnection):
                connection.answered()
