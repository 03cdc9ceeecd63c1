"""Edits as operators and their editors make them, by chance: valid, invalid, half-saved, renamed, deleted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

Config = dict[str, Any]
Save = Callable[[Path, str], None]

_BAD_TEXTS = (
    "title: Tides\n\ttheme: a tab\n",
    "title: Tides\ntheme: slow tides\nthema: unknown\n",
    "title: Tides\ntheme: slow tides\nclip_seconds: long\n",
    "title: Tides\ntitle: Twice\ntheme: slow tides\n",
    "title: [Tides\ntheme: slow tides\n",
    "- a list\n",
    "title: Tides\ntheme: slow tides\nformat: {fps: 29}\n",
    "",
)
_WORDS = ("slow tides", "a lantern festival", "moss in rain", "trams at dusk", "glass and frost", "old maps")
_SIZES = ((192, 108), (256, 144), (128, 72))
_HALF_S = 0.12
APPLIED, REFUSED = "edit applied", "edit refused; what was on air stays"
"""The log's events that answer edits."""


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def truncated_first(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.flush()
        time.sleep(_HALF_S)
        file.write(text)


def in_two_parts(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text[: len(text) // 2])
        file.flush()
        time.sleep(_HALF_S)
        file.write(text[len(text) // 2 :])


def by_rename(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.swp")
    temporary.write_text(text)
    temporary.replace(path)


def by_moving_away(path: Path, text: str) -> None:
    backup = path.with_name(f"{path.name}~")
    if path.exists():
        path.rename(backup)
        time.sleep(_HALF_S)
    path.write_text(text)
    backup.unlink(missing_ok=True)


SAVES: tuple[Save, ...] = (in_place, truncated_first, in_two_parts, by_rename, by_moving_away)


@dataclass
class Edit:
    """One edit that was made. ``saved_at`` is the wall-clock time of its end, in seconds."""

    kind: str
    channel: str
    saved_at: float
    says: str
    """``APPLIED`` or ``REFUSED``."""


@dataclass
class Editor:
    """A person at the files of a running station. ``watched`` is never taken off air."""

    folder: Path
    random: Random
    watched: str
    others: tuple[str, ...]
    """Ids that the other channels may have."""
    good: dict[str, Config]
    """What each file that is there held last when it was valid."""
    bad: dict[str, str] = field(default_factory=dict)
    """The mistakes that files hold now."""
    trash: dict[str, Config] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"

    def edit(self, number: int) -> Edit:
        """The next one. Each tenth is another house format for the channel that is watched."""
        if number % 10 == 4:
            return self.reformat()
        doings = [self.change] * 8 + [self.spoil] * 3 + [self.delete, self.restore, self.rename, self.toggle]
        while (edit := self.random.choice(doings)()) is None:
            pass
        return edit

    def change(self, name: str | None = None) -> Edit:
        name = name or self.random.choice(sorted(self.good))
        config = self._changed(self.good[name])
        return self._save("change", name, config)

    def reformat(self) -> Edit:
        config, taken = self.good[self.watched], self.good[self.watched]["format"]["width"]
        width, height = self.random.choice([size for size in _SIZES if size[0] != taken])
        house = config["format"] | {"width": width, "height": height}
        return self._save("reformat", self.watched, config | {"format": house})

    def spoil(self) -> Edit:
        """Save a mistake; another one where there is one already, for what was told is not told again."""
        name = self.random.choice(sorted(self.good))
        text = self.random.choice([text for text in _BAD_TEXTS if text != self.bad.get(name)])
        self.random.choice(SAVES)(self.path(name), text)
        self.bad[name] = text
        return Edit("spoil", name, time.time(), REFUSED)

    def delete(self) -> Edit | None:
        name = self._other()
        if name is None:
            return None
        self.path(name).unlink()
        self.trash[name] = self.good.pop(name)
        self.bad.pop(name, None)
        return Edit("delete", name, time.time(), APPLIED)

    def restore(self) -> Edit | None:
        free = [name for name in self.others if name not in self.good]
        if not free:
            return None
        name = self.random.choice(free)
        # A copy of another channel's file with its targets would push to where that one does.
        copy = self.good[self.watched] | {"title": name.title(), "targets": []}
        return self._save("restore", name, self.trash.pop(name, None) or copy)

    def rename(self) -> Edit | None:
        name, free = self._other(), [name for name in self.others if name not in self.good]
        if name is None or not free or name in self.bad:
            return None
        other = self.random.choice(free)
        self.path(name).rename(self.path(other))
        self.good[other] = self.good.pop(name)
        return Edit("rename", other, time.time(), APPLIED)

    def toggle(self) -> Edit | None:
        name = self._other(also_off=True)
        if name is None:
            return None
        return self._save(
            "toggle", name, self.good[name] | {"enabled": not self.good[name].get("enabled", True)}
        )

    def _other(self, *, also_off: bool = False) -> str | None:
        found = [
            n for n, c in self.good.items() if n != self.watched and (also_off or c.get("enabled", True))
        ]
        return self.random.choice(sorted(found)) if found else None

    def _save(self, kind: str, name: str, config: Config) -> Edit:
        self.random.choice(SAVES)(self.path(name), json.dumps(config))
        self.good[name] = config
        self.bad.pop(name, None)
        return Edit(kind, name, time.time(), APPLIED)

    def _changed(self, config: Config) -> Config:
        """The same with one or two keys changed."""
        number = self.random.randrange(10**6)
        schedule = config.get("schedule", {})
        keys = {
            "theme": f"{self.random.choice(_WORDS)}, number {number}",
            "style": f"in the style of {number}",
            "label": f"label {number}",
            "schedule": schedule
            | {"no_repeat_s": self.random.randrange(200), "fresh_ahead_s": 10 + number % 90},
            "targets": [f"rtmp://127.0.0.1:9/live/{config['title'].split()[0]}-{number}"],
        }
        if self.random.random() < 0.1:
            keys["title"] = f"{config['title'].split()[0]} {number}"
        chosen = self.random.sample(sorted(keys), self.random.choice((1, 2)))
        return config | {key: keys[key] for key in chosen}
