"""A keeper's turns on virtual time, with a real database and slots: what it plans when, what it leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.airings import HOUSE, clip, slate
from tests.clocks import FakeClock
from tests.playlist.keepers import NEW, Kept, kept, there
from webtv.errors import StationError
from webtv.playlist.keeper import AHEAD_S, Keeper
from webtv.playlist.library import Library
from webtv.playlist.marks import Marks, load_marks
from webtv.playlist.plans import LOOK_S
from webtv.playlist.policies import Rules
from webtv.playlist.records import Clip
from webtv.playlist.rundown import LOCK_S
from webtv.playlist.stock import Stock

LOCKED_S = LOCK_S + LOOK_S
CLIP_S = 24 * HOUSE.quantum_s


@pytest.fixture
async def on_air(tmp_path: Path) -> AsyncIterator[Kept]:
    async with kept(tmp_path, FakeClock()) as made:
        yield made


def position_s(on_air: Kept) -> float:
    return on_air.keeper.timeline.position_ns(on_air.clock.now()) / 1e9


async def to(on_air: Kept, seconds: float) -> None:
    """Let media time ``seconds`` be on air."""
    await on_air.clock.advance(seconds - position_s(on_air))


def slots(keeper: Keeper) -> list[int]:
    return [airing.slot for airing in keeper.rundown.airings]


async def ran(on_air: Kept) -> list[int]:
    lines = await on_air.database(lambda store: store.as_run("dreams", before_slot=2**53, limit=999))
    return [line.airing.slot for line in reversed(lines)]


def new(on_air: Kept, data: Path, name: str = "new") -> Clip:
    made = there(Library(data), clip(name))
    on_air.keeper.stock.take_in([made])
    return made


async def test_a_channel_that_opens_is_minutes_ahead_and_began_eight_seconds_ago(on_air: Kept) -> None:
    keeper = on_air.keeper
    assert position_s(on_air) == 8
    assert keeper.ahead_s > AHEAD_S + 60
    assert keeper.ahead_s == keeper.timeline.end_ns / 1e9 - 8
    assert [airing.slot for airing in keeper.begun()] == [0]
    await to(on_air, CLIP_S)
    assert [airing.slot for airing in keeper.begun()] == [0, 1]
    assert not keeper.cut_lately


async def test_the_next_cut_is_where_the_first_airing_begins_that_is_not_fixed(on_air: Kept) -> None:
    keeper = on_air.keeper
    assert keeper.next_cut_s == pytest.approx(CLIP_S - 8)
    await to(on_air, CLIP_S - LOCK_S - 0.01)
    assert keeper.next_cut_s == pytest.approx(LOCK_S + 0.01)
    await to(on_air, CLIP_S - LOCK_S)
    assert keeper.next_cut_s == pytest.approx(LOCK_S + CLIP_S)
    end_s = keeper.timeline.end_ns / 1e9
    await to(on_air, end_s - 1)
    assert keeper.next_cut_s == pytest.approx(1), "the plan's end where all of it is fixed"


async def test_a_keeper_wakes_shortly_before_the_next_airing_is_fixed(on_air: Kept) -> None:
    keeper = on_air.keeper
    assert keeper.until_tick_s() == pytest.approx(CLIP_S - 8 - LOCKED_S + 0.001)
    await to(on_air, CLIP_S - LOCKED_S + 0.002)
    assert keeper.until_tick_s() == pytest.approx(CLIP_S - 0.002 + 0.001)


async def test_a_keeper_wakes_before_its_plan_is_too_short(on_air: Kept) -> None:
    keeper, end_s = on_air.keeper, on_air.keeper.timeline.end_ns / 1e9
    await to(on_air, end_s - AHEAD_S - 0.5)
    assert keeper.until_tick_s() == pytest.approx(0.501)
    await to(on_air, end_s - AHEAD_S + 1)
    assert keeper.until_tick_s() == 0.001, "at once, but not in a circle"
    await to(on_air, end_s - LOCKED_S)
    assert keeper.until_tick_s() == 0.5, "all of it is fixed"


async def test_a_plan_grows_when_it_is_short_and_stays_as_it_is_until_then(on_air: Kept) -> None:
    keeper, before = on_air.keeper, on_air.keeper.rundown
    end_s = keeper.timeline.end_ns / 1e9
    await to(on_air, end_s - AHEAD_S - 0.1)
    await keeper.tick(better=False)
    assert keeper.rundown.airings == before.airings[-len(keeper.rundown.airings) :]
    await to(on_air, end_s - AHEAD_S + 0.1)
    await keeper.tick(better=False)
    assert keeper.ahead_s > AHEAD_S + 60
    last = before.airings[-1]
    assert last in keeper.rundown.airings, "what was planned stays"


async def test_a_better_clip_comes_behind_the_fresh_ones_only_when_it_is_told(
    on_air: Kept, tmp_path: Path
) -> None:
    keeper = on_air.keeper
    while keeper.rundown.first_lesser(on_air.clock.now()) == len(keeper.rundown.airings):
        await to(on_air, position_s(on_air) + keeper.until_tick_s())
        await keeper.tick(better=False)
    new(on_air, tmp_path)
    await keeper.tick(better=False)
    assert "new" not in {airing.clip_id for airing in keeper.rundown.airings}
    lesser = keeper.rundown.first_lesser(on_air.clock.now())
    await keeper.tick(better=True)
    assert keeper.rundown.airings[lesser].clip_id == "new"


async def test_what_aired_is_kept_for_three_minutes_in_memory_and_in_place(on_air: Kept) -> None:
    keeper = on_air.keeper
    await to(on_air, 14 * CLIP_S + 179)
    await keeper.tick(better=False)
    assert slots(keeper)[0] == 13
    await to(on_air, 15 * CLIP_S + 181)
    await keeper.tick(better=False)
    assert slots(keeper)[0] == 15
    await keeper.mark(lambda marks: marks)
    first = keeper.rundown.airings[0]
    assert keeper.file_of(first).exists()
    folder = keeper.file_of(first).parent
    assert min(int(path.stem) for path in folder.glob("*.mp4")) == 15
    assert (await on_air.database(lambda s: s.last_ends("dreams", 0, before_slot=10)))["clip9"] == 240


async def test_a_plan_that_ran_out_while_the_machine_slept_goes_on_at_its_end(on_air: Kept) -> None:
    keeper, end_ns = on_air.keeper, on_air.keeper.timeline.end_ns
    await to(on_air, 30)
    await keeper.tick(better=False)
    asleep_from = keeper.begun()[-1].slot
    planned = keeper.rundown.airings
    await on_air.clock.advance(3600)
    with capture_logs() as logs:
        await keeper.tick(better=False)
    assert [line["event"] for line in logs] == ["the plan ran out; air goes on behind it"]
    assert keeper.timeline.position_ns(on_air.clock.now()) == end_ns
    assert keeper.begun()[-1].slot == planned[-1].slot + 1
    assert [slot for slot in await ran(on_air) if slot <= planned[-1].slot] == list(range(asleep_from + 1))


@pytest.mark.parametrize("step_s", [-3600, -1.5, 1.5, 3600])
async def test_a_step_of_the_wall_clock_moves_the_times_in_the_log_and_not_air(
    on_air: Kept, step_s: float
) -> None:
    keeper, before = on_air.keeper, on_air.keeper.rundown
    await to(on_air, CLIP_S + 3)
    on_air.clock.step_wall(step_s)
    with capture_logs() as logs:
        await keeper.tick(better=False)
    assert [(line["event"], line["step_s"]) for line in logs] == [
        ("the wall clock was set; air is unmoved", step_s)
    ]
    assert keeper.rundown.airings[:30] == before.airings[:30]
    assert position_s(on_air) == pytest.approx(CLIP_S + 3)
    lines = await on_air.database(lambda s: s.as_run("dreams", before_slot=2**53, limit=999))
    old, now = before.timeline, keeper.timeline
    for line in lines:
        start_ns = now.start_ns(line.airing.start_quanta)
        moved = line.airing.slot >= 1  # the one on air, and all to come
        assert line.wall_ns == (now if moved else old).wall_ns(start_ns)


async def test_a_wall_clock_that_drifts_is_left_alone(on_air: Kept) -> None:
    on_air.clock.step_wall(0.9)
    with capture_logs() as logs:
        await on_air.keeper.tick(better=False)
    assert logs == []


async def test_a_harmed_clip_is_replaced_before_it_is_fixed(on_air: Kept, tmp_path: Path) -> None:
    keeper = on_air.keeper
    await to(on_air, CLIP_S - LOCKED_S + 0.01)
    for number in (1, 2):
        path = Library(tmp_path).path(clip(f"clip{number}"))
        path.write_text("harmed")
    await keeper.tick(better=False)
    assert keeper.rundown.airings[1].clip_id == "clip2", "only what is to be fixed next is looked at"
    assert keeper.stock.get("clip1") is None
    assert keeper.rundown.airings[0].clip_id == "clip0"


async def test_a_skip_ends_what_is_on_air_at_the_next_fragment_that_nobody_holds(on_air: Kept) -> None:
    keeper = on_air.keeper
    await to(on_air, CLIP_S + 1)
    cut = await keeper.skip()
    assert cut.shortened
    assert LOCKED_S <= cut.in_s <= LOCKED_S + 1.6
    on, following = keeper.rundown.airings[1:3]
    assert (on.clip_id, on.quanta, following.clip_id) == ("clip1", 9, "clip2")
    again = await keeper.skip()
    assert again.in_s == pytest.approx(cut.in_s)
    assert keeper.rundown.airings[1:3] == (on, following)
    await to(on_air, CLIP_S + 3)
    soon = await keeper.skip()
    assert not soon.shortened, "it ends before it can be cut"
    assert soon.in_s == pytest.approx(cut.in_s - 2)
    assert keeper.rundown.airings[1:3] == (on, following)


async def test_a_skip_near_the_end_lets_what_is_on_air_end(on_air: Kept) -> None:
    cut = await on_air.keeper.skip()
    assert not cut.shortened
    assert cut.in_s == pytest.approx(CLIP_S - 8)
    assert on_air.keeper.rundown.airings[0].quanta == 24


async def test_a_channel_that_closes_has_not_aired_what_it_planned(on_air: Kept) -> None:
    keeper = on_air.keeper
    await to(on_air, 2 * CLIP_S + 0.5)
    await keeper.close()
    assert await ran(on_air) == [0, 1], "what began so shortly before was not seen"
    await keeper.tick(better=False)
    storage = keeper._storage
    assert storage.off_since_boot_ns == {"dreams": on_air.clock.now().boot_ns}


async def test_what_began_a_second_before_a_channel_closes_has_aired(on_air: Kept) -> None:
    await to(on_air, 2 * CLIP_S + 1)
    await on_air.keeper.close()
    assert await ran(on_air) == [0, 1, 2]


async def test_a_pin_airs_next_and_is_forgotten_once_it_has_begun(on_air: Kept, tmp_path: Path) -> None:
    keeper = on_air.keeper
    cut = await keeper.pin("clip9")
    assert not cut.shortened
    assert cut.in_s == pytest.approx(CLIP_S - 8)
    assert keeper.rundown.airings[1].clip_id == "clip9"
    assert keeper.stock.marks.pinned == {"clip9": 1}
    marks = tmp_path / "channels" / "dreams" / "marks.json"
    assert load_marks(marks).pinned == {"clip9": 1}
    await to(on_air, CLIP_S - 0.1)
    await keeper.tick(better=False)
    assert keeper.stock.marks.pinned == {"clip9": 1}
    await to(on_air, CLIP_S)
    await keeper.tick(better=False)
    assert keeper.stock.marks.pinned == {}
    assert load_marks(marks).pinned == {}
    assert [airing.clip_id for airing in keeper.rundown.airings[:3]] == ["clip0", "clip9", "clip1"]


async def test_a_mark_plans_anew_at_once_or_behind_what_is_on_air(on_air: Kept) -> None:
    keeper = on_air.keeper
    cut = await keeper.mark(lambda marks: marks.ban("clip1"))
    assert not cut.shortened
    assert [airing.clip_id for airing in keeper.rundown.airings[:2]] == ["clip0", "clip2"]
    await to(on_air, CLIP_S + 1)
    assert not keeper.cut_lately
    cut = await keeper.mark(lambda marks: marks.ban("clip2"), at_once=lambda a: a.clip_id == "clip2")
    assert cut.shortened
    assert LOCKED_S <= cut.in_s <= LOCKED_S + 1.7
    assert keeper.cut_lately
    ended, following = keeper.rundown.airings[1:3]
    assert (ended.clip_id, following.clip_id) == ("clip2", "clip3")
    assert ended.quanta < 24
    assert keeper.timeline.start_ns(ended.end_quanta) / 1e9 == pytest.approx(CLIP_S + 1 + cut.in_s)


async def test_a_mark_that_is_refused_changes_nothing(on_air: Kept) -> None:
    before = on_air.keeper.rundown

    def refuse(_: Marks) -> Marks:
        raise StationError("no such clip")

    with pytest.raises(StationError, match="no such clip"):
        await on_air.keeper.mark(refuse)
    assert on_air.keeper.rundown is before
    await on_air.keeper.tick(better=False)


async def test_where_nothing_is_planned_an_edit_is_refused_in_words(on_air: Kept) -> None:
    await on_air.clock.advance(3600)
    with pytest.raises(StationError, match=r"nothing is planned at this moment\. Try"):
        await on_air.keeper.mark(lambda marks: marks.ban("clip1"))


async def test_a_station_that_is_too_slow_for_an_edit_says_so_and_leaves_air(on_air: Kept) -> None:
    keeper, before = on_air.keeper, on_air.keeper.rundown
    on_air.database.be_late_for("write_rundown", on_air.clock)
    tried = on_air.clock.now().boot_ns
    with pytest.raises(StationError, match=r"the station is too slow at this moment\. Try"):
        await keeper.mark(lambda marks: marks.ban("clip30"), at_once=lambda _: True)
    assert keeper.rundown is before
    assert on_air.clock.now().boot_ns - tried == 5 * 10 * 10**9


async def test_another_epoch_begins_at_the_next_cut_by_its_own_rules_with_the_marks_of_before(
    on_air: Kept, tmp_path: Path
) -> None:
    keeper, before = on_air.keeper, on_air.keeper.rundown
    await keeper.mark(lambda marks: marks.ban("clip50"))
    card = there(Library(tmp_path), replace(slate(), id="wide", init_sha256="new"))
    stock = Stock(NEW, card, b"new")
    stock.take_in(there(Library(tmp_path), replace(clip(f"n{n}"), init_sha256="new")) for n in range(3))
    stock.bumper = there(Library(tmp_path), replace(slate(), id="call", init_sha256="new"))
    ended = await keeper.begin_next_epoch(stock, Rules(no_repeat=0, bumper_every=24))
    assert ended is not None
    assert ended.airings == before.airings[:1]
    assert (keeper.timeline.epoch, keeper.stock) == (1, stock)
    assert stock.marks == Marks().ban("clip50")
    assert keeper.timeline.boot_ns(0) == ended.boot_ns(ended.end_ns)
    assert keeper.begun() == ()
    assert [airing.clip_id for airing in keeper.rundown.airings[:5]] == ["n0", "call", "n1", "call", "n2"]
    assert keeper.rundown.airings[0].slot == 1
    assert keeper.file_of(keeper.rundown.airings[0]).read_text() == "n0"
    folder = keeper.file_of(keeper.rundown.airings[0]).parent

    async def first_slot_in_place() -> int:
        await keeper.mark(lambda marks: marks)
        return min(int(path.stem) for path in folder.glob("*.mp4"))

    await to(on_air, 0.5)
    cut = await keeper.pin("n2")
    assert not cut.shortened
    assert keeper.rundown.airings[1].clip_id == "n2"
    await to(on_air, 179)
    await keeper.tick(better=False)
    assert await first_slot_in_place() == 0, "viewers may still ask for what aired in the epoch before"
    await to(on_air, 181)
    assert await first_slot_in_place() == keeper.rundown.first_slot == 1
    await to(on_air, 300)
    await keeper.tick(better=False)
    assert keeper.ahead_s > AHEAD_S
    assert {airing.clip_id for airing in keeper.rundown.airings} == {"n0", "n1", "n2", "call"}


async def test_what_a_channel_planned_before_it_closed_airs_after_all_once_it_goes_on(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    async with kept(tmp_path, clock) as before:
        await to(before, CLIP_S + 3)
        await before.keeper.close()
        planned = before.keeper.rundown.airings
    async with kept(tmp_path, clock) as on_air:
        await to(on_air, 3 * CLIP_S + 1)
        await on_air.keeper.tick(better=False)
        assert on_air.keeper.rundown.airings[: len(planned)] == planned
        assert (await ran(on_air))[:4] == [0, 1, 2, 3]


# Putting a plan on air


async def test_what_is_at_hand_is_not_replaced_and_what_was_stored_for_it_is_taken_back(on_air: Kept) -> None:
    keeper, air = on_air.keeper, on_air.keeper._air
    plan = keeper._planner.replan(keeper.rundown, on_air.clock.now(), 1)
    before = keeper.rundown
    await to(on_air, CLIP_S - 0.5)
    assert not await air.commit(plan)
    assert keeper.rundown is before
    assert air._ledger.holds_another
    await keeper.tick(better=False)
    assert not air._ledger.holds_another
    stored = await on_air.database(lambda store: store.airings("dreams", 0))
    assert stored == list(keeper.rundown.airings)
    assert stored[: len(before.airings)] == list(before.airings)


async def test_what_begins_in_more_than_half_a_second_is_replaced(on_air: Kept) -> None:
    keeper = on_air.keeper
    plan = keeper._planner.replan(keeper.rundown, on_air.clock.now(), 1)
    await to(on_air, CLIP_S - 0.51)
    assert await keeper._air.commit(plan)
    assert keeper.rundown is plan.rundown


async def test_a_slot_that_is_not_known_to_be_in_place_is_put_there_from_the_one_on_air_on(
    on_air: Kept, tmp_path: Path
) -> None:
    keeper, slots = on_air.keeper, on_air.keeper._slots
    await to(on_air, CLIP_S + 1)
    for slot in (0, 1, 5):
        slots.path(slot).unlink()
        slots.may_hold_another(slot)
    keep = len(keeper.rundown.airings)
    assert await keeper._air.commit(keeper._planner.replan(keeper.rundown, on_air.clock.now(), keep))
    assert [slots.is_there(slot) for slot in (0, 1, 5)] == [False, True, True]
    assert "# on air: fresh: Clip1" in (tmp_path / "dreams.ffconcat").read_text()
