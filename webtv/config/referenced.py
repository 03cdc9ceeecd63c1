"""The files that a configuration file refers to, such as keys: a change of one is a change of that file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path, PosixPath

_MOST_LINKS = 40
"""As many as Linux follows, path_resolution(7)."""


@dataclass(frozen=True)
class FileStamp:
    """What differs when a file was saved again, or its permissions were mended."""

    inode: int
    size: int
    changed_ns: int
    """Of the inode: what a copy may keep, such as the time of the last write, does not tell."""


ReferencedFiles = dict[Path, FileStamp | None]
"""Files that were read with another one, each as it was just before; None: it was not there."""

_recorder: ContextVar[ReferencedFiles | None] = ContextVar("recorder", default=None)


class PathAsRead(PosixPath):
    """The path of a file whose content counts: equal only while the file is as it was when it was read."""

    stamp: FileStamp | None = None

    @classmethod
    def of(cls, path: Path) -> PathAsRead:
        read = cls(path)
        read.stamp = record_reference(path)
        return read

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PathAsRead) and str(self) == str(other) and self.stamp == other.stamp

    __hash__ = PosixPath.__hash__


def stamp_of(path: Path) -> FileStamp | None:
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
    return FileStamp(stat.st_ino, stat.st_size, stat.st_ctime_ns)


def stamps_of(paths: Iterable[Path]) -> dict[Path, FileStamp]:
    """Of those that are there."""
    return {path: stamp for path in paths if (stamp := stamp_of(path)) is not None}


@contextmanager
def recording_references() -> Iterator[ReferencedFiles]:
    """What ``record_reference`` is called with meanwhile, also where the file that refers is then refused."""
    references: ReferencedFiles = {}
    before = _recorder.set(references)
    try:
        yield references
    finally:
        _recorder.reset(before)


def record_reference(path: Path) -> FileStamp | None:
    """To be called just before a file is read because another refers to it."""
    stamp = stamp_of(path)
    if (references := _recorder.get()) is not None:
        references[path] = stamp
    return stamp


def paths_to_all(files: Iterable[Path]) -> set[Path]:
    """``paths_to`` each of the files. Folders that files share are resolved once."""
    folders: dict[Path, tuple[list[Path], Path]] = {}
    found: set[Path] = set()
    for file in files:
        if file.parent not in folders:
            *links, itself = paths_to(file.parent)
            folders[file.parent] = links, itself
        links, folder = folders[file.parent]
        found.update(links)
        if (folder / file.name).is_symlink():
            found.update(paths_to(folder / file.name))
        else:
            found.add(folder / file.name)
    return found


def paths_to(path: Path) -> Iterator[Path]:
    """The links that lead to a file, then the file itself: to replace one of these is to replace the file."""
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
