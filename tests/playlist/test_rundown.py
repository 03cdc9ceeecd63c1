from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from tests.airings import HOUSE, START, bumper, clip, later, slate, timeline
from tests.playlist.rundowns import STATE, At, rundown
from webtv.domain import AiringKind
from webtv.playlist.policies import Rules
from webtv.playlist.records import Clip
from webtv.playlist.rundown import LOCK_S, Rundown, load, resume, save
from webtv.playlist.scheduler import Cue
from webtv.playlist.shelf import Selection
from webtv.playlist.stock import Stock

RULES = Rules(no_repeat=300, bumper_every=10_000)


def fresh(*clips: Clip) -> Selection:
    stock = Stock(HOUSE, slate(), b"")
    stock.bumper = bumper()
    stock.take_in(clips)
    return stock.behind(())


def test_the_plan_reaches_as_far_ahead_as_asked() -> None:
    now = later(100)
    made = rundown().planned(fresh(), RULES, now, keep=0, ahead_s=330)
    assert made.timeline.end_ns >= made.timeline.position_ns(now) + 330e9


def test_the_plan_ends_with_the_airing_that_is_on_air_so_far_ahead() -> None:
    for quanta in (24, 36):  # of three slates as long
        ahead_s = quanta * HOUSE.quantum_s
        made = rundown().planned(
            Stock(HOUSE, slate(), b"").behind(()), RULES, later(0), keep=0, ahead_s=ahead_s
        )
        assert made.airings[-1].end_quanta == quanta + 12
        just_less = ahead_s - 0.001
        made = rundown().planned(
            Stock(HOUSE, slate(), b"").behind(()), RULES, later(0), keep=0, ahead_s=just_less
        )
        assert made.airings[-1].end_quanta == quanta


def test_a_plan_from_the_first_airing_on_begins_where_that_did() -> None:
    airings = timeline(12, 12, first_slot=7).airings
    first = airings[1].model_copy(update={"first_segment": 99})
    again = Rundown(STATE, (first,), Cue()).planned(fresh(clip("a")), RULES, later(0), keep=0, ahead_s=60)
    new = again.airings[0]
    assert (new.clip_id, new.slot, new.start_quanta, new.first_segment) == ("a", 8, 12, 99)


def test_what_is_about_to_air_is_locked() -> None:
    made = rundown(12, 12, 12)
    just_before = made.timeline.start_ns(12) / 1e9 - LOCK_S - 0.1
    assert made.unlocked_from(later(just_before)) == 1
    assert made.unlocked_from(later(just_before + 0.2)) == 2


def test_a_fresh_clip_replaces_filler_but_never_what_is_locked() -> None:
    filler = rundown().planned(fresh(), RULES, later(0), keep=0, ahead_s=330)
    now = later(20)
    keep = filler.first_lesser(now)
    better = filler.planned(fresh(clip("new")), RULES, now, keep=keep, ahead_s=330)
    assert better.airings[:keep] == filler.airings[:keep]
    assert better.airings[keep].clip_id == "new"
    starts_s = better.timeline.start_ns(better.airings[keep].start_quanta) / 1e9
    assert 20 + LOCK_S < starts_s < 20 + LOCK_S + 2 * 12 * HOUSE.quantum_s


def test_a_fresh_clip_waits_behind_fresh_clips_that_are_planned() -> None:
    first = rundown().planned(fresh(clip("a"), clip("b")), RULES, later(0), keep=0, ahead_s=330)
    now = later(0.1)
    keep = first.first_lesser(now)
    assert [a.clip_id for a in first.airings[:keep]] == ["a", "b"]


def test_after_a_restart_on_the_same_boot_air_has_gone_on() -> None:
    made = rundown(24, 24, 24)
    again = resume(STATE, made.airings, At(later(20)))
    assert again.state == STATE
    assert again.timeline.position_ns(later(20)) == 20_000_000_000


def test_a_wall_clock_that_steps_does_not_move_air() -> None:
    made = rundown(24, 24, 24)
    for step_s in (-3600, 3600):
        stepped = replace(later(20), wall_ns=START.wall_ns + step_s * 10**9)
        again = resume(STATE, made.airings, At(stepped))
        assert again.timeline.position_ns(stepped) == 20_000_000_000


def test_when_the_plan_ran_out_or_the_machine_was_booted_air_goes_on_at_its_end() -> None:
    made = rundown(24, 24)
    for clock in (At(later(9999)), At(later(5), boot_id="another")):
        again = resume(STATE, made.airings, clock)
        assert again.timeline.position_ns(clock.now()) == made.timeline.end_ns
        assert again.timeline.wall_ns(made.timeline.end_ns) == clock.now().wall_ns
        went_on = again.planned(fresh(), RULES, clock.now(), keep=2, ahead_s=60)
        assert went_on.airings[2].first_segment == made.airings[1].first_segment + HOUSE.fragments(24)


def test_the_past_is_forgotten_but_a_while_is_kept() -> None:
    made = rundown(24, 24, 24)
    kept = made.without_past(later(27), keep_s=10)
    assert [a.slot for a in kept.airings] == [1, 2]
    assert kept.cue == made.cue


def test_the_rundown_comes_back_from_its_file(tmp_path: Path) -> None:
    made = rundown().planned(fresh(clip("a")), RULES, later(0), keep=0, ahead_s=60)
    save(made, tmp_path / "rundown.json")
    assert load(tmp_path / "rundown.json") == (made.state, list(made.airings))
    (tmp_path / "rundown.json").write_text('{"half')
    assert load(tmp_path / "rundown.json") is None
    assert load(tmp_path / "none.json") is None


def test_a_later_plan_never_moves_what_was_planned_before_it() -> None:
    first = rundown().planned(fresh(clip("a")), RULES, later(0), keep=0, ahead_s=100)
    second = first.planned(fresh(), RULES, later(50), keep=len(first.airings), ahead_s=100)
    assert second.airings[: len(first.airings)] == first.airings
    assert second.airings[-1].kind in (AiringKind.SLATE, AiringKind.BUMPER)


@given(
    fps=st.sampled_from((24, 25, 30, 50, 60)),
    lengths=st.lists(st.integers(1, 40), min_size=4, max_size=8),
    share=st.floats(0, 0.5),
)
def test_a_cut_lies_on_a_fragment_and_a_quantum_soon_after_the_lock(
    fps: Literal[24, 25, 30, 50, 60], lengths: list[int], share: float
) -> None:
    house = HOUSE.model_copy(update={"fps": fps})
    airings = timeline(*lengths, house=house).airings
    made = Rundown(STATE.model_copy(update={"format": house}), airings, Cue())
    now = later(share * sum(lengths) * house.quantum_s)
    found = made.cut_point(now)
    locked_until_ns = made.timeline.position_ns(now) + int(LOCK_S * 1e9)
    if found is None:
        assert locked_until_ns >= made.timeline.end_ns
        return
    index, quanta = found
    airing = airings[index]
    at_ns = made.timeline.start_ns(airing.start_quanta + quanta)
    step_s = max(house.gop_frames / fps, house.quantum_s)
    assert locked_until_ns <= at_ns <= locked_until_ns + step_s * 1e9 + 1
    assert quanta == airing.quanta or quanta * house.quantum_frames % house.gop_frames == 0
    if quanta:
        cut = made.cut(index, quanta)
        assert cut.airings[:-1] == airings[:index]
        assert Cue.after(cut.airings[-1], house).quanta == airing.start_quanta + quanta
