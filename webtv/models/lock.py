"""``<models>/models.lock.json``: which commit of each repository was pulled; every file's size and hash."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from webtv.domain import Frozen
from webtv.errors import WebtvError

LOCK_FILE = "models.lock.json"


class LockedFile(Frozen):
    """``sha256`` is empty until the file has been pulled and verified."""

    size: int = Field(ge=0)
    sha256: str = ""


class Locked(Frozen):
    """A repository as pulled, or as it shall be: ``revision`` is a commit, or the address of the one file."""

    revision: str
    files: dict[str, LockedFile]
    patterns: tuple[str, ...] = ()
    """Of which files were asked for, as in the catalogue."""

    def missing(self, folder: Path) -> list[str]:
        """The files that are not in ``folder`` with their size, by name."""
        return [name for name, file in self.files.items() if not _has(folder / name, file.size)]

    @property
    def verified(self) -> bool:
        """Whether the hashes of all files are known, as they are after a pull that came to its end."""
        return all(file.sha256 for file in self.files.values())


_LOCKS = TypeAdapter(dict[str, Locked])


def read_locks(models: Path) -> dict[str, Locked]:
    """What is locked in the folder ``models``, by repository.

    Raises WebtvError when the file cannot be read, or holds something else.
    """
    path = models / LOCK_FILE
    try:
        return _LOCKS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not what `webtv models pull` wrote"
        raise WebtvError(f"{path} cannot be read: {reason}. Move it away and pull again.") from error


def write_lock(models: Path, repository: str, locked: Locked) -> None:
    """Keep what is locked of one repository; the file is whole at any moment."""
    locks = read_locks(models) | {repository: locked}
    models.mkdir(parents=True, exist_ok=True)
    partial = models / f".{LOCK_FILE}.{os.getpid()}"
    partial.write_bytes(_LOCKS.dump_json(dict(sorted(locks.items())), indent=1) + b"\n")
    partial.replace(models / LOCK_FILE)


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False
