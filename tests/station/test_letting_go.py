"""Which clips retention lets go, and how many, where the database is real and no channel is on air."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.airings import clip
from tests.clocks import FakeClock
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.records import Clip
from webtv.station.retention import Retention, enough

SIZE = 1000


def clips(count: int) -> list[Clip]:
    return [replace(clip(f"clip{n:03d}"), bytes=SIZE, created=f"{n:03d}") for n in range(count)]


@pytest.mark.parametrize(
    ("over", "gone"), [(-1, 0), (0, 0), (1, 1), (SIZE, 1), (SIZE + 1, 2), (3 * SIZE, 3), (9 * SIZE, 3)]
)
def test_no_more_clips_go_than_hold_the_bytes_that_are_too_many(over: int, gone: int) -> None:
    assert enough(clips(3), over) == clips(3)[:gone]


async def test_a_database_that_refuses_does_not_keep_other_clips_from_making_room(tmp_path: Path) -> None:
    library, database = Library(tmp_path), Database.open(tmp_path / "webtv.db")[0]
    every = clips(250)
    for one in every:
        library.path(one).parent.mkdir(exist_ok=True)
        library.path(one).touch()
    try:
        await database(lambda store: store.add_clips(every))
        retention = Retention(
            lambda: [], lambda: [], library, database, FakeClock(), keep_bytes=50 * SIZE, min_free_bytes=0
        )

        async def left() -> int:
            with pytest.raises(sqlite3.OperationalError):
                await retention._make_room()
            return len(library.present())

        await database(lambda store: store._db.execute("PRAGMA query_only = ON"))
        assert [await left(), await left()] == [150, 50]
        await retention._make_room()
        assert len(library.present()) == 50, "what has gone is counted though the database was not told"
        await database(lambda store: store._db.execute("PRAGMA query_only = OFF"))
        retention.keep_bytes = 49 * SIZE
        await retention._make_room()
        known = await database(lambda store: store.present())
        assert known.keys() == library.present().keys() == {one.id for one in every[201:]}
    finally:
        database.close()
