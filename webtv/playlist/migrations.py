"""The database's schema as a list of migrations, each one step forward.

A step and the number of the schema that it gives are one transaction: who was killed half-way finds the step
done or not begun. No copy is kept before a step: that would need room, and minutes on a station that waits to
air, and what the files do not have is the log alone. Steps may go through channels and clips, but never
through the airings, of which there may be tens of millions: the channels wait for them.
"""

from __future__ import annotations

import sqlite3
import time
from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise
from statistics import median

from webtv.domain import SAMPLE_RATE, HouseFormat
from webtv.errors import StationError

Step = Callable[[sqlite3.Connection], None]

_FIRST = """
CREATE TABLE clips (
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, title TEXT NOT NULL, quanta INTEGER NOT NULL,
    init_sha256 TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, theme_revision TEXT NOT NULL,
    created TEXT NOT NULL, prompts TEXT NOT NULL, engines TEXT NOT NULL,
    aired INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX clips_by_channel ON clips (channel, created);
CREATE INDEX clips_kept ON clips (created) WHERE NOT gone;
CREATE TABLE airings (
    channel TEXT NOT NULL, slot INTEGER NOT NULL, epoch INTEGER NOT NULL, clip_id TEXT NOT NULL,
    kind TEXT NOT NULL, title TEXT NOT NULL, start_quanta INTEGER NOT NULL, quanta INTEGER NOT NULL,
    first_segment INTEGER NOT NULL, wall_ns INTEGER NOT NULL, unaired INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (channel, slot)
) WITHOUT ROWID;
CREATE INDEX airings_by_time ON airings (wall_ns);
CREATE TABLE channels (
    id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, format TEXT NOT NULL, init_sha256 TEXT NOT NULL,
    anchor TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE orders (channel TEXT PRIMARY KEY, written INTEGER NOT NULL) WITHOUT ROWID;
"""

_WHAT_AIRED = """
ALTER TABLE clips ADD COLUMN gone_ns INTEGER;
DROP INDEX clips_kept;
UPDATE clips SET gone_ns = {now_ns} WHERE gone;
ALTER TABLE clips DROP COLUMN gone;
CREATE INDEX clips_kept ON clips (channel, init_sha256, created, bytes) WHERE gone_ns IS NULL;
CREATE INDEX clips_gone ON clips (gone_ns) WHERE gone_ns IS NOT NULL;
ALTER TABLE channels ADD COLUMN past_slot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN settled_slot INTEGER NOT NULL DEFAULT 0;
CREATE TABLE epochs (
    channel TEXT NOT NULL, epoch INTEGER NOT NULL, quantum_samples INTEGER NOT NULL,
    PRIMARY KEY (channel, epoch)
) WITHOUT ROWID;
CREATE TABLE aired (
    channel TEXT NOT NULL, clip_id TEXT NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
    samples INTEGER NOT NULL, epoch INTEGER NOT NULL, end_quanta INTEGER NOT NULL,
    PRIMARY KEY (channel, clip_id)
) WITHOUT ROWID;
CREATE INDEX aired_by_clip ON aired (clip_id);
"""
"""``clips.gone_ns``: when the file went, by the wall clock; null while it is there. Of a channel's airings
those before ``past_slot`` are over, and those before ``settled_slot`` are counted in ``aired``: what each
clip aired, in samples at 48 kHz, with the epoch and quantum at which its last airing ended. ``epochs`` says
how long a quantum was."""


def _first(database: sqlite3.Connection) -> None:
    _each(database, _FIRST)


def _what_aired(database: sqlite3.Connection) -> None:
    _each(database, _WHAT_AIRED.format(now_ns=time.time_ns()))
    channels = database.execute("SELECT id, epoch, format FROM channels").fetchall()
    for channel, epoch, text in channels:
        quantum = HouseFormat.model_validate_json(text).quantum_samples
        found = {former: _quantum_of(database, channel, former) for former in range(epoch)}
        database.executemany(
            "INSERT INTO epochs (channel, epoch, quantum_samples) VALUES (?, ?, ?)",
            [(channel, each, samples or quantum) for each, samples in (found | {epoch: quantum}).items()],
        )


def _quantum_of(database: sqlite3.Connection, channel: str, epoch: int) -> int | None:
    """The quantum of a former epoch, of which only its airings tell: from how far apart these began."""

    def epoch_of(slot: int) -> int:
        row = database.execute(
            "SELECT epoch FROM airings WHERE channel = ? AND slot >= ? ORDER BY slot LIMIT 1", (channel, slot)
        ).fetchone()
        return int(row[0])

    low, high = database.execute(
        "SELECT min(slot), max(slot) FROM airings WHERE channel = ?", (channel,)
    ).fetchone()
    if low is None:
        return None
    first = low + bisect_left(range(low, high + 1), epoch, key=epoch_of)
    rows = database.execute(
        "SELECT slot, epoch, quanta, wall_ns FROM airings WHERE channel = ? AND slot >= ?"
        " ORDER BY slot LIMIT 99",
        (channel, first),
    ).fetchall()
    lengths = [
        (later[3] - row[3]) / row[2] * SAMPLE_RATE / 1e9
        for row, later in pairwise(rows)
        if row[1] == epoch and later[0] == row[0] + 1
    ]
    known = {HouseFormat(fps=fps).quantum_samples for fps in (24, 25, 30)}  # those of 50 and 60 are alike
    return min(known, key=lambda samples: abs(samples - median(lengths))) if lengths else None


MIGRATIONS: tuple[Step, ...] = (_first, _what_aired)
SCHEMA_VERSION = len(MIGRATIONS)


def migrate(database: sqlite3.Connection, name: str) -> None:
    """Bring a database, called ``name`` for people, to today's schema.

    Raises:
        StationError: it was written by a newer webtv.
        sqlite3.Error: it refuses; the steps before the one that failed are done.
    """
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StationError(
            f"{name} was written by a newer webtv (schema {version}, this one knows {SCHEMA_VERSION}): "
            "update webtv, or give another --data folder"
        )
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        database.execute("BEGIN IMMEDIATE")
        with database:
            step(database)
            database.execute(f"PRAGMA user_version = {number}")


def _each(database: sqlite3.Connection, statements: str) -> None:
    """One after another: ``executescript`` would commit before it begins."""
    for statement in statements.split(";"):
        database.execute(statement)
