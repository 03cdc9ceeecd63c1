"""A keeper with a plan of sixty clips, and a database that can be late, on virtual time."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from tests.airings import clip, slate
from tests.clocks import FakeClock
from webtv.domain import HouseFormat
from webtv.playlist.database import Database
from webtv.playlist.keeper import Keeper
from webtv.playlist.library import Library
from webtv.playlist.policies import Rules
from webtv.playlist.records import Clip
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage
from webtv.playlist.store import Store

Result = TypeVar("Result")

RULES = Rules(no_repeat=100, bumper_every=1000)
OLD, NEW = HouseFormat(), HouseFormat(fps=25)
LATE_S = 10.0


class LateDatabase(Database):
    """A real one, whose thread is busy for ten seconds before it does some kind of work."""

    def be_late_for(self, name: str, clock: FakeClock) -> None:
        self._late, self._clock = name, clock

    async def __call__(self, work: Callable[[Store], Result]) -> Result:
        if getattr(self, "_late", "") in work.__code__.co_names:
            await self._clock.advance(LATE_S)
        return await super().__call__(work)


def there(library: Library, clip: Clip) -> Clip:
    """The clip with a file, of which nothing but its name is asked here."""
    path = library.path(clip)
    path.parent.mkdir(exist_ok=True)
    path.write_text(clip.id)
    return replace(clip, sha256=hashlib.sha256(clip.id.encode()).hexdigest())


@dataclass
class Kept:
    keeper: Keeper
    clock: FakeClock
    database: LateDatabase


@asynccontextmanager
async def kept(data: Path, clock: FakeClock, last_seen: dict[str, int] | None = None) -> AsyncIterator[Kept]:
    opened = LateDatabase.open(data / "webtv.db")[0]
    assert isinstance(opened, LateDatabase)
    slots = Slots(data / "channels" / "dreams")
    slots.make_folder()
    storage = Storage(data, clock, opened, Library(data), last_seen or {})

    async def renew(_: Stock, card: Clip) -> None:
        raise AssertionError(f"{card.id} is sound")

    keeper = Keeper("dreams", slots, storage, renew)
    stock = Stock(OLD, there(storage.library, slate()), b"old")
    stock.take_in(there(storage.library, clip(f"clip{number}")) for number in range(60))
    try:
        await keeper.open(stock, RULES)
        yield Kept(keeper, clock, opened)
    finally:
        opened.close()
