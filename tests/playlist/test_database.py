"""The database beside air: readers hold nobody up, and air goes on without one that cannot be used."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.airings import HOUSE, anchor, clip, timeline
from tests.clocks import Hours
from webtv.errors import StationError
from webtv.playlist.database import Database
from webtv.playlist.queries import Queries
from webtv.playlist.records import ChannelState
from webtv.playlist.store import Store

STATE = ChannelState(epoch=0, format=HOUSE, init_sha256="init", anchor=anchor())
LINE = timeline(12, 12, 12)
ROWS = [(airing, LINE.wall_ns(LINE.start_ns(airing.start_quanta))) for airing in LINE.airings]
LARGE = 210_000_000


def restore(store: Store) -> None:
    """As from a channel's file."""
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)


def add(name: str) -> Callable[[Store], None]:
    return lambda store: store.add_clips([clip(name)])


async def present(database: Database) -> set[str]:
    return set(await database.read(lambda queries: queries.present()))


async def test_a_question_that_takes_long_delays_no_write(tmp_path: Path) -> None:
    database, _ = Database.open(tmp_path / "webtv.db")
    asked, written = threading.Event(), threading.Event()

    def slow(queries: Queries) -> set[str]:
        before = set(queries.present())
        asked.set()
        assert written.wait(60), "the write waited for the reader"
        return before

    with closing(database):
        await database(add("one"))
        asking = asyncio.create_task(database.read(slow))
        await asyncio.to_thread(asked.wait, 60)
        await database(add("two"))
        written.set()
        assert await asking == {"one"}
        assert await present(database) == {"one", "two"}


async def test_a_query_that_takes_seconds_within_sqlite_delays_no_write(tmp_path: Path) -> None:
    database, _ = Database.open(tmp_path / "webtv.db")
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, clips"
    begun: list[Queries] = []

    def ask(queries: Queries) -> None:
        begun.append(queries)
        queries._db.execute(endless)

    with closing(database):
        await database(add("one"))
        asking = asyncio.create_task(database.read(ask))
        while not begun:  # noqa: ASYNC110 - it begins on a thread
            await asyncio.sleep(0.001)
        for number in range(50):
            await database(add(f"more {number}"))
        assert not asking.done()
        begun[0].interrupt()
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            await asking
        assert len(await present(database)) == 51


async def test_a_viewers_connection_cannot_write(tmp_path: Path) -> None:
    database, _ = Database.open(tmp_path / "webtv.db")
    with closing(database), pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.read(lambda queries: queries._db.execute("DELETE FROM clips"))


def fill(path: Path) -> None:
    """A large database, with a channel's rundown at its beginning."""
    store, _ = Store.open(path)
    restore(store)
    store.add_clips([clip("known")])
    with store._db:
        store._db.execute("CREATE TABLE filler (data)")
        store._db.executemany("INSERT INTO filler VALUES (zeroblob(?))", [(10_000_000,)] * 21)
    store.close()
    assert path.stat().st_size > LARGE


def harm(path: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    with closing(sqlite3.connect(path)) as database:
        root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        size = database.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xde\xad" * (size // 2))


async def test_damage_in_a_large_file_that_a_call_meets_is_not_seen_by_who_calls(tmp_path: Path) -> None:
    path = tmp_path / "webtv.db"
    fill(path)
    harm(path, "airings")
    database, aside = Database.open(path, restore=restore)
    with closing(database):
        assert aside is None
        last = await database(lambda store: store.last_airing("dreams"))
        assert last == LINE.airings[-1], "what the files say was not restored"
        assert database.generation == 1
        assert database.replaced.is_set()
        assert len(list(tmp_path.glob("webtv.db.damaged-*"))) == 1
        await database(add("new"))
        assert await present(database) == {"new"}
    reopened, aside = Database.open(path)
    with closing(reopened):
        assert aside is None
        assert await present(reopened) == {"new"}


async def test_damage_in_a_large_file_that_no_call_meets_is_found_beside_air(tmp_path: Path) -> None:
    path, clock = tmp_path / "webtv.db", Hours()
    fill(path)
    with path.open("r+b") as file:  # at the end of a row that nothing asks for
        file.seek(-3_000_000, os.SEEK_END)
        file.write(b"\xde\xad" * 1_400_000)
    database, _ = Database.open(path, restore=restore)
    with closing(database):
        looking = asyncio.create_task(database.maintain(clock))
        await asyncio.wait_for(database.replaced.wait(), 60)
        assert (await database(lambda store: store.last_airing("dreams"))) == LINE.airings[-1]
        assert list(tmp_path.glob("webtv.db.damaged-*"))
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def test_damage_that_a_reader_meets_while_on_air_is_mended_as_well(tmp_path: Path) -> None:
    path = tmp_path / "webtv.db"
    fill(path)
    harm(path, "clips")
    database, _ = Database.open(path, restore=restore)
    with closing(database):
        assert await database.read(lambda queries: queries.clips("dreams")) == []
        assert database.generation == 1
        await database(add("new"))
        assert await present(database) == {"new"}, "the reader still reads what was set aside"


async def test_damage_that_two_meet_at_once_is_mended_once(tmp_path: Path) -> None:
    path = tmp_path / "webtv.db"
    fill(path)
    harm(path, "clips")
    database, _ = Database.open(path, restore=restore)
    with closing(database):
        await asyncio.gather(*(database.read(lambda queries: queries.clips("dreams")) for _ in range(5)))
        assert database.generation == 1


async def test_a_sound_database_is_left_alone_by_the_look_for_damage(tmp_path: Path) -> None:
    path, clock = tmp_path / "webtv.db", Hours()
    database, _ = Database.open(path, restore=restore)
    with closing(database):
        await database(add("one"))
        looking = asyncio.create_task(database.maintain(clock))
        await clock.pass_by(100)
        assert not database.replaced.is_set()
        assert await present(database) == {"one"}
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def test_a_look_for_damage_that_takes_long_ends_with_the_station(tmp_path: Path) -> None:
    path = tmp_path / "webtv.db"
    fill(path)
    database, _ = Database.open(path)
    with closing(database):
        looking = asyncio.create_task(database.maintain(Hours()))
        await asyncio.sleep(0)
        looking.cancel()
        await asyncio.wait_for(asyncio.gather(looking, return_exceptions=True), 60)
        assert looking.cancelled()
        assert not database.replaced.is_set()


async def test_an_error_that_is_no_damage_reaches_who_asked_and_sets_nothing_aside(tmp_path: Path) -> None:
    database, _ = Database.open(tmp_path / "webtv.db")
    with closing(database):
        for ask in (database, database.read):
            with pytest.raises(sqlite3.OperationalError, match="no such table"):
                await ask(lambda queries: queries._db.execute("SELECT * FROM no_such"))
        assert database.generation == 0
        assert not list(tmp_path.glob("*.damaged-*"))


async def test_a_database_that_somebody_holds_is_stood_in_for_until_it_is_free(tmp_path: Path) -> None:
    path, clock = tmp_path / "webtv.db", Hours()
    store, _ = Store.open(path)
    store.add_clips([clip("stored")])
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        database, aside = await asyncio.to_thread(Database.open, path, restore=restore)
        assert aside is None
        assert database.in_memory
        await database(add("meanwhile"))
        assert await present(database) == {"meanwhile"}
    with closing(database):
        looking = asyncio.create_task(database.maintain(clock))
        await clock.pass_by(11)
        while database.in_memory:  # noqa: ASYNC110 - it is opened on a thread
            await asyncio.sleep(0.001)
        assert database.replaced.is_set()
        assert await present(database) == {"stored"}
        assert (await database(lambda store: store.last_airing("dreams"))) == LINE.airings[-1]
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def test_a_folder_in_the_place_of_the_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "webtv.db").mkdir()
    with pytest.raises(StationError, match=r"the database .* cannot be opened"):
        Database.open(tmp_path / "webtv.db")


