"""What viewers may have made: which channels are kept fresh, and how many orders in an hour."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from tests.render.directors import CONFIG, Hungry, directing
from webtv.config.limits import LimitsConfig
from webtv.render.budget import Budget, kept_fresh
from webtv.render.director import Customer, Director


@dataclass
class Seen:
    id: str
    viewed_since_ns: int | None = None
    pushed: bool = False


def test_of_too_many_channels_those_viewed_for_longest_are_kept_fresh_beside_all_that_are_pushed() -> None:
    channels = [
        Seen("new", 30),
        Seen("long", 10),
        Seen("alike", 10),
        Seen("nobody"),
        Seen("pushed", pushed=True),
        Seen("pushed-and-viewed", 40, pushed=True),
    ]
    pushed = {"pushed", "pushed-and-viewed"}
    assert kept_fresh(channels, most_viewed=9, orders_left=1) == {"new", "long", "alike"} | pushed
    assert kept_fresh(channels, most_viewed=2, orders_left=1) == {"long", "alike"} | pushed
    assert kept_fresh(channels, most_viewed=1, orders_left=1) == {"alike"} | pushed
    assert kept_fresh(channels, most_viewed=9, orders_left=0) == pushed


async def test_in_no_hour_are_there_more_orders_for_viewers_than_the_limit() -> None:
    clock, channel = FakeClock(), Seen("tide", 0)
    budget, begun_s = Budget(clock), []
    budget.limits = LimitsConfig(viewer_orders_per_hour=10)
    for minute in range(240):
        budget.look([channel])
        if budget.keeps_fresh(channel):
            budget.order_due(channel, stock_s=300, wanted_stock_s=300)
            begun_s.append(minute * 60)
        await clock.advance(60)
    assert len(begun_s) == 40
    for at_s in begun_s:
        assert sum(at_s <= other_s < at_s + 3600 for other_s in begun_s) <= 10


def test_only_orders_that_would_not_be_made_without_viewers_are_counted() -> None:
    budget = Budget(FakeClock())
    viewed, pushed, resting = Seen("viewed", 0), Seen("pushed", 0, pushed=True), Seen("resting")
    most = budget.limits.viewer_orders_per_hour
    for channel in (viewed, pushed, resting):
        budget.look([viewed, pushed, resting])
        budget.order_due(channel, stock_s=299, wanted_stock_s=300)
    budget.order_due(pushed, stock_s=300, wanted_stock_s=300)
    assert budget.orders_left == most
    budget.order_due(viewed, stock_s=300, wanted_stock_s=300)
    assert budget.orders_left == most - 1


def test_the_log_says_when_limits_begin_to_hold_back_and_when_they_no_longer_do() -> None:
    budget, channels = Budget(FakeClock()), [Seen("tide", 1), Seen("dune", 2)]
    with capture_logs() as lines:
        for most in (2, 1, 1, 0, 2, 2):
            budget.limits = LimitsConfig(watched_channels=most)
            budget.look(channels)
    assert [(line["log_level"], line["channels"]) for line in lines] == [("warning", 1), ("info", 0)]


@pytest.mark.parametrize(
    ("limits", "made"),
    [
        (LimitsConfig(), {"tide": 5, "dune": 5, "home": 5}),
        (LimitsConfig(watched_channels=1), {"dune": 5, "home": 5}),
        (LimitsConfig(viewer_orders_per_hour=4), {"tide": 2, "dune": 2, "home": 5}),
        (LimitsConfig(viewer_orders_per_hour=0), {"home": 5}),
    ],
)
async def test_viewers_get_what_the_limits_allow_and_targets_get_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: LimitsConfig, made: dict[str, int]
) -> None:
    """Three channels whose archive is full and that want 60 s of fresh clips each."""
    counted: dict[str, int] = {}

    async def make(_: Director, customer: Customer) -> None:
        counted[customer.id] = counted.get(customer.id, 0) + 1
        customer.fresh_s += 12  # type: ignore[misc]
        await asyncio.sleep(0)

    monkeypatch.setattr(Director, "_make", make)

    def channel(name: str, *, viewed_since_ns: int | None) -> Hungry:
        config = CONFIG.model_copy(update={"id": name})
        pushed = viewed_since_ns is None
        return Hungry(config, name, pushed=pushed, viewed_since_ns=viewed_since_ns, stock_s=1e6)

    customers = [
        channel("tide", viewed_since_ns=2),
        channel("dune", viewed_since_ns=1),
        channel("home", viewed_since_ns=None),
    ]
    assert CONFIG.schedule.fresh_ahead_s == 60
    with directing(tmp_path, *customers) as (director, _):
        director.budget.limits = limits
        running = asyncio.create_task(director.run())
        for _turn in range(60):
            await director._clock.advance(1)  # type: ignore[attr-defined]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert counted == made
