"""One replan with an archive of 100 000 clips on a channel's shelf, and what else is asked of such a stock.

All of it runs on the event loop of the daemon, where what takes long makes a thousand channels late.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import quantiles

from bench.table import Figure, report
from webtv.clock import Instant
from webtv.domain import HouseFormat
from webtv.playlist.marks import Marks
from webtv.playlist.plans import Planner
from webtv.playlist.policies import Rules
from webtv.playlist.records import ChannelState, Clip
from webtv.playlist.rundown import Rundown
from webtv.playlist.scheduler import Cue
from webtv.playlist.stock import Stock
from webtv.timeline import Anchor

_HOUSE = HouseFormat()
_CLIP_QUANTA = 24
_RULES = Rules(no_repeat=_HOUSE.quanta(180), bumper_every=_HOUSE.quanta(600))
_KEEP_S = 300.0
_WORKED_THROUGH_S = 3600.0
_PLANNED_S = 420
_REPLAN = "one replan of about eight minutes"
_PROMISES = {_REPLAN: "≤ 10 ms"}


def main(*, quick: bool) -> None:
    clips, times = (2000, 50) if quick else (100_000, 2000)
    stock, loaded_ms = _stock(clips)
    planner, rundown = Planner("bench", stock, _RULES), _rundown(stock)
    now = Instant(0, int(rundown.cue.quanta * _HOUSE.quantum_s * 1e9))
    names = iter(range(clips, clips + 3 * times))

    def come_and_go() -> None:
        clip = _clip(next(names))
        stock.take_in([clip])
        stock.let_go(clip)

    def mark() -> None:
        stock.marks = Marks(evergreen=frozenset({_name(next(names) % clips)}))

    planned = planner.replan(rundown, now, 0).rundown
    assert planned.timeline.end_ns >= planned.timeline.position_ns(now) + _PLANNED_S * 1e9
    begun = planned.airings[:20]
    timed = {
        _REPLAN: _timed(lambda: planner.replan(rundown, now, 0), times),
        "a clip that comes and one that goes": _timed(come_and_go, times),
        "another evergreen": _timed(mark, times),
        "seconds of fresh clips": _timed(lambda: stock.fresh_seconds(begun), times),
        "seconds of all clips": _timed(lambda: stock.seconds, times),
        "the first spare clip": _timed(lambda: next(stock.spare(planned.airings, keep_s=_KEEP_S)), times),
    }
    figures = [
        figure
        for what, values in timed.items()
        for figure in (
            Figure(f"{what}, 99th percentile", quantiles(values, n=100)[-1], "ms", _PROMISES.get(what, "")),
            Figure(f"{what}, longest", max(values), "ms"),
        )
    ]
    report(
        "replan",
        f"{clips} clips on one channel's shelf",
        [*figures, Figure("taking all of them in and recalling what aired, on a thread", loaded_ms, "ms")],
        quick=quick,
        details={"airings planned": len(planned.airings), "times": times},
    )


def _stock(clips: int) -> tuple[Stock, float]:
    """An archive of which all but a hundredth has aired, in an order that has nothing to do with its age."""
    slate = _clip(0, name="slate")
    stock = Stock(_HOUSE, slate, b"")
    every = [_clip(number) for number in range(clips)]
    ends = {clip.id: 1 + number * 7919 % clips for number, clip in enumerate(every) if number % 100}
    began = time.perf_counter()
    stock.take_in(every)
    stock.recall(ends)
    return stock, 1000 * (time.perf_counter() - began)


def _rundown(stock: Stock) -> Rundown:
    """An hour and more after the last of them aired."""
    anchor = Anchor(quanta=0, wall_ns=0, boot_ns=0, boot_id="bench")
    state = ChannelState(epoch=0, format=_HOUSE, init_sha256="", anchor=anchor)
    return Rundown(state, (), Cue(quanta=_HOUSE.quanta(_WORKED_THROUGH_S) + len(stock.clips)))


def _timed(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each run, with the collector at work as in the daemon."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    gc.collect()
    return taken


def _name(number: int) -> str:
    return f"{number:020x}"


def _clip(number: int, name: str = "") -> Clip:
    return Clip(
        id=name or _name(number),
        channel="" if name else "bench",
        title="A clip",
        quanta=_CLIP_QUANTA,
        init_sha256="",
        sha256="",
        bytes=2_600_000,
        theme_revision="1",
        created=f"2026-01-01T{number:09d}",
        prompts=("a lone lighthouse keeper climbs a spiral stair",),
        engines={"video": "procedural 1"},
    )
