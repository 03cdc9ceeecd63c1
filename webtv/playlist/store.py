"""The station's SQLite database: what must be queried.

Files are the truth: clips come back from their manifests and the rundown from ``rundown.json``. Calls are
short and synchronous; the station makes them from one thread of its own.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from webtv.domain import Airing, AiringKind, Frozen, HouseFormat, Manifest
from webtv.errors import StationError
from webtv.timeline import Anchor

SCHEMA_VERSION = 1
_SCHEMA = """
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

_RECENT_SLOTS = 40_000
"""Airings of more than a day, the longest no-repeat window."""
_CHECKED_BYTES = 200_000_000
"""A larger database is not read through at each start: that would keep the station off air."""


@dataclass(frozen=True)
class Clip:
    """A clip of the library as the scheduler and the pages see it."""

    id: str
    channel: str
    title: str
    quanta: int
    init_sha256: str
    sha256: str
    bytes: int
    theme_revision: str
    created: str
    prompts: tuple[str, ...]
    engines: dict[str, str]

    @classmethod
    def of(cls, manifest: Manifest) -> Clip:
        return cls(
            manifest.id,
            manifest.channel,
            manifest.title,
            manifest.quanta,
            manifest.init_sha256,
            manifest.sha256,
            manifest.bytes,
            manifest.theme_revision,
            manifest.created,
            manifest.prompts,
            manifest.engines,
        )


class ChannelState(Frozen):
    """What a channel must know to go on where it was.

    An *epoch* is a stretch of air in one house format; media time counts from its beginning.
    """

    epoch: int
    format: HouseFormat
    init_sha256: str
    anchor: Anchor


@dataclass(frozen=True)
class AsRun:
    """One line of the as-run log."""

    airing: Airing
    wall_ns: int
    clip: Clip | None


