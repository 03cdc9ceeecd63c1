"""What is stored of a rundown, what is stored later, and what is said where the database is silent."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.airings import HOUSE, anchor, clip, timeline
from webtv.domain import AiringKind
from webtv.errors import StationError
from webtv.playlist import ledger as ledger_module
from webtv.playlist.database import Database
from webtv.playlist.ledger import Ledger
from webtv.playlist.records import ChannelState
from webtv.playlist.rundown import Rundown, next_epoch, remembered, save
from webtv.playlist.store import Store

Result = TypeVar("Result")

STATE = ChannelState(epoch=0, format=HOUSE, init_sha256="init", anchor=anchor())
LINE = timeline(12, 12, 12, 12)
MADE = remembered(STATE, LINE.airings)


class RefusingDatabase(Database):
    """A real one that refuses while it is told to."""

    refuses = ""

    async def __call__(self, work: Callable[[Store], Result]) -> Result:
        if self.refuses:
            raise sqlite3.OperationalError(self.refuses)
        return await super().__call__(work)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[RefusingDatabase]:
    opened = RefusingDatabase.open(tmp_path / "webtv.db")[0]
    assert isinstance(opened, RefusingDatabase)
    yield opened
    opened.close()


@pytest.fixture
async def ledger(database: RefusingDatabase) -> Ledger:
    return Ledger("dreams", database)


@pytest.fixture
def hung(database: RefusingDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database's thread is busy, and nobody waits long for it."""
    free = threading.Event()
    database._thread.submit(free.wait)
    for limit in ("STORE_S", "_SIGN_ON_S"):
        monkeypatch.setattr(ledger_module, limit, 0.01)
    yield
    free.set()


async def titles(database: Database, epoch: int = 0) -> list[str]:
    airings = await database(lambda store: store.airings("dreams", epoch))
    return [airing.title for airing in airings]


def retitled(first: int, title: str) -> Rundown:
    """Another plan behind the first airings."""
    new = [airing.model_copy(update={"title": title}) for airing in LINE.airings[first:]]
    return remembered(STATE, [*LINE.airings[:first], *new])


async def past_slot(database: Database) -> object:
    return await database(lambda store: store._db.execute("SELECT past_slot FROM channels").fetchone()[0])


async def test_what_changed_from_a_slot_on_is_stored_in_place_of_what_was(
    ledger: Ledger, database: Database
) -> None:
    await ledger.store(MADE, 0)
    await ledger.store(retitled(1, "new"), 2)
    assert await titles(database) == ["Clip 0", "Clip 1", "new", "new"]
    lines = await database(lambda s: s.as_run("dreams", before_slot=99, limit=9))
    assert [line.wall_ns for line in reversed(lines)] == [
        LINE.wall_ns(LINE.start_ns(airing.start_quanta)) for airing in LINE.airings
    ]
    assert await database(lambda store: store.state("dreams")) == STATE


async def test_what_could_not_be_stored_is_stored_with_the_next(
    ledger: Ledger, database: RefusingDatabase
) -> None:
    await ledger.store(MADE, 0)
    database.refuses = "the disk is full"
    await ledger.store(retitled(1, "first"), 1)
    await ledger.store(retitled(1, "second"), 3)
    database.refuses = ""
    assert await titles(database) == ["Clip 0", "Clip 1", "Clip 2", "Clip 3"]
    await ledger.store(retitled(1, "third"), 3)
    assert await titles(database) == ["Clip 0", "third", "third", "third"]
    await ledger.store(retitled(0, "fourth"), 3)
    assert await titles(database) == ["Clip 0", "third", "third", "fourth"], "it is stored once"


async def test_what_is_not_stored_of_one_epoch_is_none_of_anothers(
    ledger: Ledger, database: Database
) -> None:
    await ledger.store(MADE, 0)
    ledger.store_anew_from(0, 1)
    other = remembered(STATE.model_copy(update={"epoch": 1}), timeline(6, 6, first_slot=4).airings)
    await ledger.store(other, 4)
    assert await titles(database) == ["Clip 0", "Clip 1", "Clip 2", "Clip 3"]
    assert await titles(database, 1) == ["Clip 0", "Clip 1"]


async def test_the_earliest_slot_that_is_not_as_stored_counts(ledger: Ledger, database: Database) -> None:
    await ledger.store(MADE, 0)
    ledger.store_anew_from(0, 2)
    ledger.store_anew_from(0, 1)
    ledger.store_anew_from(0, 3)
    await ledger.store(retitled(0, "new"), 4)
    assert await titles(database) == ["Clip 0", "new", "new", "new"]


async def test_a_plan_that_was_given_up_is_replaced_by_what_airs(
    ledger: Ledger, database: RefusingDatabase
) -> None:
    assert not ledger.holds_another
    await ledger.store(retitled(1, "given up"), 0)
    ledger.given_up(MADE, 1)
    assert ledger.holds_another
    database.refuses = "locked"
    await ledger.store(MADE, 4)
    assert ledger.holds_another
    database.refuses = ""
    await ledger.store(MADE, 4)
    assert not ledger.holds_another
    assert await titles(database) == ["Clip 0", "Clip 1", "Clip 2", "Clip 3"]


