"""The store on a thread of its own, so that a slow disk never holds up air."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from webtv.playlist.store import Store

Result = TypeVar("Result")


class Database:
    """Call it with a function of the store: ``await database(lambda store: store.clips("dreams"))``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")

    @classmethod
    def open(cls, path: Path) -> tuple[Database, Path | None]:
        """As ``Store.open``."""
        store, aside = Store.open(path)
        return cls(store), aside

    async def __call__(self, work: Callable[[Store], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._store)

    def close(self) -> None:
        self._thread.shutdown()
        self._store.close()
