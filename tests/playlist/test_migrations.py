"""Databases of earlier versions are brought to today's, whole or not at all."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from tests.airings import clip, timeline
from webtv.domain import HouseFormat
from webtv.errors import StationError
from webtv.playlist import migrations
from webtv.playlist.migrations import SCHEMA_VERSION
from webtv.playlist.store import Store

SCHEMA_1 = Path(__file__).parent / "databases" / "schema-1.db"
"""As the version before migrations wrote it: the channel ``dreams`` in three epochs, at 30, 25 and 24 frames
a second, and ``tides``, the last two of whose four airings did not air."""
BEGAN_NS = 1_800_000_000_000_000_000
LATE_NS = 2 * BEGAN_NS
ANY_SLOT = 2**53


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(SCHEMA_1, tmp_path / "webtv.db"))


def tables(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a table of ours


def open_store(path: Path) -> Store:
    store, aside = Store.open(path)
    assert aside is None
    return store


def test_the_kept_database_is_of_the_version_before_migrations() -> None:
    assert version(SCHEMA_1) == 1
    assert len(rows(SCHEMA_1, "clips")) == 8


def test_an_old_database_has_all_that_it_knew_when_it_is_opened(old: Path) -> None:
    with closing(open_store(old)) as store:
        assert [known.id for known in store.clips("dreams")] == [f"d{n}" for n in range(5)]
        found = store.clip("d2")
        assert found is not None
        assert found.prompts == ("a prompt of d2",)
        assert found.engines == {"video": "procedural 1"}
        assert store.present().keys() == {"d0", "d1", "d2", "d3", "d4", "t0", "t1"}
        gone = store.clip("gone0")
        assert gone is not None
        assert gone.title == "Title of gone0"
        state = store.state("dreams")
        assert state is not None
        assert (state.epoch, state.format, state.init_sha256) == (2, HouseFormat(fps=24), "init-24")
        assert [airing.slot for airing in store.airings("dreams", 1)] == [4, 5]
        last = store.last_airing("tides")
        assert last is not None
        assert last.slot == 3
        assert store.next_order("dreams") == 7
    assert version(old) == SCHEMA_VERSION


def test_an_old_as_run_log_says_how_long_each_airing_was_in_the_format_of_its_time(old: Path) -> None:
    with closing(open_store(old)) as store:
        lines = store.as_run("dreams", before_slot=ANY_SLOT, limit=99)
        assert [line.airing.slot for line in lines] == [7, 6, 5, 4, 3, 2, 1, 0]
        seconds = [round(line.seconds, 3) for line in lines]
        assert seconds == [13.333, 13.333, 12.8, 12.8, 12.8, 12.8, 12.8, 12.8]
        ran = store.as_run("tides", before_slot=ANY_SLOT, limit=99)
        assert [line.airing.slot for line in ran] == [1, 0]


def test_what_aired_before_the_upgrade_is_counted(old: Path) -> None:
    with closing(open_store(old)) as store:
        (aired,) = store.aired("d0", next_slots={})
        assert aired.channel == "dreams"
        assert aired.first_ns == BEGAN_NS
        assert aired.last_ns == BEGAN_NS + round((4 * 12.8 + 12.8) * 1e9)
        assert aired.seconds == pytest.approx(3 * 12.8)
        assert store.last_ends("dreams", 2, before_slot=8) == {
            "d0": None, "d1": 10, "d2": None, "d3": 5, "gone0": None,
        }  # fmt: skip


@pytest.mark.parametrize("forgotten", ["some airings", "all airings"])
def test_an_old_database_whose_log_was_forgotten_is_upgraded(old: Path, forgotten: str) -> None:
    with closing(sqlite3.connect(old)) as database, database:
        least = 5 if forgotten == "some airings" else 99
        database.execute("DELETE FROM airings WHERE slot < ?", (least,))
    with closing(open_store(old)) as store:
        lines = store.as_run("dreams", before_slot=ANY_SLOT, limit=99)
        expected = [13.333, 13.333, 12.8] if forgotten == "some airings" else []
        assert [round(line.seconds, 3) for line in lines] == expected


def test_an_upgraded_database_has_the_schema_of_a_new_one(old: Path, tmp_path: Path) -> None:
    open_store(old).close()
    open_store(tmp_path / "new.db").close()
    upgraded, new = tables(old), tables(tmp_path / "new.db")
    assert upgraded == new


def test_a_clip_that_was_gone_before_the_upgrade_is_forgotten_a_month_after_it(old: Path) -> None:
    with closing(open_store(old)) as store:
        store.forget_clips(gone_before_ns=BEGAN_NS - 400 * 86_400 * 10**9)
        assert store.clip("gone0") is not None
        store.forget_clips(gone_before_ns=LATE_NS)
        assert store.clip("gone0") is None


@pytest.mark.parametrize("last", range(1, 12))
def test_an_upgrade_that_ends_half_way_leaves_the_old_database_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    before = tables(old), rows(old, "clips"), rows(old, "airings")
    statements = migrations._each
    done = 0

    def refuse_some(database: sqlite3.Connection, text: str) -> None:
        nonlocal done
        for statement in text.split(";"):
            done += 1
            if done == last:
                raise sqlite3.OperationalError("database or disk is full")
            statements(database, statement)

    monkeypatch.setattr(migrations, "_each", refuse_some)
    with pytest.raises(StationError, match="full"):
        Store.open(old)
    assert done == last
    assert (tables(old), rows(old, "clips"), rows(old, "airings")) == before
    assert version(old) == 1
    monkeypatch.undo()
    with closing(open_store(old)) as store:
        assert store.clips("dreams")


def test_a_database_of_a_newer_version_is_refused_in_words_and_left_alone(old: Path) -> None:
    newer = SCHEMA_VERSION + 1
    with closing(sqlite3.connect(old)) as database:
        database.execute(f"PRAGMA user_version = {newer}")
    with pytest.raises(
        StationError,
        match=rf"webtv\.db was written by a newer webtv \(schema {newer}, this one knows {SCHEMA_VERSION}\)",
    ):
        Store.open(old)
    assert version(old) == newer
    assert rows(old, "clips") == rows(SCHEMA_1, "clips")


def test_a_database_of_today_is_not_migrated_again(tmp_path: Path) -> None:
    path = tmp_path / "webtv.db"
    with closing(open_store(path)) as store:
        store.add_clips([clip("a")])
    with closing(open_store(path)) as store:
        assert [known.id for known in store.clips("dreams")] == ["a"]
    assert json.loads(rows(path, "clips")[0][9]) == ["prompt of a"]  # type: ignore[arg-type]


def test_an_upgrade_that_is_killed_half_way_is_made_whole_by_the_next_start(old: Path) -> None:
    """By a real kill, in the middle of the step's transaction."""
    code = f"""
import os, signal
from pathlib import Path
from typing import Literal
from webtv.playlist import migrations, store
step = migrations.MIGRATIONS[-1]
def killed(database):
    step(database)
    os.kill(os.getpid(), signal.SIGKILL)
migrations.MIGRATIONS = (*migrations.MIGRATIONS[:-1], killed)
store.Store.open(Path({str(old)!r}))
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    with closing(open_store(old)) as store:
        assert [known.id for known in store.clips("dreams")] == [f"d{n}" for n in range(5)]
        assert store.as_run("dreams", before_slot=ANY_SLOT, limit=1)[0].seconds > 13
    assert version(old) == SCHEMA_VERSION


def former(fps: int, *, first_slot: int = 40, count: int = 4, epoch: int = 3) -> list[tuple[object, ...]]:
    """Rows of a former epoch's airings, some slots behind those of an earlier epoch in 30 frames a second."""
    made: list[tuple[object, ...]] = []
    for number, rate, slot, airings in ((epoch - 1, 30, 30, 3), (epoch, fps, first_slot, count)):
        line = timeline(*[5] * airings, house=HouseFormat(fps=rate), first_slot=slot)
        made += [
            (a.slot, number, a.quanta, line.wall_ns(line.start_ns(a.start_quanta))) for a in line.airings
        ]
    return made


