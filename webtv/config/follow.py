"""Follows the files as they are saved, whichever way an editor does that.

Some write a file anew in place, in one go or in several, others write another one and rename it, and for a
moment the file is empty, half or not there at all. So a file counts once it has settled; one that holds a
mistake then, or is gone, is given some more time before that is believed. A file counts with all that it
refers to, such as keys.
"""

from __future__ import annotations

import asyncio
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
from webtv.config.load import channel_files, is_channel_file
from webtv.config.referenced import (
    FileStamp,
    ReferencedFiles,
    paths_to_all,
    recording_references,
    stamp_of,
    stamps_of,
)
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


_NEVER_SEEN = FileStamp(0, -1, 0)


@dataclass
class _FileState(Generic[Found]):
    """A file as it is since ``since_ns``; ``holds`` is what it was read as."""

    stamp: FileStamp | None
    since_ns: int
    references: ReferencedFiles = field(default_factory=dict)
    """The files that were read with it, as they are."""
    holds: Found | ConfigError | None = None
    reported: bool = False


class Debounce(Generic[Found]):
    """Reports of each file once what it holds, when it has settled. Knows no clock, and reads no stamps.

    Not safe to use from two threads at once.
    """

    def __init__(self, read: Callable[[Path], Found], expected: Iterable[Path] = ()) -> None:
        """``read`` raises ConfigError. ``expected`` files are reported as gone if they are not there."""
        self._read = read
        self._states: dict[Path, _FileState[Found]] = {
            path: _FileState(_NEVER_SEEN, 0, reported=True) for path in expected
        }

    @property
    def references(self) -> set[Path]:
        """The files that others refer to and that were read with them."""
        return {path for state in self._states.values() for path in state.references}

    @property
    def at_rest(self) -> bool:
        """Whether everything was reported."""
        return all(state.reported for state in self._states.values())

    def first(self, path: Path) -> Found:
        """Read a file now, settled or not; a look reports it when it is another one. Raises ConfigError."""
        state = self._states[path] = _FileState(stamp_of(path) or _NEVER_SEEN, 0, reported=True)
        with recording_references() as state.references:
            try:
                holds = self._read(path)
            except ConfigError as error:
                state.holds = error
                raise
        state.holds = holds
        return holds

    def look(
        self,
        stamps: Mapping[Path, FileStamp],
        now_ns: int,
        referenced: Mapping[Path, FileStamp] | None = None,
    ) -> dict[Path, Found | ConfigError | None]:
        """Given the files that there are, those that have settled since, with what they hold; None: gone.

        ``referenced`` has the stamps of those ``references`` that there are: a change of one is a change of
        every file that refers to it. Reads files: not for the event loop.
        """
        settled = {}
        for path in stamps.keys() | self._states.keys():
            state, stamp = self._states.get(path), stamps.get(path)
            references = {named: (referenced or {}).get(named) for named in state.references} if state else {}
            if state is None or (state.stamp, state.references) != (stamp, references):
                state = self._states[path] = _FileState(stamp, now_ns, references)
            if not state.reported and self._has_settled(path, state, now_ns):
                state.reported = True
                settled[path] = state.holds
                if state.stamp is None:
                    del self._states[path]
        return settled

    def _has_settled(self, path: Path, state: _FileState[Found], now_ns: int) -> bool:
        quiet_s = (now_ns - state.since_ns) / 1e9
        if quiet_s < SETTLED_S:
            return False
        if state.stamp is not None and state.holds is None:
            with recording_references() as state.references:
                try:
                    state.holds = self._read(path)
                except ConfigError as error:
                    state.holds = error
        good = state.holds is not None and not isinstance(state.holds, ConfigError)
        return good or quiet_s >= GRACE_S


async def follow_files(
    folder: Path, others: Iterable[Path], debounce: Debounce[Found], clock: Clock
) -> AsyncGenerator[dict[Path, Found | ConfigError | None], None]:
    """For ever, what was saved in the channels' ``folder`` or in one of the ``others``, and what that holds.

    A file is saved with each of those that it refers to. The first look reports all files that were not read
    ``first``. A folder that cannot be read is reported like a file that cannot; the next report, of whatever
    files or of none, says that it can be read again. Files are looked at and read in a thread.
    """
    others, unreadable = list(others), False

    def files() -> list[Path]:
        return [*channel_files(folder), *others]

    def look() -> dict[Path, Found | ConfigError | None]:
        stamps = stamps_of(files())
        return debounce.look(stamps, clock.now().boot_ns, stamps_of(debounce.references))

    async with aclosing(
        _possible_changes(folder, lambda: [*files(), *debounce.references], clock)
    ) as possible_changes:
        async for _ in possible_changes:
            while True:
                try:
                    settled = await asyncio.to_thread(look)
                except OSError as error:
                    unreadable = True
                    yield {folder: _unreadable(folder, error)}
                    break
                if settled or (unreadable and debounce.at_rest):
                    unreadable = False
                    yield settled
                if debounce.at_rest:
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
            paths = paths_to_all(files())
        except OSError:  # the folder cannot be read, which is reported elsewhere
            paths = set()
        around = sorted({folder, *(path.parent for path in paths)})
        folders = {
            identity: one
            for one in around
            if (identity := _identity(one)) is not None and os.access(one, os.R_OK)
        }
        return cls(folders, frozenset(path.name for path in {*paths, *around}))

    def concerns(self, _: object, name: str) -> bool:
        path = Path(name)
        return path.name in self.names or is_channel_file(path)


async def _possible_changes(
    folder: Path, files: Callable[[], Iterable[Path]], clock: Clock
) -> AsyncGenerator[None, None]:
    """At once, then whenever something may have changed in the ``folder``, or with one of the ``files``.

    Which those are is asked again each time.
    """
    polled = False
    yield None
    while True:
        watched = await asyncio.to_thread(_Watched.of, folder, files)
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
                    if await asyncio.to_thread(_Watched.of, folder, files) != watched:
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
