"""Epochs in time: the one on air, its former one while playlists hold its end, and the turn between them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from tests.airings import HOUSE, START, anchor, slate, timeline
from tests.clocks import FakeClock
from webtv.domain import HouseFormat
from webtv.playlist.keeper import Keeper
from webtv.playlist.policies import Rules
from webtv.playlist.stock import Stock
from webtv.station.epochs import Epochs
from webtv.timeline import Anchor, Timeline

WIDE = HouseFormat(fps=25)
OLD = replace(timeline(24, 24), init_sha256="a" * 64)
NEXT = timeline(24, 24, house=WIDE, first_slot=2)
RULES = Rules(no_repeat=1, bumper_every=1)


class Rundown:
    """A keeper that ends ``OLD`` where it is planned to end, or is too late for that."""

    def __init__(self) -> None:
        self.timeline, self.stock, self.late = OLD, Stock(HOUSE, slate(), b"old"), False
        self.asked: list[Rules] = []

    async def begin_next_epoch(self, stock: Stock, rules: Rules) -> Timeline | None:
        if self.late:
            return None
        self.asked.append(rules)
        at = at_boot(OLD.boot_ns(OLD.end_ns))
        airings = tuple(
            one.model_copy(update={"first_segment": 50 + one.first_segment}) for one in NEXT.airings
        )
        self.timeline = replace(NEXT, anchor=at, airings=airings, epoch=1, init_sha256="b" * 64)
        self.stock = stock
        return OLD


def at_boot(boot_ns: int) -> Anchor:
    return anchor().model_copy(update={"boot_ns": boot_ns})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START.wall_ns, START.boot_ns)


@pytest.fixture
def rundown() -> Rundown:
    return Rundown()


@pytest.fixture
def epochs(rundown: Rundown, clock: FakeClock) -> Epochs:
    return Epochs(cast(Keeper, rundown), clock)


WIDE_STOCK = Stock(WIDE, slate(), b"new")
ENDS_S = OLD.end_ns / 1e9


def test_the_first_epoch_has_no_former_one(epochs: Epochs) -> None:
    assert epochs.timeline is OLD
    assert epochs.former is None
    assert epochs.of_segment(0) is OLD
    assert epochs.inits == {"init-aaaaaaaaaaaa.mp4": b"old"}
    assert epochs.init == b"old"
    assert epochs.turns_in_s < 0
    assert not epochs.turning


async def test_an_epoch_that_is_too_late_changes_nothing(epochs: Epochs, rundown: Rundown) -> None:
    rundown.late = True
    assert await epochs.begin(WIDE_STOCK, RULES) is False
    assert epochs.timeline is OLD
    assert not epochs.turning
    assert len(epochs.inits) == 1


async def test_the_next_epoch_airs_to_the_nanosecond_where_the_former_ends(
    epochs: Epochs, rundown: Rundown, clock: FakeClock
) -> None:
    assert await epochs.begin(WIDE_STOCK, RULES) is True
    assert rundown.asked == [RULES]
    assert epochs.turning
    assert epochs.turns_in_s == pytest.approx(ENDS_S)
    assert epochs.inits == {"init-aaaaaaaaaaaa.mp4": b"old", "init-bbbbbbbbbbbb.mp4": b"new"}
    await clock.advance(ENDS_S - 1e-6)
    assert epochs.timeline is OLD
    assert epochs.former is None
    assert epochs.init == b"old"
    left_ns = OLD.end_ns - OLD.position_ns(clock.now())
    await clock.advance(left_ns / 1e9)
    assert OLD.position_ns(clock.now()) == OLD.end_ns
    assert epochs.timeline is rundown.timeline
    assert epochs.former is OLD
    assert epochs.init == b"new"


async def test_segments_of_the_former_epoch_are_found_for_a_minute(
    epochs: Epochs, rundown: Rundown, clock: FakeClock
) -> None:
    await epochs.begin(WIDE_STOCK, RULES)
    await clock.advance(ENDS_S)
    assert epochs.of_segment(49) is OLD
    assert epochs.of_segment(50) is rundown.timeline
    await clock.advance(59.9)
    assert epochs.former is OLD
    await clock.advance(0.2)
    assert epochs.former is None
    assert epochs.of_segment(49) is rundown.timeline


async def test_the_turn_is_over_when_the_former_epoch_has_ended_and_not_before(
    epochs: Epochs, clock: FakeClock
) -> None:
    await epochs.begin(WIDE_STOCK, RULES)
    turn = asyncio.create_task(epochs.turn())
    await clock.advance(ENDS_S - 0.01)
    assert not turn.done()
    assert epochs.turning
    await clock.advance(0.02)
    assert turn.done()
    assert not epochs.turning
    assert epochs.turns_in_s <= 0
