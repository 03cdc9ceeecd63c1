"""What orders of a channel are worth whose quality is left to the station."""

from __future__ import annotations

import pytest

from webtv.config import ChannelConfig
from webtv.domain import Rung
from webtv.render.quality import CALM_ORDERS, Quality

AUTO = ChannelConfig(id="tide", title="Tide", theme="a quiet tide", quality="auto")
AHEAD_S = AUTO.schedule.fresh_ahead_s


def after(quality: Quality, *fresh_s: float, watched: bool = True, coming_s: float = 0.0) -> Rung:
    """The rung after orders were due with so many seconds of fresh clips waiting."""
    for each in fresh_s:
        quality.order_due(AUTO, watched=watched, fresh_s=each, coming_s=coming_s)
    return quality.of(AUTO)


def test_a_watched_channel_that_runs_short_of_fresh_clips_gets_cheaper_ones() -> None:
    quality = Quality()
    assert after(quality) == "standard"
    assert after(quality, 0.0) == "draft"
    assert after(quality, 0.0) == "draft"


def test_with_plenty_waiting_for_some_time_it_gets_better_ones_up_to_the_best() -> None:
    quality = Quality()
    plenty = [AHEAD_S - 1.0] * CALM_ORDERS
    assert after(quality, *plenty[1:]) == "standard"
    assert after(quality, plenty[0]) == "full"
    assert after(quality, *plenty) == "full"


def test_what_is_being_made_counts_for_plenty_and_not_against_running_short() -> None:
    assert after(Quality(), *[AHEAD_S / 2] * CALM_ORDERS, coming_s=AHEAD_S / 2) == "full"
    assert after(Quality(), 0.0, coming_s=AHEAD_S) == "draft"


def test_one_order_without_plenty_begins_the_wait_anew() -> None:
    plenty = [AHEAD_S - 1.0] * (CALM_ORDERS - 1)
    assert after(Quality(), *plenty, AHEAD_S / 2, *plenty) == "standard"


def test_a_channel_that_nobody_watches_is_in_no_hurry() -> None:
    assert after(Quality(), *[0.0] * 9, watched=False) == "standard"


@pytest.mark.parametrize("rung", ["draft", "standard", "full"])
def test_what_the_operator_asks_for_stays(rung: Rung) -> None:
    quality, config = Quality(), AUTO.model_copy(update={"quality": rung})
    for _ in range(CALM_ORDERS):
        quality.order_due(config, watched=True, fresh_s=0.0, coming_s=0.0)
    assert quality.of(config) == rung
