"""Writes that survive a power cut: the old or the new file, never half of one."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """Replace ``path`` by ``text``. With ``durable`` it is on disk when this returns."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
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
