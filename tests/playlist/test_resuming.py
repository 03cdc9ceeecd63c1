"""Where a channel goes on: after a restart, another boot, a lost database, or in another house format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airings import HOUSE, START, anchor, later, timeline
from tests.playlist.rundowns import STATE, At, rundown
from webtv.domain import Airing, HouseFormat
from webtv.playlist.records import ChannelState
from webtv.playlist.rundown import begin_epoch, load, next_epoch, recall, remembered, resume, save, take_up
from webtv.playlist.scheduler import Cue
from webtv.playlist.store import Store
from webtv.timeline import Anchor

LINE = timeline(12, 12, 12, first_slot=5)
BEHIND = LINE.airings[-1].first_segment + HOUSE.fragments(12)
FAST = HouseFormat(fps=24)


def stated(**changes: object) -> ChannelState:
    return STATE.model_copy(update=changes)


def test_a_channel_that_never_aired_begins_with_slot_0_and_segments_by_the_wall_clock() -> None:
    made, goes_on = take_up(None, HOUSE, "init", At(later(0)), keep_s=10)
    assert not goes_on
    assert made.state.epoch == 0
    assert (made.state.format, made.state.init_sha256) == (HOUSE, "init")
    assert (made.airings, made.cue) == ((), Cue(slot=0, quanta=0, segment=START.wall_ns // 10**9))
    assert made.first_slot == made.next_slot == 0


def test_a_first_epoch_began_eight_seconds_ago_so_that_the_first_viewer_finds_a_window() -> None:
    made = begin_epoch(HOUSE, "init", None, At(later(0)))
    eight = 8_000_000_000
    assert made.state.anchor == Anchor(
        quanta=0, wall_ns=START.wall_ns - eight, boot_ns=START.boot_ns - eight, boot_id="boot"
    )


def test_a_channel_goes_on_in_its_epoch_with_some_of_its_past() -> None:
    made, goes_on = take_up((STATE, LINE.airings), HOUSE, "init", At(later(13)), keep_s=6)
    assert goes_on
    assert made.state == STATE
    assert [airing.slot for airing in made.airings] == [6, 7]
    assert made.cue == Cue(slot=8, quanta=36, segment=BEHIND)


def test_a_channel_whose_plan_ran_out_goes_on_behind_it_as_one_that_was_away() -> None:
    made, goes_on = take_up((STATE, LINE.airings), HOUSE, "init", At(later(500)), keep_s=5)
    assert not goes_on
    assert made.state.epoch == 0
    assert made.state.anchor.quanta == 36


@pytest.mark.parametrize(("house", "init"), [(FAST, "init"), (HOUSE, "another")])
def test_in_another_format_an_epoch_begins_whose_slots_and_segments_count_on(
    house: HouseFormat, init: str
) -> None:
    found = stated(epoch=3), LINE.airings
    made, goes_on = take_up(found, house, init, At(later(1)), keep_s=5)
    assert not goes_on
    assert (made.state.epoch, made.state.format, made.state.init_sha256) == (4, house, init)
    assert made.state.anchor.quanta == 0
    assert (made.airings, made.cue) == ((), Cue(slot=8, quanta=0, segment=BEHIND))


def test_a_channel_that_was_only_opened_begins_its_first_epoch_in_another_format() -> None:
    made, _ = take_up((STATE, ()), FAST, "init", At(later(1)), keep_s=5)
    assert (made.state.epoch, made.cue.slot) == (0, 0)


def test_an_epoch_that_was_about_to_begin_begins_now() -> None:
    ahead = stated(anchor=anchor().model_copy(update={"boot_ns": START.boot_ns + 10**9}))
    clock = At(later(0.5))
    again = resume(ahead, LINE.airings, clock)
    assert again.state.anchor == Anchor(
        quanta=0, wall_ns=clock.now().wall_ns, boot_ns=clock.now().boot_ns, boot_id="boot"
    )
    booted = resume(ahead, LINE.airings, At(later(0.5), boot_id="another"))
    assert booted.state.anchor.quanta == 36, "nobody knows what of it aired"


def test_at_its_very_first_moment_an_epoch_is_on_air() -> None:
    assert resume(STATE, LINE.airings, At(START)).state == STATE
    without = resume(STATE, (), At(START))
    assert (without.state.anchor.quanta, without.cue) == (0, Cue())


def test_a_plan_that_has_just_ended_has_run_out() -> None:
    end = later(0)
    end = type(end)(end.wall_ns + LINE.end_ns, end.boot_ns + LINE.end_ns)
    assert resume(STATE, LINE.airings, At(end)).state.anchor.quanta == 36
    before = type(end)(end.wall_ns - 1, end.boot_ns - 1)
    assert resume(STATE, LINE.airings, At(before)).state == STATE


def test_what_is_remembered_goes_on_behind_its_last_airing() -> None:
    assert remembered(STATE, []).cue == Cue()
    made = remembered(STATE, list(LINE.airings))
    assert (made.state, made.airings) == (STATE, LINE.airings)
    assert made.cue == Cue(slot=8, quanta=36, segment=BEHIND)


def test_the_next_epoch_begins_when_this_one_ends_by_both_clocks() -> None:
    former = remembered(stated(epoch=6, anchor=anchor(12)), LINE.airings)
    made = next_epoch(former, FAST, "wide")
    ahead_ns = former.timeline.end_ns - former.timeline.start_ns(12)
    assert (made.state.epoch, made.state.format, made.state.init_sha256) == (7, FAST, "wide")
    assert made.state.anchor == Anchor(
        quanta=0, wall_ns=START.wall_ns + ahead_ns, boot_ns=START.boot_ns + ahead_ns, boot_id="boot"
    )
    assert (made.airings, made.cue) == ((), Cue(slot=8, quanta=0, segment=BEHIND))


def test_a_step_of_the_wall_clock_moves_the_time_of_day_and_nothing_else() -> None:
    made = rundown(12, 12)
    stepped = made.with_wall_step(5)
    assert stepped.state == stated(anchor=anchor().model_copy(update={"wall_ns": START.wall_ns + 5}))
    assert (stepped.airings, stepped.cue) == (made.airings, made.cue)


def test_the_first_slot_after_a_moment_is_the_first_that_had_not_begun() -> None:
    made = remembered(stated(anchor=anchor(12)), LINE.airings)
    begins = [made.timeline.boot_ns(made.timeline.start_ns(a.start_quanta)) for a in made.airings]
    assert made.first_slot_after(begins[1] - 10**12) == 7, "what aired before it was tied to clocks aired"
    assert made.first_slot_after(begins[1]) == 7
    assert made.first_slot_after(begins[2] - 1) == 7
    assert made.first_slot_after(begins[2]) == 8
    assert made.first_slot_after(begins[2] + 10**12) == 8


def test_slots_are_told_by_the_airings_or_else_by_where_the_next_one_begins() -> None:
    made = remembered(STATE, LINE.airings)
    assert (made.first_slot, made.next_slot) == (5, 8)
    assert next_epoch(made, FAST, "wide").first_slot == 8


def test_nothing_is_forgotten_while_all_of_it_is_recent() -> None:
    made = rundown(12, 12, 12)
    one_ended = made.timeline.start_ns(12) / 1e9
    assert made.without_past(later(one_ended + 9.9), keep_s=10) is made
    assert [a.slot for a in made.without_past(later(one_ended + 10.1), keep_s=10).airings] == [1, 2]
    assert [a.slot for a in made.without_past(later(2 * one_ended + 10.1), keep_s=10).airings] == [2]


# From the database, or from the rundown's file


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store.in_memory()
    yield opened
    opened.close()


def stored(store: Store, state: ChannelState, airings: tuple[Airing, ...]) -> None:
    store.write_rundown("dreams", state, [(airing, 1) for airing in airings], replace_from=0)


def test_a_channel_is_recalled_from_the_database_without_a_file(store: Store, tmp_path: Path) -> None:
    stored(store, STATE, LINE.airings)
    assert recall(store, "dreams", tmp_path / "none.json") == (STATE, list(LINE.airings))
    assert recall(store, "tides", tmp_path / "none.json") is None


def test_the_last_four_hundred_airings_are_recalled(store: Store, tmp_path: Path) -> None:
    many = timeline(*[1] * 500).airings
    stored(store, STATE, many)
    recalled = recall(store, "dreams", tmp_path / "none.json")
    assert recalled == (STATE, list(many[-401:]))


def test_a_file_is_believed_only_where_it_reaches_further(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rundown.json"
    stored(store, STATE, LINE.airings)
    longer = timeline(12, 12, 12, 12, first_slot=5)
    for state, airings, believed in [
        (STATE, LINE.airings[:2], False),
        (STATE, LINE.airings, False),
        (STATE, (), False),
        (stated(epoch=1), (), False),
        (STATE, longer.airings, True),
    ]:
        save(remembered(state, airings), path)
        recalled = recall(store, "dreams", path)
        assert recalled == ((state, list(airings)) if believed else (STATE, list(LINE.airings)))
    later_epoch = stated(epoch=2), timeline(1, first_slot=9).airings
    save(remembered(*later_epoch), path)
    assert recall(store, "dreams", path) == (later_epoch[0], list(later_epoch[1]))


def test_what_only_the_file_knew_is_stored_again_with_its_times(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rundown.json"
    stored(store, STATE, timeline(6, 6, 6, 6, first_slot=3).airings[:-1])
    save(remembered(STATE, LINE.airings), path)
    assert recall(store, "dreams", path) == (STATE, list(LINE.airings))
    assert [airing.slot for airing in store.airings("dreams", 0)] == [3, 4, 5, 6, 7]
    assert store.airings("dreams", 0, from_slot=5) == list(LINE.airings)
    lines = store.as_run("dreams", before_slot=99, limit=3)
    assert [line.wall_ns for line in reversed(lines)] == [
        LINE.wall_ns(LINE.start_ns(airing.start_quanta)) for airing in LINE.airings
    ]


def test_a_lost_database_gets_the_channel_from_the_file_also_before_it_aired(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "rundown.json"
    save(remembered(STATE, ()), path)
    assert recall(store, "dreams", path) == (STATE, [])
    assert store.state("dreams") == STATE
    assert store.airings("dreams", 0) == []


def test_a_file_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    (tmp_path / "other.json").write_text("{}")
    assert load(tmp_path / "other.json") is None