async def test_a_database_whose_disk_is_not_there_is_tried_again_each_ten_seconds(tmp_path: Path) -> None:
    path, clock = tmp_path / "disk" / "webtv.db", Hours()
    with capture_logs() as logs:
        database, aside = Database.open(path, restore=restore)
        assert (aside, database.in_memory, database.generation) == (None, True, 0)
        looking = asyncio.create_task(database.maintain(clock))
        await clock.pass_by(15)
        await database(add("meanwhile"))
        assert (database.in_memory, database.generation, database.replaced.is_set()) == (True, 0, False)
        path.parent.mkdir()
        await clock.pass_by(4)
        assert database.in_memory
        await clock.pass_by(2)
        while not database.replaced.is_set():  # noqa: ASYNC110 - it is opened on a thread
            await asyncio.sleep(0.001)
        assert (database.in_memory, database.generation) == (False, 1)
    assert [(line["event"], line.get("set_aside")) for line in logs] == [
        ("the database cannot be opened; air goes on without", None),
        ("the database is in use again", None),
    ]
    await database(add("new"))
    assert await present(database) == {"new"}
    assert (await database(lambda store: store.last_airing("dreams"))) == LINE.airings[-1]
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    database.close()
    store, _ = Store.open(path)
    assert set(store.present()) == {"new"}
    store.close()


def harmed(path: Path) -> None:
    """A small database whose clips cannot be read."""
    store, _ = Store.open(path)
    restore(store)
    store.add_clips([clip("known")])
    store.close()
    harm(path, "clips")


async def test_a_damaged_database_that_cannot_be_set_aside_is_gone_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "webtv.db"
    harmed(path)

    def refuse(_: Path) -> Path:
        raise OSError("read-only file system")

    monkeypatch.setattr("webtv.playlist.database.set_aside", refuse)
    database, _ = Database.open(path, restore=restore)
    with closing(database), capture_logs() as logs:
        assert await database(lambda store: store.clips("dreams")) == []
        assert (database.in_memory, database.generation, database.replaced.is_set()) == (True, 1, True)
        assert (await database(lambda store: store.last_airing("dreams"))) == LINE.airings[-1]
        await database(add("new"))
        assert await present(database) == {"new"}
    (line,) = logs
    assert line["event"] == "the database is damaged; air goes on without"
    assert "malformed" in line["error"]
    assert line["then"] == "read-only file system"


async def test_a_damaged_database_is_replaced_though_the_files_cannot_be_stored_in_the_new_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "webtv.db"
    harmed(path)

    def full(_: Store) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    database, _ = Database.open(path, restore=full)
    with closing(database), capture_logs() as logs:
        assert await database.read(lambda queries: queries.clips("dreams")) == []
        assert (database.in_memory, database.generation) == (False, 1)
        (aside,) = tmp_path.glob("webtv.db.damaged-*")
    assert [line["event"] for line in logs] == [
        "the database was damaged and is rebuilt from the files",
        "the database knows less than the files; air goes on",
    ]
    assert logs[0]["kept_as"] == str(aside)
    assert logs[1]["error"] == "database or disk is full"
