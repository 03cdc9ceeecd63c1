"""``webtv models list`` and ``pull``: which weights there are, which are here, and how they come here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table

from webtv.config import StationConfig, load_channels
from webtv.errors import WebtvError
from webtv.models.catalogue import CATALOGUE, Entry, Weights
from webtv.models.lock import read_locks
from webtv.models.pull import Progress, Pulled, pull
from webtv.models.store import State, licence_refusal, state_of

_GB = 10**9
_PIPED_WIDTH = 160
_STATES = {"present": "green", "missing": "dim", "incomplete": "red", "pickled": "red"}


@dataclass(frozen=True)
class Row:
    """An engine and one of the repositories that it needs, as they are here."""

    entry: Entry
    weights: Weights
    state: State
    accepted: bool
    """Whether the operator agreed to the licence, where one has to."""
    revision: str
    missing_libraries: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "engine": self.entry.engine,
            "step": self.entry.family,
            "repository": self.weights.repository,
            "gigabytes": self.weights.gigabytes,
            "licence": self.weights.licence,
            "commercial": self.weights.commercial,
            "vram_gb": self.entry.vram_gb,
            "state": self.state,
            "accepted": self.accepted,
            "revision": self.revision,
            "missing_libraries": list(self.missing_libraries),
        }


def rows(station: StationConfig) -> Iterator[Row]:
    """Every engine with weights, and of each its repositories. Raises WebtvError for an unreadable lock."""
    locks = read_locks(station.models)
    for entry in CATALOGUE.values():
        absent = tuple(name for name in entry.libraries if find_spec(name) is None)
        for weights in entry.weights:
            refused = licence_refusal(entry.engine, weights, station.accept_noncommercial)
            locked = locks.get(weights.repository)
            revision = locked.revision if locked else ""
            yield Row(entry, weights, state_of(station.models, weights), not refused, revision, absent)


def as_json(station: StationConfig) -> str:
    return json.dumps([row.as_json() for row in rows(station)], indent=1)


def show(station: StationConfig) -> None:
    """Print the table, and below it what its marks mean."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for column in ("engine", "weights", "size", "state"):
        table.add_column(column, no_wrap=column != "weights", overflow="fold")
    found = list(rows(station))
    for row in found:
        table.add_row(*_cells(row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    console.print(table)
    if any(not row.weights.commercial for row in found):
        console.print("* not for commercial use: needs `accept_noncommercial: true` in webtv.yaml")
    if any(row.missing_libraries for row in found):
        console.print("Libraries come with `make models`, audiocraft with `make audiocraft`.")


def _cells(row: Row) -> list[str]:
    """Lines in each cell, so that the table fits a narrow terminal."""
    entry, weights, absent = row.entry, row.weights, row.missing_libraries
    return [
        f"{entry.engine}\n[dim]{entry.family}[/]",
        f"{weights.repository}\n[dim]{weights.licence}[/]{'' if weights.commercial else ' *'}",
        f"{weights.gigabytes:g} GB\n[dim]{entry.vram_gb:g} GB VRAM[/]",
        f"[{_STATES[row.state]}]{row.state}[/]"
        + ("" if row.accepted else "\n[yellow]not accepted[/]")
        + (f"\n[red]no {', '.join(absent)}[/]" if absent else ""),
    ]


def pull_for(station: StationConfig, engines: Sequence[str], *, update: bool) -> None:
    """Fetch the weights of ``engines``, or of those that the station's channels name.

    Raises WebtvError: an unknown engine, a licence that is not accepted, and whatever stops a pull.
    """
    entries = [_entry(name) for name in engines or named(station)]
    console = Console(stderr=True, highlight=False)
    if not entries:
        console.print("The channels name no engine that needs weights; name one, or see `webtv models list`.")
    wanted = {weights.repository: weights for entry in entries for weights in entry.weights}
    for entry in entries:
        for weights in entry.weights:
            refused = licence_refusal(entry.engine, weights, station.accept_noncommercial)
            if refused:
                raise WebtvError(refused)
    said = Console(highlight=False)
    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bars:
        for weights in wanted.values():
            done = asyncio.run(pull(weights, station.models, update=update, progress=_Bar(bars)))
            said.print(_told(weights, done), soft_wrap=True)


def _entry(name: str) -> Entry:
    entry = CATALOGUE.get(name)
    if entry is None:
        near = get_close_matches(name, CATALOGUE, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(CATALOGUE)}"
        raise WebtvError(f"no engine called {name!r} needs weights; {hint}")
    return entry


def named(station: StationConfig) -> list[str]:
    """The engines with weights that enabled channels name, and the screener where it judges their clips."""
    channels, _ = load_channels(station.channels)
    enabled = [channel.engines for channel in channels.values() if channel.enabled]
    names = {name for engines in enabled for name in engines.video + engines.interpolator + engines.musician}
    learned = names & {*(entry.engine for entry in CATALOGUE.values() if entry.family == "video"), "space"}
    if station.screening == "all" or (station.screening == "auto" and learned):
        names.add("nsfw")
    return [name for name in CATALOGUE if name in names]


def _told(weights: Weights, done: Pulled) -> str:
    size = sum(file.size for file in done.locked.files.values())
    at = "" if weights.url else f" at {done.locked.revision[:12]}"
    came = f"{len(done.fetched)} fetched" if done.fetched else "all here and sound"
    return f"{weights.repository}{at}: {len(done.locked.files)} files, {size / _GB:.2f} GB, {came}"


class _Bar(Progress):
    """One line on the terminal for whatever goes on."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, what: str, size: int) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(what, total=size)

    def advance(self, count: int) -> None:
        if self._task is not None:
            self._bars.advance(self._task, count)
