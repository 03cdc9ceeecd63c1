"""Disks that do not answer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@contextmanager
def hanging(path: Path) -> Iterator[None]:
    """Meanwhile whoever writes ``path`` atomically hangs in the kernel.

    Then the first write fails, as after a disk's timeout, and those behind it find the disk as it was.
    """
    fifo = path.with_name(f".{path.name}.new")
    os.mkfifo(fifo)
    try:
        yield
    finally:
        aside = fifo.rename(path.with_name("aside"))
        os.close(os.open(aside, os.O_RDONLY | os.O_NONBLOCK))


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own at ``path``, which those see who run ``within``; we see it at ``seen_at``."""

    path: Path
    seen_at: Path
    within: tuple[str, ...]

    def fill(self) -> None:
        """Leave not one byte of room."""
        with (self.seen_at / "filler").open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(b"x" * size) == size:
                        pass

    def free_bytes(self) -> int:
        stat = os.statvfs(self.seen_at)
        return stat.f_bavail * stat.f_frsize


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A small tmpfs in a mount namespace, which nobody needs to be root for."""
    path.mkdir(parents=True)
    root = os.geteuid() == 0
    mount = f'mount -t tmpfs -o size={megabytes}m tmpfs "$0" && echo ready && exec cat'
    holder = subprocess.Popen(
        ["unshare", "-m" if root else "-rm", "sh", "-c", mount, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == b"ready\n"
        enter = ["nsenter", "-t", str(holder.pid), "-m", *(() if root else ("-U", "--preserve-credentials"))]
        within = (*enter, "sh", "-c", 'cd "$0" && exec "$@"', str(path.parent))
        yield SmallDisk(path, Path(f"/proc/{holder.pid}/root{path}"), within)
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()
