"""The way to a worker: a child of the daemon, or whom systemd starts for a connection to a socket."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from webtv.media.child import Process

_LINE_LIMIT = 4 * 1024 * 1024
_ITS_LOG = "journalctl -u 'webtv-worker@*'"
_HEARS_WITHIN_S = 1.0
_CREDENTIALS = struct.Struct("3i")
"""struct ucred, unix(7): process, user and group."""


class Link(Protocol):
    """What is said to a worker, what it says, and how it is ended."""

    reader: StreamReader
    writer: StreamWriter
    pid: int
    log: str
    """Where its own words are."""

    @property
    def ending(self) -> str | None:
        """How it ended, to go on after "the worker"; None while it runs."""

    async def ended(self) -> None:
        """Returns when it has ended."""

    def kill(self) -> None:
        """End it, and what it started."""


Connect = Callable[[str, float], Awaitable[Link]]
"""Has a worker started and sends it a first line; the number is how many seconds its first word may take.

Raises OSError, of which TimeoutError is one.
"""


def child(command: Sequence[str] | None = None) -> Connect:
    """Starts a child process, by default webtv's own worker. Its last argument is our process id."""

    async def connect(first: str, _within_s: float) -> Link:
        argv = (*(command or (sys.executable, "-m", "webtv.render.worker")), str(os.getpid()))
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=PIPE, stdout=PIPE, limit=_LINE_LIMIT, start_new_session=True
        )
        link = _ChildLink(process)
        link.writer.write(first.encode() + b"\n")
        return link

    return connect


def unit(path: Path) -> Connect:
    """Connects to the socket ``path``, where systemd starts a worker: see systemd/webtv-worker.socket."""

    async def connect(first: str, within_s: float) -> Link:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            try:
                await asyncio.get_running_loop().sock_connect(end, str(path))
            except (FileNotFoundError, ConnectionRefusedError) as error:
                raise OSError(
                    f"nobody listens at {path}. Run: systemctl start webtv-worker.socket, or have workers "
                    "started by the station itself, without worker_socket in webtv.yaml"
                ) from error
            try:
                await asyncio.get_running_loop().sock_sendall(end, first.encode() + b"\n")
                async with asyncio.timeout(within_s):
                    process = Process(await _speaker(end))
            except (BrokenPipeError, ConnectionResetError, ProcessLookupError) as error:
                raise OSError(f"it ended at once: {_ITS_LOG} says why") from error
            except TimeoutError as error:
                raise TimeoutError(f"it said nothing for {within_s:.0f} s: {_ITS_LOG} says why") from error
            reader, writer = await asyncio.open_unix_connection(sock=end, limit=_LINE_LIMIT)
        except BaseException:
            end.close()
            raise
        return _UnitLink(reader, writer, process)

    return connect


async def _speaker(end: socket.socket) -> int:
    """The process that speaks first at the other end, as the kernel knows it; nothing is read yet.

    The other end itself belongs to systemd, which listened; and what a worker says of itself is nothing to
    kill by.
    """
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(end, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(end)
    data, ancillary, _, _ = end.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size), socket.MSG_PEEK)
    if not data:
        raise ConnectionResetError
    for level, kind, sent in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            pid: int = _CREDENTIALS.unpack(sent)[0]
            if pid:
                return pid
    raise OSError("it runs in another PID namespace, where it can be neither watched nor ended")


class _ChildLink:
    log = "this log"

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a worker is spoken with by pipes")
        self._process, self.pid = process, process.pid
        self.reader, self.writer = process.stdout, process.stdin

    @property
    def ending(self) -> str | None:
        status = self._process.returncode
        return None if status is None else f"ended with status {status}"

    async def ended(self) -> None:
        await self._process.wait()

    def kill(self) -> None:
        with suppress(ProcessLookupError):  # it ended just now
            os.killpg(self.pid, signal.SIGKILL)


class _UnitLink:
    """Its unit ends what the worker leaves behind."""

    log = _ITS_LOG

    def __init__(self, reader: StreamReader, writer: StreamWriter, process: Process) -> None:
        self.reader, self.writer, self.pid = reader, writer, process.pid
        self._process = process

    @property
    def ending(self) -> str | None:
        return "ended" if self._process.exited.is_set() else None

    async def ended(self) -> None:
        await self._process.exited.wait()

    def kill(self) -> None:
        """One that hears that its connection ended ends well; to systemd a signal would be a failure."""
        self.writer.close()
        asyncio.get_running_loop().call_later(_HEARS_WITHIN_S, self._process.signal, signal.SIGKILL)
