"""``webtv models list``: engines with their weights, and which of those are here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from webtv.cli.console import table_console
from webtv.config import ChannelConfig, StationConfig
from webtv.models.catalogue import CATALOGUE, EngineRecord, Weights, of_family, with_weights
from webtv.models.lock import read_locks
from webtv.models.store import State, licence_refusal, state_of

_STATES = {"present": "green", "missing": "dim", "incomplete": "red", "pickled": "red"}


@dataclass(frozen=True)
class Row:
    """An engine and one of the repositories that it needs, as they are here."""

    engine: EngineRecord
    weights: Weights
    state: State
    accepted: bool
    """Whether the operator agreed to the licence, where one has to."""
    revision: str
    missing_libraries: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "engine": self.engine.name,
            "step": self.engine.family,
            "repository": self.weights.repository,
            "gigabytes": self.weights.gigabytes,
            "licence": self.weights.licence,
            "commercial": self.weights.commercial,
            "vram_gb": self.engine.vram_gb,
            "state": self.state,
            "accepted": self.accepted,
            "revision": self.revision,
            "missing_libraries": list(self.missing_libraries),
        }


def rows(station: StationConfig) -> Iterator[Row]:
    """Every engine with weights, and of each its repositories. Raises WebtvError for an unreadable lock."""
    locks = read_locks(station.models)
    for engine in with_weights().values():
        absent = tuple(name for name in engine.libraries if find_spec(name) is None)
        for weights in engine.weights:
            refused = licence_refusal(engine.name, weights, station.accept_noncommercial)
            locked = locks.get(weights.repository)
            revision = locked.revision if locked else ""
            yield Row(engine, weights, state_of(station.models, weights), not refused, revision, absent)


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
    console = table_console()
    console.print(table)
    if any(not row.weights.commercial for row in found):
        console.print("* not for commercial use: needs `accept_noncommercial: true` in webtv.yaml")
    if any(row.missing_libraries for row in found):
        console.print("Libraries come with `make models`, audiocraft with `make audiocraft`.")


def _cells(row: Row) -> list[str]:
    """Lines in each cell, so that the table fits a narrow terminal."""
    engine, weights, absent = row.engine, row.weights, row.missing_libraries
    return [
        f"{engine.name}\n[dim]{engine.family}[/]",
        f"{weights.repository}\n[dim]{weights.licence}[/]{'' if weights.commercial else ' *'}",
        f"{weights.gigabytes:g} GB\n[dim]{engine.vram_gb:g} GB VRAM[/]",
        f"[{_STATES[row.state]}]{row.state}[/]"
        + ("" if row.accepted else "\n[yellow]not accepted[/]")
        + (f"\n[red]no {', '.join(absent)}[/]" if absent else ""),
    ]


def engines_named(station: StationConfig, channels: Mapping[str, ChannelConfig]) -> list[str]:
    """The engines with weights that enabled channels name, and the screener where it judges their clips."""
    enabled = [channel.engines for channel in channels.values() if channel.enabled]
    names = {name for engines in enabled for name in engines.video + engines.interpolator + engines.musician}
    learned = {name for name in names & {*of_family("video")} if not CATALOGUE[name].self_reliant}
    if station.screening == "all" or (station.screening == "auto" and learned):
        names.add("nsfw")
    return [name for name in with_weights() if name in names]
