"""``webtv models pull``: fetches weights, and shows how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from difflib import get_close_matches

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

from webtv.cli.models.table import engines_named
from webtv.config import StationConfig, load_channels
from webtv.errors import WebtvError
from webtv.models.catalogue import EngineRecord, Weights, with_weights
from webtv.models.pull import Progress, Pulled, pull
from webtv.models.store import licence_refusal

_GB = 10**9


def pull_for(station: StationConfig, engines: Sequence[str], *, update: bool) -> None:
    """Fetch the weights of ``engines``, or of those that the station's channels name.

    Raises WebtvError: an unknown engine, a licence that is not accepted, and whatever stops a pull.
    """
    chosen = [_engine(name) for name in engines or engines_named(station, load_channels(station.channels)[0])]
    console = Console(stderr=True, highlight=False)
    if not chosen:
        console.print("The channels name no engine that needs weights; name one, or see `webtv models list`.")
    wanted = {weights.repository: weights for engine in chosen for weights in engine.weights}
    for engine in chosen:
        for weights in engine.weights:
            refused = licence_refusal(engine.name, weights, station.accept_noncommercial)
            if refused:
                raise WebtvError(refused)
    out = Console(highlight=False)
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
            out.print(_summary(weights, done), soft_wrap=True)


def _engine(name: str) -> EngineRecord:
    engines = with_weights()
    if name not in engines:
        near = get_close_matches(name, engines, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(engines)}"
        raise WebtvError(f"no engine called {name!r} needs weights; {hint}")
    return engines[name]


def _summary(weights: Weights, done: Pulled) -> str:
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
