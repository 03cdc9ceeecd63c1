"""What the database is asked. Reading only: also for connections that viewers' questions go by."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from webtv.domain import SAMPLE_RATE, Airing, AiringKind, HouseFormat
from webtv.playlist.records import Aired, AsRun, ChannelState, Clip, Kept
from webtv.timeline import Anchor

CLIP = "id, channel, title, quanta, init_sha256, sha256, bytes, theme_revision, created, prompts, engines"
AIRING = "slot, clip_id, kind, title, start_quanta, quanta, first_segment"

_RECENT_SLOTS = 40_000
"""Airings of more than a day, the longest no-repeat window."""
_NO_SLOT = 2**63 - 1
"""Beyond all slots: the largest whole number of the database."""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Queries:
    """One connection, whose rows are ``sqlite3.Row``. Not for use from two threads at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def close(self) -> None:
        self._db.close()

    def damage(self) -> str | None:
        """What is wrong with the file, or None. Reads it through, which may take minutes."""
        try:
            found: str = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return str(error) if is_damage(error) else None
        return None if found == "ok" else found

    def interrupt(self) -> None:
        """End what another thread asks at this moment, with sqlite3.OperationalError there."""
        self._db.interrupt()

    def clips(self, channel: str) -> list[Clip]:
        """Clips that are there, oldest first."""
        rows = self._db.execute(
            f"SELECT {CLIP} FROM clips WHERE channel = ? AND gone_ns IS NULL ORDER BY created, id", (channel,)
        )
        return [_clip(row) for row in rows]

    def clip(self, clip_id: str) -> Clip | None:
        """Also one that is gone, while the log may name it."""
        row = self._db.execute(f"SELECT {CLIP} FROM clips WHERE id = ?", (clip_id,)).fetchone()
        return _clip(row) if row else None

    def present(self) -> dict[str, str]:
        """All clips that are there, by id, with their channels."""
        rows = self._db.execute("SELECT id, channel FROM clips WHERE gone_ns IS NULL")
        return {row["id"]: row["channel"] for row in rows}

    def kept(self) -> list[Kept]:
        """What is there, channel by channel and house format by house format. Reads one index through."""
        rows = self._db.execute(
            "SELECT channel, init_sha256, sum(bytes) AS bytes FROM clips WHERE gone_ns IS NULL"
            " GROUP BY channel, init_sha256"
        )
        return [Kept(row["channel"], row["init_sha256"], row["bytes"]) for row in rows]

    def oldest_of(self, kept: Sequence[Kept], *, but: Collection[str], limit: int) -> list[Clip]:
        """The oldest clips of these channels and house formats that are there, without the ids in ``but``."""
        if not kept:
            return []
        pairs = ", ".join(["(?, ?)"] * len(kept))
        rows = self._db.execute(
            f"SELECT {CLIP} FROM clips WHERE gone_ns IS NULL AND (channel, init_sha256) IN (VALUES {pairs})"
            " AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY created, id LIMIT ?",
            (
                *(text for each in kept for text in (each.channel, each.init_sha256)),
                json.dumps([*but]),
                limit,
            ),
        )
        return [_clip(row) for row in rows]

    def state(self, channel: str) -> ChannelState | None:
        row = self._db.execute(
            "SELECT epoch, format, init_sha256, anchor FROM channels WHERE id = ?", (channel,)
        ).fetchone()
        if row is None:
            return None
        return ChannelState(
            epoch=row["epoch"],
            format=HouseFormat.model_validate_json(row["format"]),
            init_sha256=row["init_sha256"],
            anchor=Anchor.model_validate_json(row["anchor"]),
        )

    def channels(self) -> list[str]:
        """Ids of all channels that ever aired."""
        return [row["id"] for row in self._db.execute("SELECT id FROM channels ORDER BY id")]

    def airings(self, channel: str, epoch: int, *, from_slot: int = 0) -> list[Airing]:
        rows = self._db.execute(
            f"SELECT {AIRING} FROM airings WHERE channel = ? AND epoch = ? AND slot >= ? ORDER BY slot",
            (channel, epoch, from_slot),
        )
        return [_airing(row) for row in rows]

    def last_airing(self, channel: str) -> Airing | None:
        row = self._db.execute(
            f"SELECT {AIRING} FROM airings WHERE channel = ? ORDER BY slot DESC LIMIT 1", (channel,)
        ).fetchone()
        return _airing(row) if row else None

    def ends_unaired(self, channel: str) -> bool:
        """Whether a channel's last airing is marked as one that did not air."""
        row = self._db.execute(
            "SELECT unaired FROM airings WHERE channel = ? ORDER BY slot DESC LIMIT 1", (channel,)
        ).fetchone()
        return row is not None and bool(row["unaired"])

    def last_ends(self, channel: str, epoch: int, *, before_slot: int) -> dict[str, int | None]:
        """For each clip that aired before a slot, the quantum at which its last airing ends.

        None for clips that aired in an earlier epoch only, or long ago.
        """
        taken_up = self._db.execute(
            "SELECT id FROM clips WHERE channel = ? AND aired AND gone_ns IS NULL", (channel,)
        )
        ends: dict[str, int | None] = {row["id"]: None for row in taken_up}
        counted = self._db.execute(
            "SELECT clip_id, CASE epoch WHEN ? THEN end_quanta END AS last_end FROM aired WHERE channel = ?",
            (epoch, channel),
        )
        ends |= {row["clip_id"]: row["last_end"] for row in counted}
        rows = self._db.execute(
            "SELECT clip_id, max(CASE epoch WHEN ? THEN start_quanta + quanta END) AS last_end FROM airings"
            " WHERE channel = ? AND slot >= ? AND slot < ? AND NOT unaired GROUP BY clip_id",
            (epoch, channel, max(self._settled_slot(channel), before_slot - _RECENT_SLOTS), before_slot),
        )
        return ends | {
            row["clip_id"]: row["last_end"]
            for row in rows
            if row["last_end"] is not None or row["clip_id"] not in ends
        }

    def as_run(self, channel: str, *, before_slot: int, limit: int) -> list[AsRun]:
        """Airings of slots before one, newest first, without what turned out not to air.

        What has begun is known by its slot: the wall clock may have been set back meanwhile.
        """
        rows = self._db.execute(
            f"SELECT {AIRING}, wall_ns, quanta * quantum_samples AS samples"
            " FROM airings JOIN epochs USING (channel, epoch)"
            " WHERE channel = ? AND slot < ? AND NOT unaired ORDER BY slot DESC LIMIT ?",
            (channel, before_slot, limit),
        ).fetchall()
        clips = self._clips_by_id({row["clip_id"] for row in rows})
        return [
            AsRun(_airing(row), row["wall_ns"], row["samples"] / SAMPLE_RATE, clips.get(row["clip_id"]))
            for row in rows
        ]

    def aired(self, clip_id: str, *, next_slots: Mapping[str, int]) -> list[Aired]:
        """What a clip aired, channel by channel.

        ``next_slots`` are the first slots that have not begun, of the channels that are on air.
        """
        counted = {
            row["channel"]: Aired(
                clip_id, row["channel"], row["first_ns"], row["last_ns"], row["samples"] / SAMPLE_RATE
            )
            for row in self._db.execute(
                "SELECT channel, first_ns, last_ns, samples FROM aired WHERE clip_id = ?", (clip_id,)
            )
        }
        clip = self.clip(clip_id)
        for channel in {*counted, *([clip.channel] if clip else [])}:
            lately = self._aired_lately(clip_id, channel, next_slots.get(channel, _NO_SLOT))
            before = counted.get(channel)
            if lately is not None:
                counted[channel] = lately if before is None else _together(before, lately)
        return [counted[channel] for channel in sorted(counted)]

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

    def _aired_lately(self, clip_id: str, channel: str, before_slot: int) -> Aired | None:
        """Of what is not counted yet: some hundred airings of the channel at most, for each hour."""
        row = self._db.execute(
            "SELECT min(wall_ns) AS first_ns, max(wall_ns) AS last_ns,"
            " sum(quanta * quantum_samples) AS samples FROM airings JOIN epochs USING (channel, epoch)"
            " WHERE channel = ? AND slot >= ? AND slot < ? AND clip_id = ? AND NOT unaired",
            (channel, self._settled_slot(channel), before_slot, clip_id),
        ).fetchone()
        if row["samples"] is None:
            return None
        return Aired(clip_id, channel, row["first_ns"], row["last_ns"], row["samples"] / SAMPLE_RATE)

    def _settled_slot(self, channel: str) -> int:
        row = self._db.execute("SELECT settled_slot FROM channels WHERE id = ?", (channel,)).fetchone()
        return int(row["settled_slot"]) if row else 0

    def _clips_by_id(self, clip_ids: Iterable[str]) -> Mapping[str, Clip]:
        rows = self._db.execute(
            f"SELECT {CLIP} FROM clips WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([*clip_ids]),),
        )
        return {row["id"]: _clip(row) for row in rows}


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is harmed, and not only locked, or on a disk that refuses."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGE


def _together(one: Aired, other: Aired) -> Aired:
    first_ns, last_ns = min(one.first_ns, other.first_ns), max(one.last_ns, other.last_ns)
    return Aired(one.clip_id, one.channel, first_ns, last_ns, one.seconds + other.seconds)


@lru_cache(256)
def _engines(text: str) -> dict[str, str]:
    """Most clips of a station were made by the same few engines: they share this."""
    found: dict[str, str] = json.loads(text)
    return found


def _clip(row: sqlite3.Row) -> Clip:
    return Clip(
        id=row["id"],
        channel=row["channel"],
        title=row["title"],
        quanta=row["quanta"],
        init_sha256=row["init_sha256"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        theme_revision=row["theme_revision"],
        created=row["created"],
        prompts=tuple(json.loads(row["prompts"])),
        engines=_engines(row["engines"]),
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
