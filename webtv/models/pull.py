"""``webtv models pull``: weights come to the station's folder, whole, verified, and of one known commit."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from webtv.errors import WebtvError
from webtv.models.catalogue import Weights
from webtv.models.connection import new_session
from webtv.models.download import download
from webtv.models.hub import Listing, RemoteFile, digest_of, list_file, list_repository, sha256_of
from webtv.models.lock import Locked, LockedFile, read_locks, write_lock

_AT_ONCE = 4
_SPARE = 256 * 10**6
"""Bytes that stay free on the disk."""
_PARTS = ".partial"
_GB = 10**9


@dataclass(frozen=True)
class Pulled:
    """What a pull did: ``fetched`` files came, the rest of ``locked`` was there and sound."""

    locked: Locked
    fetched: tuple[str, ...]


class Progress:
    """Told how a pull goes on; this one keeps it to itself."""

    def begin(self, what: str, size: int) -> None:
        """``size`` bytes of ``what`` are to be fetched or looked at."""

    def advance(self, count: int) -> None:
        """So many bytes more are done; fewer if negative."""


async def pull(
    weights: Weights,
    models: Path,
    *,
    update: bool = False,
    endpoint: str | None = None,
    progress: Progress | None = None,
    pause_s: float = 1.0,
) -> Pulled:
    """Bring ``weights`` into ``models`` and lock their commit and hashes.

    The first pull resolves ``weights.revision``; later ones keep to the commit that it found, unless it is to
    ``update``. Files that are there and sound are not fetched again; a sound repository needs no network.

    Raises:
        WebtvError: no network, no permission, no such repository, no space, or files that arrive damaged.
    """
    with _alone(models):
        try:
            return await _pull(weights, models, update, endpoint, progress or Progress(), pause_s)
        except OSError as error:
            raise WebtvError(
                f"{error.filename or models} cannot be used: {error.strerror or error}"
            ) from error


async def _pull(
    weights: Weights, models: Path, update: bool, endpoint: str | None, progress: Progress, pause_s: float
) -> Pulled:
    folder = models / weights.repository
    locked = read_locks(models).get(weights.repository)
    keeps = locked is not None and not update and _pinned(weights, locked)
    if locked and keeps and locked.verified and locked.patterns == weights.files:
        progress.begin(f"verifying {weights.repository}", sum(file.size for file in locked.files.values()))
        if all([await _sound(folder / name, file, progress) for name, file in locked.files.items()]):
            return Pulled(locked, ())
    revision = locked.revision if locked and keeps else weights.revision
    async with new_session() as session:
        try:
            listing = await _listing(session, weights, revision, endpoint)
        except aiohttp.ClientResponseError as error:
            raise WebtvError(f"{weights.url} is answered with {error.status}: try again later") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise WebtvError(
                f"{weights.url} cannot be reached ({error}): look at the network, and pull again"
            ) from error
        if not update:
            listing = _as_locked(listing, locked)
        fetcher = _Fetcher(session, listing, folder, progress, pause_s)
        return await _bring(weights, models, locked, listing, fetcher)


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """Two pulls at once would write into the same parts."""
    try:
        models.mkdir(parents=True, exist_ok=True)
        lock = (models / ".pull").open("a")
    except OSError as error:
        raise WebtvError(f"{models} cannot hold weights: {error.strerror or error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WebtvError(f"another pull is at work in {models}: wait for its end") from error
        except OSError as error:
            raise WebtvError(f"{models} cannot be locked: {error.strerror or error}") from error
        yield


def _pinned(weights: Weights, locked: Locked) -> bool:
    """Whether the locked commit is still the one wanted: the catalogue may name a commit itself."""
    wanted = weights.url or weights.revision
    return wanted == locked.revision or not (weights.url or re.fullmatch("[0-9a-f]{40}", wanted))


async def _listing(
    session: aiohttp.ClientSession, weights: Weights, revision: str, endpoint: str | None
) -> Listing:
    if weights.url:
        return await list_file(session, weights)
    return await asyncio.to_thread(list_repository, weights, revision, endpoint)


def _as_locked(listing: Listing, locked: Locked | None) -> Listing:
    """Of a file whose hash nobody tells, the one it had when it was pulled first is expected."""
    if locked is None or locked.revision != listing.revision:
        return listing
    known = {name: file.sha256 for name, file in locked.files.items()}
    files = tuple(replace(file, digest=file.digest or known.get(file.name, "")) for file in listing.files)
    return replace(listing, files=files)


async def _bring(
    weights: Weights, models: Path, old: Locked | None, listing: Listing, fetcher: _Fetcher
) -> Pulled:
    missing = await fetcher.missing()
    _check_space(fetcher.folder, sum(fetcher.left(file) for file in missing))
    expected = {file.name: LockedFile(size=file.size) for file in listing.files}
    begun = Locked(revision=listing.revision, files=expected, patterns=weights.files)
    if old is None or not old.verified:
        # Said before the first byte, so that a pull that breaks off goes on with this commit.
        write_lock(models, weights.repository, begun)
    await fetcher.fetch(missing)
    # Only now: until all is here, engines go on with the weights that an update replaces.
    write_lock(models, weights.repository, begun)
    fetcher.place(missing)
    hashes = {file.name: await fetcher.sha256(file) for file in listing.files}
    files = {file.name: LockedFile(size=file.size, sha256=hashes[file.name]) for file in listing.files}
    locked = Locked(revision=listing.revision, files=files, patterns=weights.files)
    write_lock(models, weights.repository, locked)
    for name in old.files.keys() - locked.files.keys() if old else ():
        (fetcher.folder / name).unlink(missing_ok=True)
    shutil.rmtree(fetcher.folder / _PARTS, ignore_errors=True)
    return Pulled(locked, tuple(file.name for file in missing))


class _Fetcher:
    """Brings the files of one listing into a folder, some at once."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        listing: Listing,
        folder: Path,
        progress: Progress,
        pause_s: float,
    ) -> None:
        self.folder = folder
        self._session, self._listing, self._pause_s = session, listing, pause_s
        self._progress = progress
        self._seats = asyncio.Semaphore(_AT_ONCE)
        self._repository = f"{folder.parent.name}/{folder.name}"

    async def missing(self) -> list[RemoteFile]:
        """The files that are not in the folder as listed."""
        self._progress.begin(f"looking at {self._repository}", self._listing.size)
        missing = []
        for file in self._listing.files:
            if not (file.digest and await self._whole(self.folder / file.name, file)):
                missing.append(file)
            self._progress.advance(file.size)
        return missing

    def left(self, file: RemoteFile) -> int:
        """Bytes of it that are still to come."""
        part = self._part(file)
        return file.size - (part.stat().st_size if part.exists() else 0)

    async def fetch(self, files: list[RemoteFile]) -> None:
        """Bring what is missing of ``files``, whole and verified, beside the folder's files."""
        self._progress.begin(f"fetching {self._repository}", sum(file.size for file in files))
        self._progress.advance(sum(file.size - self.left(file) for file in files))
        (self.folder / _PARTS).mkdir(parents=True, exist_ok=True)
        try:
            async with asyncio.TaskGroup() as group:
                for file in files:
                    group.create_task(self._fetch(file))
        except* (WebtvError, OSError) as several:
            raise several.exceptions[0] from None

    def place(self, files: list[RemoteFile]) -> None:
        """Put what was fetched where engines look for it."""
        for file in files:
            path = self.folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            self._part(file).replace(path)

    async def sha256(self, file: RemoteFile) -> str:
        """Of a file in its place. A large file's is known: it was verified by it."""
        if re.fullmatch("[0-9a-f]{64}", file.digest):
            return file.digest
        return await asyncio.to_thread(sha256_of, self.folder / file.name)

    async def _fetch(self, file: RemoteFile) -> None:
        part = self._part(file)
        async with self._seats:
            for attempt in ("first", "last"):
                await download(
                    self._session,
                    file,
                    part,
                    headers=self._listing.headers,
                    arrived=self._progress.advance,
                    pause_s=self._pause_s,
                )
                part.touch()  # for an empty file nothing was asked
                if await self._whole(part, file):
                    break
                self._progress.advance(-part.stat().st_size)
                part.unlink()
                if attempt == "last":
                    raise WebtvError(f"{file.url} arrives damaged, twice now: try again later")

    def _part(self, file: RemoteFile) -> Path:
        """Named by what it becomes, so that another revision's file never continues it."""
        what = f"{file.url} {file.digest or file.etag}"
        return self.folder / _PARTS / hashlib.sha256(what.encode()).hexdigest()[:32]

    async def _whole(self, path: Path, file: RemoteFile) -> bool:
        with suppress(FileNotFoundError):
            if path.stat().st_size == file.size:
                return not file.digest or await asyncio.to_thread(digest_of, path, file.digest) == file.digest
        return False


async def _sound(path: Path, file: LockedFile, progress: Progress) -> bool:
    try:
        sound = path.stat().st_size == file.size and await asyncio.to_thread(sha256_of, path) == file.sha256
    except FileNotFoundError:
        sound = False
    progress.advance(file.size)
    return sound


def _check_space(folder: Path, needed: int) -> None:
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if needed + _SPARE > free:
        raise WebtvError(
            f"{folder} needs {needed / _GB:.1f} GB more, and its disk has {free / _GB:.1f} GB free: "
            "free some space, or give `models` in webtv.yaml a folder on another disk"
        )
