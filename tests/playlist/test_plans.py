"""What may go on air in place of a rundown, from where on, and until when. Nothing here airs."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest

from tests.airings import HOUSE, clip, later, slate, timeline
from tests.playlist.rundowns import STATE, rundown
from webtv.clock import Instant
from webtv.domain import Airing, HouseFormat
from webtv.playlist.plans import LOOK_S, Planner, up_to_lock
from webtv.playlist.policies import Rules
from webtv.playlist.rundown import LOCK_S, Rundown, remembered
from webtv.playlist.stock import Stock

LOCKED_S = LOCK_S + LOOK_S
Q_S = HOUSE.quantum_s
FAST = HouseFormat(fps=25)


def planner(channel: str = "dreams", house: HouseFormat = HOUSE) -> Planner:
    stock = Stock(house, replace(slate(), init_sha256="of the slate"), b"")
    stock.take_in(clip(f"new{number}") for number in range(90))
    return Planner(channel, stock, Rules(no_repeat=10**6, bumper_every=10**6))


def made() -> Rundown:
    """Three airings of 6.4 s, of slots 4 to 6."""
    return remembered(STATE, timeline(12, 12, 12, first_slot=4).airings)


def begins(rundown: Rundown, index: int) -> int:
    return rundown.timeline.boot_ns(rundown.timeline.start_ns(rundown.airings[index].start_quanta))


def test_a_plan_behind_some_airings_replaces_the_next_one_before_it_begins() -> None:
    planning, now = planner(), later(1)
    plan = planning.replan(made(), now, 1)
    assert plan.rundown.airings[:1] == made().airings[:1]
    assert [airing.clip_id for airing in plan.rundown.airings[1:3]] == ["new0", "new1"]
    assert (plan.changed_from, plan.from_slot) == (1, 5)
    assert plan.deadline_boot_ns == begins(made(), 1)
    assert plan.stock is planning.stock


def test_a_plan_behind_all_airings_replaces_nothing_and_is_never_too_late() -> None:
    plan = planner().replan(made(), later(1), 3)
    assert plan.rundown.airings[:3] == made().airings
    assert (plan.changed_from, plan.from_slot, plan.deadline_boot_ns) == (3, 7, None)
    assert replace(plan, rundown=made()).from_slot == 7, "nothing was added"


@pytest.mark.parametrize(("channel", "keep"), [("dreams", 1), ("dreams", 3), ("tides", 1), ("sea", 2)])
def test_plans_reach_seven_minutes_ahead_and_up_to_a_minute_and_a_half_more_by_chance(
    channel: str, keep: int
) -> None:
    now, planning = later(2), planner(channel)
    plan = planning.replan(made(), now, keep)
    ahead_s = (plan.rundown.timeline.end_ns - plan.rundown.timeline.position_ns(now)) / 1e9
    spread_s = zlib.crc32(f"{channel}{keep}".encode()) % 90
    assert 420 + spread_s < ahead_s < 420 + spread_s + 25 * Q_S


def test_what_was_planned_is_chosen_from_what_is_left_behind_the_airings_kept() -> None:
    planning = planner()
    first = planning.replan(rundown(), later(0), 0).rundown
    again = planning.replan(first, later(0), 2).rundown
    assert [airing.clip_id for airing in again.airings[:4]] == ["new0", "new1", "new2", "new3"]


def at(quanta: float) -> Instant:
    """When an edit can cut at ``quanta`` at the earliest."""
    return later(quanta * Q_S - LOCKED_S)


def test_an_edit_lets_a_locked_airing_end_and_plans_behind_it() -> None:
    asked: list[str] = []

    def at_once(airing: Airing) -> bool:
        asked.append(airing.clip_id)
        return False

    edit = planner().edit(made(), at(13.5), at_once)
    assert edit is not None
    assert asked == ["clip1"]
    assert (edit.shortened, edit.plan.changed_from, edit.plan.from_slot) == (False, 2, 6)
    assert edit.plan.rundown.airings[:2] == made().airings[:2]
    assert edit.cut_boot_ns == edit.plan.deadline_boot_ns == begins(made(), 2)


def test_an_edit_at_once_ends_an_airing_at_the_next_fragment() -> None:
    edit = planner().edit(made(), at(13.5), lambda _: True)
    assert edit is not None
    assert (edit.shortened, edit.plan.changed_from, edit.plan.from_slot) == (True, 1, 5)
    before, cut, new = edit.plan.rundown.airings[:3]
    assert before == made().airings[0]
    assert cut == made().airings[1].model_copy(update={"quanta": 3})
    assert (new.clip_id, new.start_quanta, new.slot) == ("new0", 15, 6)
    assert edit.cut_boot_ns == edit.plan.deadline_boot_ns == begins(edit.plan.rundown, 2)


def test_an_edit_where_no_quantum_of_an_airing_is_locked_takes_its_place() -> None:
    edit = planner().edit(made(), at(12.0), lambda _: False)
    assert edit is not None
    assert (edit.shortened, edit.plan.changed_from) == (False, 1)
    assert edit.plan.rundown.airings[1].clip_id == "new0"
    assert edit.cut_boot_ns == edit.plan.deadline_boot_ns == begins(made(), 1)


def test_an_edit_near_the_end_of_an_airing_shortens_nothing() -> None:
    def never_asked(airing: Airing) -> bool:
        raise AssertionError(f"{airing.clip_id} would end anyway")

    edit = planner().edit(made(), at(23.5), never_asked)
    assert edit is not None
    assert (edit.shortened, edit.plan.changed_from) == (False, 2)
    assert edit.plan.rundown.airings[:2] == made().airings[:2]


def test_where_nothing_is_planned_nothing_can_be_edited() -> None:
    assert planner().edit(made(), at(37), lambda _: True) is None
    assert planner().edit(rundown(), at(1), lambda _: True) is None


def test_an_epoch_begins_behind_the_last_one_and_must_be_stored_before_that_ends() -> None:
    planning = planner(house=FAST)
    plan = planning.epoch_behind(made(), later(1))
    assert plan.deadline_boot_ns == made().timeline.boot_ns(made().timeline.end_ns)
    state, first = plan.rundown.state, plan.rundown.airings[0]
    assert (state.epoch, state.format, state.init_sha256) == (1, FAST, "of the slate")
    assert (first.clip_id, first.slot, first.start_quanta) == ("new0", 7, 0)
    assert (plan.changed_from, plan.from_slot, plan.stock) == (0, 7, planning.stock)
    assert plan.rundown.timeline.end_ns / 1e9 > 420 + 1 - 3 * 12 * Q_S


def test_the_airings_that_are_fixed_end_a_rundown_before_another_epoch() -> None:
    just_before = 12 * Q_S - LOCK_S
    assert up_to_lock(made(), later(just_before - 0.1)).airings == made().airings[:1]
    assert up_to_lock(made(), later(just_before + 0.1)).airings == made().airings[:2]
    assert up_to_lock(made(), later(just_before)).state == STATE
