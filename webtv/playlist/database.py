"""The database on threads of its own, so that neither a slow disk nor a viewer's question holds up air.

Air does not wait for it, and goes on without it. What is damaged is set aside, whenever that is found. For
a file that cannot be opened, because the disk is full or somebody holds it, one in memory stands in until it
can. Either way the new one is told what the files say.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Never, TypeVar

import structlog

from webtv.clock import Clock
from webtv.errors import StationError
from webtv.playlist.queries import Queries, is_damage
from webtv.playlist.store import Store, open_to_read, set_aside

log = structlog.get_logger()

Result = TypeVar("Result")
Restore = Callable[[Store], None]
"""Gives a store that takes another's place what the files say of rundowns; on the database's thread."""

_OPEN_AGAIN_S = 10.0


class Database:
    """Call it with a function of the store: ``await database(lambda store: store.clips("dreams"))``.

    What only reads, and need not see what was written a moment ago, goes by ``read``.
    """

    def __init__(
        self, store: Store, path: Path, *, in_memory: bool = False, restore: Restore = lambda _: None
    ) -> None:
        self._store, self._path, self._restore = store, path, restore
        self.in_memory = in_memory
        """Whether the file cannot be used at present, and nothing is stored."""
        self.generation = 0
        """Rises when another file, or none, takes the place of what was written to so far."""
        self.replaced = asyncio.Event()
        """Set when that happens; whoever brings the library's clips in clears it."""
        self._reader: Queries | None = None
        self._reader_generation = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="database reader")

    @classmethod
    def open(cls, path: Path, *, restore: Restore = lambda _: None) -> tuple[Database, Path | None]:
        """Open or create; as ``Store.open``, but there is always a database.

        Raises:
            StationError: it was written by a newer webtv, or what is there is no file.
        """
        try:
            store, aside = Store.open_or_set_aside(path)
        except sqlite3.OperationalError as error:
            if path.exists() and not path.is_file():
                raise StationError(f"the database {path} cannot be opened: {error}") from error
            log.error("the database cannot be opened; air goes on without", error=str(error))
            return cls(Store.in_memory(), path, in_memory=True, restore=restore), None
        return cls(store, path, restore=restore), aside

    async def __call__(self, work: Callable[[Store], Result]) -> Result:
        """Raises sqlite3.Error when the disk refuses; damage does not show here."""
        return await self._on_thread(lambda: self._try(work))

    async def read(self, work: Callable[[Queries], Result]) -> Result:
        """Ask on a connection and a thread beside those that write. Raises sqlite3.Error."""
        if self.in_memory:
            return await self(work)
        generation = self.generation
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, self._read, work)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            reason = str(error)
            await self._on_thread(lambda: self._replace(reason, generation))
            return await self(work)

    async def maintain(self, clock: Clock) -> Never:
        """Look for damage once, and open the file again while it cannot be used."""
        if not self.in_memory:
            await self._check()
        while True:
            await clock.sleep(_OPEN_AGAIN_S)
            if self.in_memory:
                await self._on_thread(self._open_again)

    def close(self) -> None:
        self._thread.shutdown()
        self._reading.shutdown()
        self._let_reader_go()
        self._store.close()

    async def _on_thread(self, work: Callable[[], Result]) -> Result:
        before = self.generation
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            if self.generation != before:
                self.replaced.set()

    def _try(self, work: Callable[[Store], Result]) -> Result:
        try:
            return work(self._store)
        except sqlite3.DatabaseError as error:
            if self.in_memory or not is_damage(error):
                raise
            self._replace(str(error), self.generation)
        return work(self._store)

    def _replace(self, reason: str, generation: int) -> None:
        """Set the file aside that was damaged in ``generation``, unless that is done; begin another one."""
        if self.in_memory or generation != self.generation:
            return
        self._store.close()
        try:
            aside = set_aside(self._path)
            store = Store.open_or_set_aside(self._path)[0]
        except (OSError, sqlite3.Error) as error:
            log.error("the database is damaged; air goes on without", error=reason, then=str(error))
            self._store, self.in_memory = Store.in_memory(), True
        else:
            log.error(
                "the database was damaged and is rebuilt from the files", error=reason, kept_as=str(aside)
            )
            self._store = store
        self._begin_generation()

    def _open_again(self) -> None:
        try:
            store, aside = Store.open_or_set_aside(self._path)
        except (sqlite3.OperationalError, OSError):
            return
        self._store.close()
        self._store, self.in_memory = store, False
        log.info("the database is in use again", set_aside=str(aside) if aside else None)
        self._begin_generation()

    def _begin_generation(self) -> None:
        self.generation += 1
        try:
            self._restore(self._store)
        except sqlite3.Error as error:
            log.error("the database knows less than the files; air goes on", error=str(error))

    def _read(self, work: Callable[[Queries], Result]) -> Result:
        """On the reader's thread. Its connection is to the file of one generation."""
        if self._reader is None or self._reader_generation != self.generation:
            self._let_reader_go()
            self._reader_generation = self.generation
            self._reader = open_to_read(self._path)
        return work(self._reader)

    def _let_reader_go(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    async def _check(self) -> None:
        """Read the whole file through on a connection of its own, which may take minutes."""
        generation = self.generation
        checking = open_to_read(self._path)
        check = asyncio.get_running_loop().run_in_executor(None, checking.damage)
        try:
            damage = await asyncio.shield(check)
        except asyncio.CancelledError:
            checking.interrupt()
            raise
        finally:
            await asyncio.wait([check])
            checking.close()
        if damage is not None:
            await self._on_thread(lambda: self._replace(damage, generation))
