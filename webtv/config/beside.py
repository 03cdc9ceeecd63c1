"""The files that a configuration file names and that are read with it: to save one is to save that, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path, PosixPath

_MOST_LINKS = 40
"""As many as Linux follows, path_resolution(7)."""


@dataclass(frozen=True)
class Mark:
    """What differs when a file was saved again, or its permissions were mended."""

    inode: int
    size: int
    changed_ns: int
    """Of the inode: what a copy may keep, such as the time of the last write, does not tell."""


Beside = dict[Path, Mark | None]
"""Files that are read with another one, each as it was just before; None: it was not there."""

_noted: ContextVar[Beside | None] = ContextVar("noted", default=None)


class PathAsRead(PosixPath):
    """The path of a file whose content counts: equal only while the file is as it was when it was read."""

    mark: Mark | None = None

    @classmethod
    def of(cls, path: Path) -> PathAsRead:
        read = cls(path)
        read.mark = note(path)
        return read

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PathAsRead) and str(self) == str(other) and self.mark == other.mark

    __hash__ = PosixPath.__hash__


def mark_of(path: Path) -> Mark | None:
    """None where there is no such file, or none that can be seen.

    A link that leads nowhere is there: whoever reads it says what is wrong with it.
    """
    try:
        stat = path.stat()
    except OSError:
        try:
            stat = path.lstat()
        except OSError:
            return None
    return Mark(stat.st_ino, stat.st_size, stat.st_ctime_ns)


def marks_of(paths: Iterable[Path]) -> dict[Path, Mark]:
    """Of those that are there."""
    return {path: mark for path in paths if (mark := mark_of(path)) is not None}


@contextmanager
def noted() -> Iterator[Beside]:
    """What is read meanwhile with the file that names it, also where that file then cannot be used."""
    beside: Beside = {}
    before = _noted.set(beside)
    try:
        yield beside
    finally:
        _noted.reset(before)


def note(path: Path) -> Mark | None:
    """To be called just before a file is read with the one that names it."""
    mark = mark_of(path)
    if (beside := _noted.get()) is not None:
        beside[path] = mark
    return mark


def ways_to(path: Path) -> Iterator[Path]:
    """The links that lead to a file, and where it is itself: who replaces one of these replaces the file."""
    at, links = Path("/"), 0
    ahead = _steps(path.absolute())
    while ahead and links < _MOST_LINKS:
        step = ahead.pop()
        if step == "..":
            at = at.parent
            continue
        try:
            leads_to = (at / step).readlink()
        except OSError:  # no link, or nothing at all
            at = at / step
            continue
        links += 1
        yield at / step
        at = Path("/") if leads_to.is_absolute() else at
        ahead += _steps(leads_to)
    yield at


def _steps(path: Path) -> list[str]:
    """From the last one to the first."""
    return [step for step in reversed(path.parts) if step != "/"]