async def test_another_database_is_given_all_that_is_in_memory(ledger: Ledger, database: Database) -> None:
    await ledger.store(MADE, 0)
    await database(lambda store: store.write_rundown("dreams", STATE, [], replace_from=0))
    await ledger.store(MADE, 3)
    assert await titles(database) == ["Clip 3"]
    database.generation += 1
    await ledger.store(MADE, 4)
    assert await titles(database) == ["Clip 0", "Clip 1", "Clip 2", "Clip 3"]
    await database(lambda store: store.write_rundown("dreams", STATE, [], replace_from=0))
    await ledger.store(MADE, 4)
    assert await titles(database) == [], "once for each database"


async def test_a_fresh_clip_has_aired_once_that_is_stored(ledger: Ledger, database: RefusingDatabase) -> None:
    await database(lambda store: store.add_clips([clip("clip0"), clip("clip1"), clip("clip2")]))
    again = LINE.airings[1].model_copy(update={"kind": AiringKind.ARCHIVE})
    ledger.aired([LINE.airings[0], again])
    database.refuses = "full"
    await ledger.store(MADE, 4)
    database.refuses = ""
    ledger.aired([LINE.airings[2]])
    await ledger.store(MADE, 4)

    async def aired() -> list[str]:
        return await database(
            lambda s: [row["id"] for row in s._db.execute("SELECT id FROM clips WHERE aired ORDER BY id")]
        )

    assert await aired() == ["clip0", "clip2"]
    await database(lambda store: store._db.execute("UPDATE clips SET aired = 0").rowcount)
    await ledger.store(MADE, 4)
    assert await aired() == [], "it is told once"


async def test_what_left_the_memory_is_over_but_not_while_an_epoch_that_may_be_given_up_is_to_come(
    ledger: Ledger, database: Database
) -> None:
    later_on = remembered(STATE, LINE.airings[2:])
    await ledger.store(MADE, 0)
    assert await past_slot(database) == 0
    await ledger.store(later_on, 2)
    assert await past_slot(database) == 2
    coming = next_epoch(later_on, HOUSE, "other")
    other = Rundown(coming.state, timeline(6, 6, 6, first_slot=4).airings, coming.cue)
    await ledger.store(other, 4)
    assert await past_slot(database) == 2, "until it airs"
    await ledger.store(later_on, 4)
    assert await past_slot(database) == 2
    await ledger.store(other, 4)
    assert await past_slot(database) == 2
    await ledger.store(Rundown(other.state, other.airings[1:], other.cue), 5)
    assert await past_slot(database) == 5


async def test_a_database_that_hangs_is_waited_for_no_longer_than_a_second(
    ledger: Ledger, hung: None, tmp_path: Path
) -> None:
    await ledger.store(MADE, 0)
    assert ledger._unstored == {0: 0}
    await ledger.mark_unaired(2)
    with pytest.raises(StationError, match="the database does not answer: too slow"):
        await ledger.last_ends(0, before_slot=3)
    with pytest.raises(StationError, match="the database does not answer: too slow"):
        await ledger.last_ends(0, before_slot=3, sign_on=True)
    with pytest.raises(StationError, match="the database does not answer: too slow"):
        await ledger.recall(tmp_path / "none.json")


async def test_a_channel_that_signs_on_waits_longer_than_one_on_air(
    ledger: Ledger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def ask(work: Callable[[Store], Result], within_s: float) -> Result:
        waited.append(within_s)
        return await database(work)

    monkeypatch.setattr(ledger, "_ask", ask)
    await ledger.recall(Path("/none"))
    await ledger.last_ends(0, before_slot=0, sign_on=True)
    await ledger.last_ends(0, before_slot=0)
    await ledger.store(MADE, 0)
    await ledger.mark_unaired(0)
    assert waited == [30, 30, 1, 1, 1]


async def test_what_did_not_air_leaves_the_log_from_its_slot_on(ledger: Ledger, database: Database) -> None:
    await ledger.store(MADE, 0)
    await ledger.mark_unaired(2)
    lines = await database(lambda s: s.as_run("dreams", before_slot=99, limit=9))
    assert [line.airing.slot for line in lines] == [1, 0]
    assert await ledger.last_ends(0, before_slot=1) == {"clip0": 12}
    assert await ledger.last_ends(1, before_slot=2) == {"clip0": None, "clip1": None}


async def test_a_refusal_is_told_in_the_databases_words(
    ledger: Ledger, database: RefusingDatabase, tmp_path: Path
) -> None:
    database.refuses = "disk I/O error"
    await ledger.mark_unaired(0)
    with pytest.raises(StationError, match="disk I/O error"):
        await ledger.last_ends(0, before_slot=0)
    with pytest.raises(StationError, match="disk I/O error"):
        await ledger.recall(tmp_path / "none.json")


async def test_without_the_database_the_rundowns_file_is_believed_and_stored_anew(
    ledger: Ledger, database: RefusingDatabase, tmp_path: Path
) -> None:
    path = tmp_path / "rundown.json"
    assert await ledger.recall(path) is None
    save(remembered(STATE, LINE.airings[1:]), path)
    database.refuses = "locked"
    assert await ledger.recall(path) == (STATE, list(LINE.airings[1:]))
    assert ledger._unstored == {0: 1}
    save(remembered(STATE.model_copy(update={"epoch": 3}), ()), path)
    await ledger.recall(path)
    assert ledger._unstored == {0: 1, 3: 0}


async def test_a_channel_is_recalled_from_the_database(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.store(MADE, 0)
    assert await ledger.recall(tmp_path / "none.json") == (STATE, list(LINE.airings))