def quantum_of(rows: list[tuple[object, ...]], epoch: int = 3) -> int | None:
    columns = "slot, epoch, quanta, wall_ns, channel, clip_id, kind, title, start_quanta, first_segment"
    with closing(sqlite3.connect(":memory:")) as database:
        migrations._first(database)
        for channel, shown in (("dreams", rows), ("ants", former(30, first_slot=35))):
            database.executemany(
                f"INSERT INTO airings ({columns}) VALUES (?, ?, ?, ?, ?, '', '', '', 0, 0)",  # noqa: S608
                [(*row, channel) for row in shown],
            )
        return migrations._quantum_of(database, "dreams", epoch)


@pytest.mark.parametrize("fps", [24, 25, 30])
@pytest.mark.parametrize("first_slot", [33, 34, 40])
def test_the_format_of_a_former_epoch_is_known_from_how_far_apart_its_airings_began(
    fps: Literal[24, 25, 30], first_slot: int
) -> None:
    assert quantum_of(former(fps, first_slot=first_slot)) == HouseFormat(fps=fps).quantum_samples
    assert quantum_of(former(fps, first_slot=first_slot, count=200)) == HouseFormat(fps=fps).quantum_samples


def test_some_airings_that_a_stopped_station_lay_between_do_not_blur_a_format() -> None:
    rows = former(24, count=9)
    late = [(slot, epoch, quanta, wall + (10**12 if slot > 44 else 0)) for slot, epoch, quanta, wall in rows]  # type: ignore[operator]
    assert quantum_of([row for row in late if row[0] != 42]) == HouseFormat(fps=24).quantum_samples


def test_nothing_is_known_of_an_epoch_of_one_airing_or_of_none() -> None:
    assert quantum_of(former(24, count=1)) is None
    assert quantum_of([]) is None
    assert quantum_of(former(24), epoch=2) == HouseFormat(fps=30).quantum_samples