class Store:
    """One connection. Not for use from two threads at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    def open(cls, path: Path) -> tuple[Store, Path | None]:
        """Open or create. A damaged database is set aside; its new path is returned, to rebuild from files.

        Raises:
            StationError: the database was written by a newer webtv, is locked, or the disk refuses.
        """
        aside = None
        try:
            connection = _connect(path)
        except sqlite3.OperationalError as error:  # locked, full, not writable: no reason to set it aside
            raise StationError(f"the database {path} cannot be opened: {error}") from error
        except sqlite3.DatabaseError:
            aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
            path.rename(aside)
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            connection = _connect(path)
        return cls(connection), aside

    def close(self) -> None:
        self._db.close()

    def clips(self, channel: str) -> list[Clip]:
        """Clips that are there, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM clips WHERE channel = ? AND NOT gone ORDER BY created, id", (channel,)
        )
        return [_clip(row) for row in rows]

    def all_clips(self) -> list[Clip]:
        """The clips of all channels that are there, whether those are on air or not, oldest first."""
        return [_clip(row) for row in self._db.execute("SELECT * FROM clips WHERE NOT gone ORDER BY created")]

    def clip(self, clip_id: str) -> Clip | None:
        row = self._db.execute("SELECT * FROM clips WHERE id = ?", (clip_id,)).fetchone()
        return _clip(row) if row else None

    def ids(self) -> set[str]:
        return {row["id"] for row in self._db.execute("SELECT id FROM clips WHERE NOT gone")}

    def add_clips(self, clips: Iterable[Clip], *, aired: bool = False) -> None:
        """``aired`` says that they are not to air as fresh ones."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO clips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                (
                    (
                        clip.id,
                        clip.channel,
                        clip.title,
                        clip.quanta,
                        clip.init_sha256,
                        clip.sha256,
                        clip.bytes,
                        clip.theme_revision,
                        clip.created,
                        json.dumps(clip.prompts, ensure_ascii=False),
                        json.dumps(clip.engines, ensure_ascii=False),
                        aired,
                    )
                    for clip in clips
                ),
            )

    def mark_gone(self, clip_ids: Iterable[str]) -> None:
        """The files are no more; the rows stay for the as-run log."""
        with self._db:
            self._db.executemany("UPDATE clips SET gone = 1 WHERE id = ?", ((i,) for i in clip_ids))

    def state(self, channel: str) -> ChannelState | None:
        row = self._db.execute("SELECT * FROM channels WHERE id = ?", (channel,)).fetchone()
        if row is None:
            return None
        return ChannelState(
            epoch=row["epoch"],
            format=HouseFormat.model_validate_json(row["format"]),
            init_sha256=row["init_sha256"],
            anchor=Anchor.model_validate_json(row["anchor"]),
        )

    def airings(self, channel: str, epoch: int, *, from_slot: int = 0) -> list[Airing]:
        rows = self._db.execute(
            "SELECT * FROM airings WHERE channel = ? AND epoch = ? AND slot >= ? ORDER BY slot",
            (channel, epoch, from_slot),
        )
        return [_airing(row) for row in rows]

    def last_airing(self, channel: str) -> Airing | None:
        row = self._db.execute(
            "SELECT * FROM airings WHERE channel = ? ORDER BY slot DESC LIMIT 1", (channel,)
        ).fetchone()
        return _airing(row) if row else None

    def last_ends(self, channel: str, epoch: int, *, before_slot: int) -> dict[str, int | None]:
        """For each clip that aired before a slot, the quantum at which its last airing ends.

        None for clips that aired in an earlier epoch only, or long ago.
        """
        aired = self._db.execute("SELECT id FROM clips WHERE channel = ? AND aired AND NOT gone", (channel,))
        ends: dict[str, int | None] = {row["id"]: None for row in aired}
        rows = self._db.execute(
            "SELECT clip_id, max(CASE epoch WHEN ? THEN start_quanta + quanta END) AS last_end FROM airings"
            " WHERE channel = ? AND slot >= ? AND slot < ? AND NOT unaired GROUP BY clip_id",
            (epoch, channel, before_slot - _RECENT_SLOTS, before_slot),
        )
        return ends | {row["clip_id"]: row["last_end"] for row in rows}

    def write_rundown(
        self,
        channel: str,
        state: ChannelState,
        airings: Sequence[tuple[Airing, int]],
        *,
        replace_from: int,
        aired: Iterable[str] = (),
    ) -> None:
        """Store airings with their wall-clock starts, in place of those from slot ``replace_from`` on.

        ``aired`` names clips that have aired for the first time.
        """
        with self._db:
            self._db.executemany("UPDATE clips SET aired = 1 WHERE id = ?", ((name,) for name in aired))
            self._db.execute(
                "INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?, ?)",
                (
                    channel,
                    state.epoch,
                    state.format.model_dump_json(),
                    state.init_sha256,
                    state.anchor.model_dump_json(),
                ),
            )
            self._db.execute("DELETE FROM airings WHERE channel = ? AND slot >= ?", (channel, replace_from))
            self._db.executemany(
                "INSERT INTO airings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                (
                    (
                        channel,
                        airing.slot,
                        state.epoch,
                        airing.clip_id,
                        airing.kind.value,
                        airing.title,
                        airing.start_quanta,
                        airing.quanta,
                        airing.first_segment,
                        wall_ns,
                    )
                    for airing, wall_ns in airings
                ),
            )

    def as_run(self, channel: str, *, before_ns: int, before_slot: int, limit: int) -> list[AsRun]:
        """Airings that started before a wall-clock time, of slots before one, newest first."""
        rows = self._db.execute(
            "SELECT * FROM airings WHERE channel = ? AND slot < ? AND wall_ns < ? AND NOT unaired"
            " ORDER BY slot DESC LIMIT ?",
            (channel, before_slot, before_ns, limit),
        ).fetchall()
        return [AsRun(_airing(row), row["wall_ns"], self.clip(row["clip_id"])) for row in rows]

    def mark_unaired(self, channel: str, *, from_slot: int) -> None:
        """Airings that were planned, from a slot on, and did not air."""
        with self._db:
            self._db.execute(
                "UPDATE airings SET unaired = 1 WHERE channel = ? AND slot >= ?", (channel, from_slot)
            )

    def forget_airings(self, *, before_ns: int) -> None:
        """Also forgets clips that are gone and that no airing names any more."""
        with self._db:
            self._db.execute("DELETE FROM airings WHERE wall_ns < ?", (before_ns,))
            self._db.execute(
                "DELETE FROM clips WHERE gone AND id NOT IN (SELECT clip_id FROM airings)",
            )

    def recent_prompts(self, channel: str, *, limit: int) -> tuple[str, ...]:
        rows = self._db.execute(
            "SELECT prompts FROM clips WHERE channel = ? ORDER BY created DESC LIMIT ?", (channel, limit)
        )
        return tuple(prompt for row in rows for prompt in json.loads(row["prompts"]))[:limit]

    def recent_titles(self, channel: str, *, limit: int) -> tuple[str, ...]:
        """Latest first."""
        rows = self._db.execute(
            "SELECT title FROM clips WHERE channel = ? ORDER BY created DESC LIMIT ?", (channel, limit)
        )
        return tuple(row["title"] for row in rows)

    def orders(self, channel: str) -> int:
        """How many orders of the channel were counted."""
        row = self._db.execute("SELECT written FROM orders WHERE channel = ?", (channel,)).fetchone()
        return int(row["written"]) if row else 0

    def next_order(self, channel: str) -> int:
        """Count one more order of the channel, from 0; never the same number twice."""
        with self._db:
            row = self._db.execute(
                "INSERT INTO orders VALUES (?, 1) ON CONFLICT (channel) DO UPDATE SET written = written + 1"
                " RETURNING written",
                (channel,),
            ).fetchone()
        return int(row["written"]) - 1


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=5.0)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if path.stat().st_size < _CHECKED_BYTES:
            check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if check != "ok":
                raise sqlite3.DatabaseError(check)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StationError(
                f"{path} was written by a newer webtv (schema {version}, this one knows {SCHEMA_VERSION}): "
                "update webtv, or give another --data folder"
            )
        if version == 0:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def _clip(row: sqlite3.Row) -> Clip:
    return Clip(
        row["id"],
        row["channel"],
        row["title"],
        row["quanta"],
        row["init_sha256"],
        row["sha256"],
        row["bytes"],
        row["theme_revision"],
        row["created"],
        tuple(json.loads(row["prompts"])),
        json.loads(row["engines"]),
    )


def _airing(row: sqlite3.Row) -> Airing:
    return Airing(
        slot=row["slot"],
        clip_id=row["clip_id"],
        kind=AiringKind(row["kind"]),
        title=row["title"],
        start_quanta=row["start_quanta"],
        quanta=row["quanta"],
        first_segment=row["first_segment"],
    )
