"""Child processes: each in a session of its own, watched by pidfd, with its last words kept free of secrets.

The loop learns of an exit through a pidfd, not through asyncio's subprocesses: those kill what still runs
when the loop closes, and a push to a target must be able to outlive the daemon and be adopted by the next.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_TIMERSLACK = 29
_PR_GET_TIMERSLACK = 30
_KILL_WAIT_S = 5.0
_LINES = 20
_LINE_CHARS = 400
_STDIN_LIMIT = 4096
"""What a pipe takes at once on any Linux, so that feeding a child's stdin never waits."""

_libc = ctypes.CDLL(None, use_errno=True)


class Process:
    """A running process. ``exited`` is set when it has ended, whoever ended it."""

    def __init__(self, pid: int) -> None:
        """Raises ProcessLookupError when there is no such process."""
        self.pid = pid
        self.exited = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._pidfd = os.pidfd_open(pid)
        self._loop.add_reader(self._pidfd, self._on_exit)

    @property
    def returncode(self) -> int | None:
        """Exit status, negative for a signal; None while it runs, or where only its parent may know."""
        return None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; it cannot reach a later process of the same number."""
        if not self.exited.is_set():
            try:
                signal.pidfd_send_signal(self._pidfd, number)
            except ProcessLookupError:
                return  # ended, and the loop has not told yet

    async def stop(self, grace_s: float) -> None:
        """Ask it to end, and after ``grace_s`` make it."""
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_s):
                await self.exited.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it now. Returns when it has ended; TimeoutError when even the kernel cannot end it."""
        self.signal(signal.SIGKILL)
        async with asyncio.timeout(_KILL_WAIT_S):
            await self.exited.wait()

    def let_go(self) -> None:
        """Watch it no longer; it runs on."""
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)

    def _on_exit(self) -> None:
        self.let_go()
        self.exited.set()


class ChildProcess(Process):
    """A process of ours, in a session of its own so that no terminal's Ctrl-C reaches it."""

    def __init__(self, popen: subprocess.Popen[bytes], stderr: int, secrets: Sequence[str]) -> None:
        self._popen, self._stderr = popen, stderr
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._rest = b""
        super().__init__(popen.pid)
        os.set_blocking(stderr, False)
        self._loop.add_reader(stderr, self._on_stderr)

    @classmethod
    def start(
        cls,
        argv: Sequence[str],
        *,
        cwd: Path,
        stdin: bytes = b"",
        stdout: int = subprocess.DEVNULL,
        secrets: Sequence[str] = (),
        timer_slack_ns: int | None = None,
    ) -> ChildProcess:
        """Start a program; call it in the event loop's thread.

        ``stdin`` (at most 4096 bytes) is all that the child will ever read there. ``secrets`` are removed
        from what it says. ``timer_slack_ns`` lets the kernel wake it that much late, together with others.

        Raises:
            OSError: the program cannot be started.
        """
        if len(stdin) > _STDIN_LIMIT:
            raise ValueError(f"{len(stdin)} bytes of stdin; a pipe surely takes {_STDIN_LIMIT}")
        fed = _pipe_holding(stdin)
        said, says = os.pipe()
        try:
            with _timer_slack(timer_slack_ns):
                popen = subprocess.Popen(
                    argv, cwd=cwd, stdin=fed, stdout=stdout, stderr=says, start_new_session=True
                )
        except OSError:
            os.close(said)
            raise
        finally:
            os.close(fed)
            os.close(says)
        try:
            return cls(popen, said, secrets)
        except BaseException:  # a child that nobody watches must not run
            popen.kill()
            popen.wait()
            os.close(said)
            raise

    @property
    def returncode(self) -> int | None:
        return self._popen.poll()

    @property
    def last_lines(self) -> list[str]:
        """The last lines that it wrote to stderr, without secrets."""
        return list(self._lines)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to the children it may have."""
        if not self.exited.is_set():
            try:
                os.killpg(self.pid, number)  # not reaped yet, so the number is still ours
            except ProcessLookupError:
                return

    def let_go(self) -> None:
        super().let_go()
        self._close_stderr()

    def _on_exit(self) -> None:
        self._on_stderr()
        self._popen.poll()
        super()._on_exit()  # lets go of stderr too: a grandchild may hold it open

    def _on_stderr(self) -> None:
        if self._stderr < 0:
            return
        try:
            data = os.read(self._stderr, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._close_stderr()
            return
        *lines, self._rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        self._rest = self._rest[-_STDIN_LIMIT:]
        for line in lines:
            text = line.decode("utf-8", "replace").strip()
            if text:
                self._lines.append(scrub(text, self._secrets)[:_LINE_CHARS])

    def _close_stderr(self) -> None:
        if self._stderr >= 0:
            self._loop.remove_reader(self._stderr)
            os.close(self._stderr)
            self._stderr = -1


def _pipe_holding(data: bytes) -> int:
    """The reading end of a pipe that holds ``data`` and ends there."""
    read, write = os.pipe()
    try:
        os.write(write, data)
    finally:
        os.close(write)
    return read


def scrub(text: str, secrets: Sequence[str]) -> str:
    """``text`` with every one of ``secrets`` (longest first) replaced by ``***``."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def started_ticks(pid: int) -> int:
    """When a process started, in clock ticks since boot: with its number, its identity.

    Raises:
        OSError: there is no such process.
    """
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return int(stat.rpartition(")")[2].split()[19])  # field 22 of proc_pid_stat(5)


def adopt(pid: int, ticks: int) -> Process | None:
    """Watch a process that another one started; None when it has ended or the number is someone else's."""
    try:
        process = Process(pid)
    except ProcessLookupError:
        return None
    try:
        if started_ticks(pid) == ticks:
            return process
    except OSError:
        process.let_go()
        return None
    process.let_go()
    return None


def die_with_parent(parent: int) -> None:
    """Called first thing in a worker: the kernel kills it when ``parent``, which started it, ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _timer_slack(slack_ns: int | None) -> Iterator[None]:
    """Children started within inherit this thread's timer slack, see PR_SET_TIMERSLACK(2const)."""
    if slack_ns is None:
        yield
        return
    before_ns = _libc.prctl(_PR_GET_TIMERSLACK, 0, 0, 0, 0)
    _libc.prctl(_PR_SET_TIMERSLACK, ctypes.c_ulong(slack_ns), 0, 0, 0)
    try:
        yield
    finally:
        _libc.prctl(_PR_SET_TIMERSLACK, ctypes.c_ulong(before_ns), 0, 0, 0)
