"""The library: admitted clips as files with their manifests, and what was refused, with the reason.

::

    library/<channel>/<id>.mp4, <id>.json      quarantine/<id>.mp4, <id>.json      cards/<id>.mp4, <id>.json
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webtv.domain import Manifest
from webtv.errors import ClipRejected
from webtv.media.files import move_durably, write_atomically
from webtv.playlist.records import Clip


class _Known(BaseModel):
    """What a manifest says that the database keeps: a part of it, because libraries are large."""

    model_config = ConfigDict(extra="ignore")

    id: str
    channel: str
    title: str
    quanta: int = Field(ge=1)
    init_sha256: str
    sha256: str
    bytes: int
    theme_revision: str = ""
    created: str
    prompts: tuple[str, ...] = ()
    engines: dict[str, str] = {}


@dataclass(frozen=True)
class Refused:
    """A clip that was refused, and why; ``at_ns`` by the wall clock."""

    clip_id: str
    channel: str
    reason: str
    detail: str
    at_ns: int


class Library:
    """The clip files of a station. All lie on one file system, so that they can be linked and renamed."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._clips, self._cards = data / "library", data / "cards"
        self._quarantine, self.work = data / "quarantine", data / "work"
        for folder in (self._clips, self._cards, self._quarantine, self.work):
            folder.mkdir(parents=True, exist_ok=True)
        self._verified: dict[str, tuple[int, int, int]] = {}
        """Of clips in the library, by id: the file that was read through last."""

    def path(self, clip: Clip) -> Path:
        return self.card_path(clip.id) if not clip.channel else self._clips / clip.channel / f"{clip.id}.mp4"

    def card_path(self, card_id: str) -> Path:
        return self._cards / f"{card_id}.mp4"

    def refused_path(self, clip_id: str) -> Path:
        """Where a clip lies that was refused."""
        return self._quarantine / f"{clip_id}.mp4"

    def refused(self) -> list[Refused]:
        """What is in quarantine, the newest first."""
        found = []
        for path in self._quarantine.glob("*.json"):
            try:
                note, at_ns = json.loads(path.read_text(encoding="utf-8")), path.stat().st_mtime_ns
                manifest = note["manifest"]
                channel = manifest.get("channel", "") if isinstance(manifest, dict) else ""
                found.append(Refused(path.stem, channel, note["reason"], note["detail"], at_ns))
            except (OSError, ValueError, KeyError, TypeError):
                continue  # taken away meanwhile, or not ours
        return sorted(found, key=lambda refused: refused.at_ns, reverse=True)

    def refused_ns(self) -> int:
        """Changes whenever something comes into quarantine, or leaves it."""
        return self._quarantine.stat().st_mtime_ns

    def relative(self, clip: Clip) -> str:
        return str(self.path(clip).relative_to(self.data))

    def admit(self, finished: Path, manifest: Manifest) -> Clip:
        """Take a finished, inspected file in. The manifest comes first: a clip without one is no clip.

        Raises:
            OSError: the disk refuses; nothing is half done that a next start would not tidy.
        """
        clip = Clip.of(manifest)
        path = self.path(clip)
        path.parent.mkdir(exist_ok=True)
        write_atomically(path.with_suffix(".json"), manifest.model_dump_json(indent=1))
        move_durably(finished, path)
        return clip

    def quarantine(self, path: Path, clip_id: str, rejection: ClipRejected, manifest: str = "") -> None:
        """Keep a refused file aside, the reason and its manifest beside it, as text should it be harmed."""
        note = {"reason": rejection.reason, "detail": rejection.detail, "manifest": _json_or_text(manifest)}
        write_atomically(self._quarantine / f"{clip_id}.json", json.dumps(note, ensure_ascii=False, indent=1))
        if path.exists():
            path.replace(self._quarantine / f"{clip_id}.mp4")
        self._verified.pop(clip_id, None)
        path.with_suffix(".json").unlink(missing_ok=True)

    def untouched(self, clip: Clip, path: Path) -> bool:
        """Whether nobody has touched ``path``, a link of the clip, since it was verified. Cheap."""
        try:
            return self._verified.get(clip.id) == _signature(path)
        except OSError:
            return False

    def verify(self, clip: Clip, path: Path) -> None:
        """Make sure that ``path``, a link of the clip, is what was admitted; reads it unless it is untouched.

        Raises:
            ClipRejected: ``missing`` or ``altered``.
        """
        try:
            seen = _signature(path)
            if self._verified.get(clip.id) == seen:
                return
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ClipRejected("missing", f"{path.name}: {error.strerror}") from error
        if digest != clip.sha256:
            raise ClipRejected("altered", f"{path.name} is not the file that was admitted")
        if self.path(clip).exists():  # of what left the library nobody would take it away again
            self._verified[clip.id] = seen

    def manifest(self, clip: Clip) -> str:
        """A clip's manifest as it lies there, or nothing where there is none."""
        try:
            return self.path(clip).with_suffix(".json").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def remove(self, clip: Clip) -> None:
        path = self.path(clip)
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        self._verified.pop(clip.id, None)

    def clear_work(self) -> None:
        """Remove what an interrupted render left."""
        for path in self.work.iterdir():
            path.unlink(missing_ok=True)

    def present(self) -> dict[str, str]:
        """The clips whose file is there, by id, with their channels; no manifest is read."""
        found: dict[str, str] = {}
        for folder in os.scandir(self._clips):
            if folder.is_dir():
                names = (entry.name for entry in os.scandir(folder.path))
                found |= {name[:-4]: folder.name for name in names if name.endswith(".mp4")}
        return found

    def read(self, located: Iterable[tuple[str, str]]) -> list[Clip]:
        """The clips of these channels and ids, as their manifests say, without those that have none."""
        found = []
        for channel, clip_id in located:
            known = _read(f"{self._clips}/{channel}/{clip_id}.json")
            if known is not None and (known.channel, known.id) == (channel, clip_id):
                found.append(Clip(**dict(known)))
        return found

    def has(self, channel: str, clip_id: str) -> bool:
        """Whether a clip's file is there, whatever the database knows."""
        return (self._clips / channel / f"{clip_id}.mp4").exists()

    def trim_quarantine(self, keep: int) -> None:
        """Let the oldest refused files go; ``keep`` stay."""
        notes = sorted(self._quarantine.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for note in notes[: max(0, len(notes) - keep)]:
            note.with_suffix(".mp4").unlink(missing_ok=True)
            note.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        stat = os.statvfs(self.data)
        return stat.f_bavail * stat.f_frsize


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _signature(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _read(path: str) -> _Known | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a hundred thousand times in a row
            return _Known.model_validate_json(file.read())
    except (OSError, ValidationError):
        return None
