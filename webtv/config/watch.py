"""Follows the files as they are saved, whichever way an editor does that.

Some write a file anew in place, in one go or in several, others write another one and rename it, and for a
moment the file is empty, half or not there at all. So a file counts once it has settled; one that holds a
mistake then, or is gone, is given some more time before that is believed. A file counts with all that is read
with it, such as keys.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from watchfiles import awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

from webtv.clock import Clock
from webtv.config.beside import Beside, Mark, marks_of, noted, ways_to
from webtv.config.load import channel_files, is_channel_file
from webtv.errors import ConfigError

log = structlog.get_logger()

Found = TypeVar("Found")

SETTLED_S = 0.25
"""A file that did not change for so long has been saved."""
GRACE_S = 0.6
"""A file that is gone or cannot be used must stay so for this long, which is longer than a save takes."""
_LOOK_S = 0.05
_ALSO_LOOK_S = 5.0
"""Some file systems, such as those of a network, tell of no change: so the files are looked at, too."""
_AGAIN_S = 1.0


_NEVER_SEEN = Mark(0, -1, 0)


@dataclass
class _Seen(Generic[Found]):
    """A file as it is since ``since_ns``; ``holds`` is what it was read as."""

    mark: Mark | None
    since_ns: int
    beside: Beside = field(default_factory=dict)
    """The files that were read with it, as they are."""
    holds: Found | ConfigError | None = None
    told: bool = False


class Settling(Generic[Found]):
    """Says of each file once what it holds, when it has settled. Knows no clock and no file itself."""

    def __init__(self, read: Callable[[Path], Found], expected: Iterable[Path] = ()) -> None:
        """``read`` raises ConfigError. Of ``expected`` files it is told if they are not there."""
        self._read = read
        self._seen: dict[Path, _Seen[Found]] = {path: _Seen(_NEVER_SEEN, 0, told=True) for path in expected}

    @property
    def beside(self) -> set[Path]:
        """The files that others name and that were read with them."""
        return {path for seen in self._seen.values() for path in seen.beside}

    @property
    def at_rest(self) -> bool:
        """Whether everything was told."""
        return all(seen.told for seen in self._seen.values())

    def look(
        self, marks: Mapping[Path, Mark], now_ns: int, marks_beside: Mapping[Path, Mark] | None = None
    ) -> dict[Path, Found | ConfigError | None]:
        """Given the files that there are, those that have settled since, with what they hold; None: gone.

        ``marks_beside`` has those files ``beside`` that there are: a change of one is a change of every file
        that names it.
        """
        settled = {}
        for path in marks.keys() | self._seen.keys():
            seen, mark = self._seen.get(path), marks.get(path)
            beside = {named: (marks_beside or {}).get(named) for named in seen.beside} if seen else {}
            if seen is None or (seen.mark, seen.beside) != (mark, beside):
                seen = self._seen[path] = _Seen(mark, now_ns, beside)
            if not seen.told and self._has_settled(path, seen, now_ns):
                seen.told = True
                settled[path] = seen.holds
                if seen.mark is None:
                    del self._seen[path]
        return settled

    def _has_settled(self, path: Path, seen: _Seen[Found], now_ns: int) -> bool:
        quiet_s = (now_ns - seen.since_ns) / 1e9
        if quiet_s < SETTLED_S:
            return False
        if seen.mark is not None and seen.holds is None:
            with noted() as seen.beside:
                try:
                    seen.holds = self._read(path)
                except ConfigError as error:
                    seen.holds = error
        good = seen.holds is not None and not isinstance(seen.holds, ConfigError)
        return good or quiet_s >= GRACE_S


async def saved(
    folder: Path, others: Iterable[Path], settling: Settling[Found], clock: Clock
) -> AsyncGenerator[dict[Path, Found | ConfigError | None], None]:
    """For ever, what was saved in the channels' ``folder`` or in one of the ``others``, and what that holds.

    A file is saved with each of those that are read with it. The first look tells of all files. A folder
    that cannot be read is told of like a file that cannot; the next that is told, of whatever files or of
    none, says that it can be read again.
    """
    others, unreadable = list(others), False

    def files() -> list[Path]:
        return [*channel_files(folder), *others]

    async with aclosing(_stirs(folder, lambda: [*files(), *settling.beside], clock)) as stirs:
        async for _ in stirs:
            while True:
                try:
                    marks = marks_of(files())
                except OSError as error:
                    unreadable = True
                    yield {folder: _unreadable(folder, error)}
                    break
                settled = settling.look(marks, clock.now().boot_ns, marks_of(settling.beside))
                if settled or (unreadable and settling.at_rest):
                    unreadable = False
                    yield settled
                if settling.at_rest:
                    break
                await clock.sleep(_LOOK_S)


def _unreadable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        [f"{folder}: the channels' folder cannot be read: {error.strerror}. What is on air stays on air."]
    )


@dataclass(frozen=True)
class _Watched:
    """Where changes concern us: folders, each by what it is rather than by its name, and names in them."""

    folders: Mapping[tuple[int, int], Path]
    names: frozenset[str]

    @classmethod
    def of(cls, folder: Path, files: Callable[[], Iterable[Path]]) -> _Watched:
        try:
            ways = {way for file in files() for way in ways_to(file)}
        except OSError:  # the folder cannot be read, which is told elsewhere
            ways = set()
        around = sorted({folder, *(way.parent for way in ways)})
        folders = {
            identity: one
            for one in around
            if (identity := _identity(one)) is not None and os.access(one, os.R_OK)
        }
        return cls(folders, frozenset(path.name for path in {*ways, *around}))

    def concerns(self, _: object, name: str) -> bool:
        path = Path(name)
        return path.name in self.names or is_channel_file(path)


async def _stirs(
    folder: Path, files: Callable[[], Iterable[Path]], clock: Clock
) -> AsyncGenerator[None, None]:
    """At once, then whenever something may have changed in the ``folder``, or with one of the ``files``.

    Which those are is asked again each time.
    """
    polled = False
    yield None
    while True:
        watched = _Watched.of(folder, files)
        if _identity(folder) not in watched.folders:
            await clock.sleep(_AGAIN_S)
            yield None
            continue
        try:
            changes = awatch(
                *watched.folders.values(),
                watch_filter=watched.concerns,
                debounce=100,
                step=50,
                rust_timeout=int(_ALSO_LOOK_S * 1000),
                yield_on_timeout=True,
                recursive=False,
                force_polling=polled or None,
            )
            async with aclosing(changes):
                async for _ in changes:
                    yield None
                    if _Watched.of(folder, files) != watched:
                        break  # another folder has to be watched, or stands where one was
        except FileNotFoundError:
            await clock.sleep(_AGAIN_S)
        except (OSError, WatchfilesRustInternalError) as error:
            log.warning("files are looked at again and again: the system does not tell", error=str(error))
            polled = True
            await clock.sleep(_AGAIN_S)
        yield None


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
