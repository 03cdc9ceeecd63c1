from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.airings import HOUSE, bumper, clip, slate
from webtv.domain import Airing, AiringKind
from webtv.playlist.scheduler import Cue, Rules, Shelf, plan
from webtv.playlist.store import Clip

RULES = Rules(no_repeat=100, bumper_every=10_000)


def planned(
    shelf: Shelf, until: int, rules: Rules = RULES, before: tuple[Airing, ...] = (), cue: Cue | None = None
) -> list[Airing]:
    return plan(shelf, rules, HOUSE, cue or Cue(), before, until)


def shelf(fresh: list[Clip], archive: list[Clip], last_ends: dict[str, int | None] | None = None) -> Shelf:
    ends = {c.id: -10_000 for c in archive} if last_ends is None else last_ends
    return Shelf(fresh, archive, ends, slate(), bumper())


def test_fresh_clips_air_first_and_in_order() -> None:
    kinds = [(a.clip_id, a.kind) for a in planned(shelf([clip("a"), clip("b")], [clip("c")]), 60)]
    assert kinds[:3] == [("a", AiringKind.FRESH), ("b", AiringKind.FRESH), ("c", AiringKind.ARCHIVE)]


def test_an_archive_clip_rests_for_the_no_repeat_window() -> None:
    airings = planned(shelf([], [clip("a"), clip("b")]), 400)
    for name in "ab":
        own = [a for a in airings if a.clip_id == name]
        assert len(own) >= 2
        assert all(later.start_quanta - sooner.end_quanta >= 100 for sooner, later in itertools.pairwise(own))


def test_the_longest_rested_archive_clip_airs_first() -> None:
    airings = planned(shelf([], [clip("a"), clip("b")], {"a": -200, "b": -300}), 20)
    assert airings[0].clip_id == "b"


def test_with_nothing_rested_a_bumper_airs_and_then_slates() -> None:
    kinds = [a.kind for a in planned(shelf([], []), 100)]
    assert kinds[0] in (AiringKind.BUMPER, AiringKind.SLATE)
    assert AiringKind.BUMPER in kinds
    assert not any(a == b == AiringKind.BUMPER for a, b in itertools.pairwise(kinds))


def test_a_bumper_comes_between_programmes_when_it_is_due() -> None:
    fresh = [clip(f"f{n}") for n in range(30)]
    airings = planned(shelf(fresh, []), 700, Rules(no_repeat=100, bumper_every=100))
    bumpers = [a.start_quanta for a in airings if a.kind is AiringKind.BUMPER]
    assert bumpers
    assert all(100 <= later - sooner <= 160 for sooner, later in itertools.pairwise(bumpers))


def test_planning_goes_on_where_the_rundown_ends() -> None:
    whole = planned(shelf([clip("a")], []), 200)
    kept = tuple(whole[:3])
    rest = planned(
        shelf([], [clip("a")], {"a": kept[0].end_quanta}), 200, before=kept, cue=Cue.after(kept[-1], HOUSE)
    )
    assert rest[0].slot == kept[-1].slot + 1
    assert rest[0].start_quanta == kept[-1].end_quanta
    assert rest[0].first_segment == kept[-1].first_segment + HOUSE.fragments(kept[-1].quanta)


@given(
    fresh=st.lists(st.integers(1, 40), max_size=6),
    archive=st.lists(st.integers(1, 40), max_size=6),
    no_repeat=st.integers(0, 200),
    bumper_every=st.integers(0, 200),
    until=st.integers(1, 600),
)
def test_there_is_always_a_gapless_plan(
    fresh: list[int], archive: list[int], no_repeat: int, bumper_every: int, until: int
) -> None:
    stock = shelf(
        [clip(f"f{n}", quanta) for n, quanta in enumerate(fresh)],
        [clip(f"a{n}", quanta) for n, quanta in enumerate(archive)],
    )
    airings = planned(stock, until, Rules(no_repeat=no_repeat, bumper_every=bumper_every))
    assert airings[0].start_quanta == 0
    assert airings[-1].end_quanta >= until
    for sooner, later in itertools.pairwise(airings):
        assert later.start_quanta == sooner.end_quanta
        assert later.slot == sooner.slot + 1
        assert later.first_segment == sooner.first_segment + HOUSE.fragments(sooner.quanta)
    assert len({a.clip_id for a in airings if a.kind is AiringKind.FRESH}) == sum(
        a.kind is AiringKind.FRESH for a in airings
    )


def test_what_is_pinned_airs_before_all_else_but_never_twice_in_a_row() -> None:
    fresh, old = [clip("a"), clip("b")], [clip("c"), clip("d")]
    pinned = replace(shelf(fresh, old), pinned=[old[0], fresh[1]])
    assert [(a.clip_id, a.kind) for a in planned(pinned, 90)][:4] == [
        ("c", AiringKind.ARCHIVE),
        ("b", AiringKind.FRESH),
        ("a", AiringKind.FRESH),
        ("d", AiringKind.ARCHIVE),
    ]
    before = tuple(planned(shelf([old[0]], []), 1))
    assert [a.clip_id for a in planned(pinned, 200, before=before, cue=Cue.after(before[0], HOUSE))][:3] == [
        "b",
        "c",
        "a",
    ]


def test_while_the_slate_is_held_nothing_else_airs() -> None:
    held = replace(shelf([clip("a")], [clip("b")]), slate_only=True, pinned=[clip("b")])
    assert {a.kind for a in planned(held, 500)} == {AiringKind.SLATE}


def test_an_evergreen_comes_round_each_hour_though_there_are_fresh_clips() -> None:
    hour = HOUSE.quanta(3600)
    fresh = [clip(f"f{n}", 100) for n in range(300)]
    old = [clip("a"), clip("b"), clip("c")]
    airings = planned(replace(shelf(fresh, old), evergreen={"a", "b"}), 4 * hour)
    repeats = [a for a in airings if a.kind is AiringKind.ARCHIVE]
    assert {a.clip_id for a in repeats} == {"a", "b"}
    assert 6 <= len(repeats) <= 8
    for name in "ab":
        own = [a for a in repeats if a.clip_id == name]
        assert all(
            later.start_quanta - sooner.end_quanta >= hour for sooner, later in itertools.pairwise(own)
        )
    assert not any(a.kind == b.kind == AiringKind.ARCHIVE for a, b in itertools.pairwise(airings))


def test_an_evergreen_still_rests_for_the_no_repeat_window() -> None:
    airings = planned(replace(shelf([], [clip("a"), clip("b")]), evergreen={"a"}), 400)
    own = [a for a in airings if a.clip_id == "a"]
    assert all(later.start_quanta - sooner.end_quanta >= 100 for sooner, later in itertools.pairwise(own))
