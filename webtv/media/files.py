"""Writes that survive a power cut and a full disk: the old or the new file, never half of one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_atomically(
    path: Path,
    content: str | bytes,
    *,
    durable: bool = True,
    private: bool = False,
    like: os.stat_result | None = None,
) -> None:
    """Replace ``path`` by ``content``. With ``durable`` it is on disk when this returns.

    A ``private`` file only its owner may read. With ``like`` it has the rights of that file, and its owner
    where we may give files away.

    Raises:
        OSError: the disk refuses. The old file is as it was, and nothing is left beside it.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600 if private or like else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if like is not None:
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), like.st_uid, like.st_gid)
                os.fchmod(file.fileno(), like.st_mode & 0o7777)
            elif private:  # what an earlier write left there may have other rights
                os.fchmod(file.fileno(), 0o600)
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def move_durably(source: Path, destination: Path) -> None:
    """Move a finished file into place on the same file system."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(destination)
    sync_folder(destination.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
