"""Which channel needs a clip most."""

from __future__ import annotations

import pytest

from webtv.config import Schedule
from webtv.render.demand import ASKED_FOR, Need, need, neediest

SCHEDULE = Schedule(fresh_ahead_s=60, stock_s=300)


def a_need(*, watched: bool, fresh_s: float, stock_s: float) -> Need:
    found = need(SCHEDULE, watched=watched, fresh_s=fresh_s, stock_s=stock_s)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("watched", "fresh_s", "stock_s", "needs"),
    [
        (True, 59.9, 1e6, True),
        (True, 60.0, 1e6, False),
        (False, 0.0, 299.9, True),
        (False, 0.0, 300.0, False),
    ],
)
def test_a_watched_channel_is_kept_fresh_and_any_other_gets_its_archive(
    watched: bool, fresh_s: float, stock_s: float, needs: bool
) -> None:
    assert (need(SCHEDULE, watched=watched, fresh_s=fresh_s, stock_s=stock_s) is not None) == needs


def test_asked_for_goes_before_empty_before_watched_before_the_archive() -> None:
    empty = a_need(watched=False, fresh_s=0, stock_s=0)
    short = a_need(watched=True, fresh_s=10, stock_s=900)
    less_short = a_need(watched=True, fresh_s=20, stock_s=900)
    unwatched = a_need(watched=False, fresh_s=5, stock_s=5)
    ranked = sorted([unwatched, less_short, short, empty, ASKED_FOR])
    assert ranked == [ASKED_FOR, empty, short, less_short, unwatched]


def test_the_neediest_of_equals_is_the_first_by_id_and_who_needs_nothing_is_left_out() -> None:
    alike = a_need(watched=True, fresh_s=10, stock_s=900)
    assert neediest([(None, "a", 1), (alike, "c", 2), (alike, "b", 3)]) == 3
    assert neediest([(None, "a", 1)]) is None
