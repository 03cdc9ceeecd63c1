"""The station's SQLite database: what must be queried.

Files are the truth: clips come back from their manifests and the rundown from ``rundown.json``. Calls are
short and synchronous; the station makes them from one thread of its own.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from webtv.domain import Airing
from webtv.errors import StationError
from webtv.playlist.migrations import migrate
from webtv.playlist.queries import CLIP, Queries, is_damage
from webtv.playlist.records import ChannelState, Clip

BATCH = 500
"""Rows that one call of housekeeping touches at most: some milliseconds."""


class Store(Queries):
    """One connection that also writes. Not for use from two threads at once."""

    @classmethod
    def open(cls, path: Path) -> tuple[Store, Path | None]:
        """Open or create. What is no database is set aside; its new path is returned, to rebuild from files.

        Damage within the file is not looked for here: that would keep the station off air.

        Raises:
            StationError: the database was written by a newer webtv, is locked, or the disk refuses.
        """
        try:
            return cls.open_or_set_aside(path)
        except sqlite3.OperationalError as error:
            raise StationError(f"the database {path} cannot be opened: {error}") from error

    @classmethod
    def open_or_set_aside(cls, path: Path) -> tuple[Store, Path | None]:
        """As ``open``, but raises sqlite3.OperationalError where it is locked or the disk refuses."""
        try:
            return cls(_connect(path)), None
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        aside = set_aside(path)
        return cls(_connect(path)), aside

    @classmethod
    def in_memory(cls) -> Store:
        """One that is lost with the process."""
        return cls(_connect(None))

    def add_clips(self, clips: Iterable[Clip], *, aired: bool = False) -> None:
        """``aired`` says that they are not to air as fresh ones."""
        with self._db:
            self._db.executemany(
                f"INSERT OR REPLACE INTO clips ({CLIP}, aired) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (_row(clip, aired=aired) for clip in clips),
            )

    def take_up(self, clips: Iterable[Clip]) -> None:
        """Add clips that were found as files and that are not known to be there; none airs as a fresh one."""
        with self._db:
            self._db.executemany(
                f"INSERT INTO clips ({CLIP}, aired) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET gone_ns = NULL",
                (_row(clip, aired=True) for clip in clips),
            )

    def mark_gone(self, clip_ids: Iterable[str], *, at_ns: int) -> None:
        """The files are no more since ``at_ns`` of the wall clock; the rows stay for the as-run log."""
        with self._db:
            self._db.executemany(
                "UPDATE clips SET gone_ns = ? WHERE id = ?", ((at_ns, clip_id) for clip_id in clip_ids)
            )

    def write_rundown(
        self,
        channel: str,
        state: ChannelState,
        airings: Sequence[tuple[Airing, int]],
        *,
        replace_from: int,
        aired: Iterable[str] = (),
        past_slot: int = 0,
    ) -> None:
        """Store airings with their wall-clock starts, in place of those from slot ``replace_from`` on.

        ``aired`` names clips that have aired for the first time. Airings before ``past_slot`` are over; a
        later call cannot take that back.
        """
        with self._db:
            self._db.executemany("UPDATE clips SET aired = 1 WHERE id = ?", ((name,) for name in aired))
            self._db.execute(
                "INSERT INTO channels (id, epoch, format, init_sha256, anchor, past_slot)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch,"
                " format = excluded.format, init_sha256 = excluded.init_sha256, anchor = excluded.anchor,"
                " past_slot = max(past_slot, excluded.past_slot)",
                (
                    channel,
                    state.epoch,
                    state.format.model_dump_json(),
                    state.init_sha256,
                    state.anchor.model_dump_json(),
                    past_slot,
                ),
            )
            self._db.execute(
                "INSERT OR REPLACE INTO epochs (channel, epoch, quantum_samples) VALUES (?, ?, ?)",
                (channel, state.epoch, state.format.quantum_samples),
            )
            self._db.execute("DELETE FROM airings WHERE channel = ? AND slot >= ?", (channel, replace_from))
            self._db.executemany(
                "INSERT INTO airings (channel, slot, epoch, clip_id, kind, title, start_quanta, quanta,"
                " first_segment, wall_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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

    def mark_unaired(self, channel: str, *, from_slot: int) -> None:
        """Airings that were planned, from a slot on, and did not air."""
        with self._db:
            self._db.execute(
                "UPDATE airings SET unaired = 1 WHERE channel = ? AND slot >= ?", (channel, from_slot)
            )

    def count_aired(self, channel: str, *, limit: int = BATCH) -> bool:
        """Count ``limit`` airings more that are over into what each clip aired; whether there are others."""
        with self._db:
            found = self._db.execute(
                "SELECT past_slot, settled_slot FROM channels WHERE id = ?", (channel,)
            ).fetchone()
            if found is None or found["settled_slot"] >= found["past_slot"]:
                return False
            rows = self._db.execute(
                "SELECT slot, clip_id, epoch, start_quanta + quanta AS end_quanta, wall_ns, unaired,"
                " quanta * quantum_samples AS samples FROM airings JOIN epochs USING (channel, epoch)"
                " WHERE channel = ? AND slot >= ? AND slot < ? ORDER BY slot LIMIT ?",
                (channel, found["settled_slot"], found["past_slot"], limit),
            ).fetchall()
            self._db.executemany(
                "INSERT INTO aired (channel, clip_id, first_ns, last_ns, samples, epoch, end_quanta)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, clip_id) DO UPDATE SET"
                " first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns),"
                " samples = samples + excluded.samples, epoch = excluded.epoch,"
                " end_quanta = excluded.end_quanta",
                (
                    (
                        channel,
                        row["clip_id"],
                        row["wall_ns"],
                        row["wall_ns"],
                        row["samples"],
                        row["epoch"],
                        row["end_quanta"],
                    )
                    for row in rows
                    if not row["unaired"]
                ),
            )
            more = len(rows) == limit
            settled = rows[-1]["slot"] + 1 if more else found["past_slot"]
            self._db.execute("UPDATE channels SET settled_slot = ? WHERE id = ?", (settled, channel))
        return more

    def forget_airings(self, *, before_ns: int, limit: int = BATCH) -> bool:
        """Forget ``limit`` airings at most that began before a wall-clock time; whether there may be more."""
        with self._db:
            forgotten = self._db.execute(
                "DELETE FROM airings WHERE (channel, slot) IN"
                " (SELECT channel, slot FROM airings WHERE wall_ns < ? ORDER BY wall_ns LIMIT ?)",
                (before_ns, limit),
            )
        return forgotten.rowcount == limit

    def forget_clips(self, *, gone_before_ns: int, limit: int = BATCH) -> bool:
        """Forget ``limit`` clips at most that are gone since before a wall-clock time; as above.

        Nothing of a clip airs any more some minutes after its file has gone: when the airings before
        ``gone_before_ns`` are forgotten, none names it, but for those of a plan's length.
        """
        with self._db:
            rows = self._db.execute(
                "SELECT id FROM clips WHERE gone_ns < ? ORDER BY gone_ns LIMIT ?", (gone_before_ns, limit)
            ).fetchall()
            ids = [(row["id"],) for row in rows]
            self._db.executemany("DELETE FROM clips WHERE id = ?", ids)
            self._db.executemany("DELETE FROM aired WHERE clip_id = ?", ids)
        return len(rows) == limit

    def next_order(self, channel: str) -> int:
        """Count one more order of the channel, from 0; never the same number twice."""
        with self._db:
            row = self._db.execute(
                "INSERT INTO orders (channel, written) VALUES (?, 1)"
                " ON CONFLICT (channel) DO UPDATE SET written = written + 1 RETURNING written",
                (channel,),
            ).fetchone()
        return int(row["written"]) - 1


def set_aside(path: Path) -> Path:
    """Rename a damaged database, so that another can take its place; returns its new path."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def open_to_read(path: Path) -> Queries:
    """A connection beside the one that writes, which holds that one up as little as it is held up.

    Raises:
        sqlite3.Error: the database cannot be opened.
    """
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return Queries(connection)


def _connect(path: Path | None) -> sqlite3.Connection:
    """To a file, or to memory."""
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=5.0)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, str(path))
    except BaseException:
        with suppress(sqlite3.Error):
            connection.close()
        raise
    return connection


def _row(clip: Clip, *, aired: bool) -> tuple[object, ...]:
    return (
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
