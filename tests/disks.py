"""Disks that do not answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
