"""Bytes that never change, held in memory so that the kernel can send them from where they are."""

from __future__ import annotations

import mmap
import os


class MemoryFile:
    """One piece of memory, as a file to ``sendfile`` from and as a buffer for everybody else.

    Whoever still sends ``data`` keeps the memory; ``close`` may be called meanwhile.
    """

    fd: int | None
    """For ``os.sendfile``, until ``close``. None where the system has no such files, or no more of them."""

    def __init__(self, data: bytes | bytearray) -> None:
        """``data`` is not empty."""
        self.size = len(data)
        try:
            self.fd = os.memfd_create("webtv-fragment")
        except OSError:
            self.fd, self.data = None, memoryview(data).toreadonly()
            return
        try:
            os.ftruncate(self.fd, self.size)
            with mmap.mmap(self.fd, self.size) as memory:
                memory[:] = data
            self.data = memoryview(mmap.mmap(self.fd, self.size, prot=mmap.PROT_READ))
        except OSError:
            self.close()
            self.data = memoryview(data).toreadonly()

    def close(self) -> None:
        """Nothing is sent from ``fd`` any more."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None
