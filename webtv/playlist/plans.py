"""What may be put on air in place of a rundown, and until when. Pure: nothing here stores or airs."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from webtv.clock import Instant
from webtv.domain import Airing, AiringKind
from webtv.playlist.policies import Rules
from webtv.playlist.rundown import LOCK_S, Rundown, next_epoch
from webtv.playlist.stock import Stock

LOOK_S = 0.3
"""An airing is looked at this long before it is fixed."""
_EXTEND_S = 420.0
_SPREAD_S = 90
"""Plans reach up to this much farther, by chance, so that a thousand channels do not all plan at once."""


@dataclass(frozen=True)
class Plan:
    """A rundown of ``stock``, to go on air in place of another.

    It differs from that from the airing ``changed_from`` on. What it replaces begins to air at
    ``deadline_boot_ns``, None if it replaces nothing: later than that it is of no use.
    """

    rundown: Rundown
    stock: Stock
    changed_from: int
    deadline_boot_ns: int | None

    @property
    def from_slot(self) -> int:
        """The first slot that differs."""
        airings = self.rundown.airings
        return airings[self.changed_from].slot if self.changed_from < len(airings) else self.rundown.next_slot


@dataclass(frozen=True)
class Edit:
    """A plan that changes the rundown near air, at ``cut_boot_ns``.

    ``shortened`` says that a clip ends there before its end.
    """

    plan: Plan
    cut_boot_ns: int
    shortened: bool


@dataclass(frozen=True)
class Cut:
    """The rundown was edited near air: it changes ``in_s`` seconds from now.

    ``shortened`` says that a clip ends there before its end, which a push that reads its slot does not know.
    """

    in_s: float
    shortened: bool


@dataclass(frozen=True)
class Planner:
    """Plans for one channel from its stock, by its rules."""

    channel: str
    stock: Stock
    rules: Rules

    def replan(self, rundown: Rundown, now: Instant, keep: int) -> Plan:
        """Another plan behind the first ``keep`` airings."""
        replaced = rundown.airings[keep : keep + 1]
        deadline = (
            rundown.timeline.boot_ns(rundown.timeline.start_ns(replaced[0].start_quanta))
            if replaced
            else None
        )
        return Plan(self._planned(rundown, now, keep), self.stock, keep, deadline)

    def is_outdated(self, rundown: Rundown, now: Instant) -> bool:
        """Whether what came since would change a plan at once: a fresh clip, a card or a decision."""
        stock, marks = self.stock, self.stock.marks
        to_come = rundown.airings[rundown.unlocked_from(now) :]
        slates = sum(airing.kind is AiringKind.SLATE for airing in to_come)
        return (
            any(stock.get(airing.clip_id) is None or airing.clip_id in marks.banned for airing in to_come)
            or (slates < len(to_come) if marks.slate else slates > 0 and stock.seconds > 0)
            or (rundown.first_lesser(now) < len(rundown.airings) and stock.fresh_seconds(rundown.airings) > 0)
        )

    def edit(self, rundown: Rundown, now: Instant, at_once: Callable[[Airing], bool]) -> Edit | None:
        """Another plan behind what is locked, or behind a cut. None where nothing is planned at this moment.

        ``at_once`` is asked with the airing that could be cut first, whether to end it for that.
        """
        found = rundown.cut_point(now, after_s=LOCK_S + LOOK_S)
        if found is None:
            return None
        index, quanta = found
        airing = rundown.airings[index]
        if quanta < airing.quanta and not at_once(airing):
            quanta = airing.quanta if quanta else 0
        shortened = 0 < quanta < airing.quanta
        cut = rundown.cut(index, quanta) if shortened else rundown
        cut_boot_ns = rundown.timeline.boot_ns(rundown.timeline.start_ns(airing.start_quanta + quanta))
        planned = self._planned(cut, now, index + 1 if quanta else index)
        changed_from = index if shortened or not quanta else index + 1
        return Edit(Plan(planned, self.stock, changed_from, cut_boot_ns), cut_boot_ns, shortened)

    def epoch_behind(self, ended: Rundown, now: Instant) -> Plan:
        """The first plan of the epoch that begins where ``ended`` does end."""
        begun = next_epoch(ended, self.stock.house, self.stock.slate.init_sha256)
        deadline = ended.timeline.boot_ns(ended.timeline.end_ns)
        return Plan(self._planned(begun, now, 0), self.stock, 0, deadline)

    def _planned(self, rundown: Rundown, now: Instant, keep: int) -> Rundown:
        spread_s = zlib.crc32(f"{self.channel}{keep}".encode()) % _SPREAD_S
        return rundown.planned(
            self.stock.behind(rundown.airings[:keep]),
            self.rules,
            now,
            keep=keep,
            ahead_s=_EXTEND_S + spread_s,
        )


def up_to_lock(rundown: Rundown, now: Instant) -> Rundown:
    """The rundown as it ends if another epoch begins as soon as it can."""
    return replace(rundown, airings=rundown.airings[: rundown.unlocked_from(now)])
