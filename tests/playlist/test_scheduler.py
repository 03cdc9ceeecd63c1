"""Whole plans: what follows what."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.airings import HOUSE, bumper, clip, slate
from webtv.domain import Airing, AiringKind
from webtv.playlist.marks import Marks
from webtv.playlist.policies import Rules
from webtv.playlist.records import Clip
from webtv.playlist.scheduler import Cue, plan
from webtv.playlist.stock import Stock

RULES = Rules(no_repeat=100, bumper_every=10_000)
BEGIN = 1000
"""The quantum at which these plans begin: what is in the archive aired long before."""
FROM = Cue(quanta=BEGIN)
NO_MARKS = Marks()


def stocked(
    fresh: Sequence[Clip], archive: Sequence[Clip], marks: Marks = NO_MARKS, **ends: int | None
) -> Stock:
    """Archive clips aired at quantum 1, or until ``ends``."""
    stock = Stock(HOUSE, slate(), b"")
    stock.bumper = bumper()
    stock.take_in([*archive, *fresh])
    stock.recall({clip.id: ends.get(clip.id, 1) for clip in archive})
    stock.marks = marks
    return stock


def planned(
    stock: Stock,
    quanta: int,
    rules: Rules = RULES,
    before: tuple[Airing, ...] = (),
) -> list[Airing]:
    """A plan for so many quanta, behind ``before``."""
    cue = Cue.after(before[-1], HOUSE) if before else FROM
    return plan(
        stock.behind(before), rules, HOUSE, cue, before, cue.quanta + quanta, wall_ns=lambda quanta: quanta
    )


def shown(airings: Sequence[Airing]) -> list[tuple[str, AiringKind]]:
    return [(airing.clip_id, airing.kind) for airing in airings]


def test_fresh_clips_air_first_and_in_order() -> None:
    assert shown(planned(stocked([clip("a"), clip("b")], [clip("c")]), 60))[:3] == [
        ("a", AiringKind.FRESH),
        ("b", AiringKind.FRESH),
        ("c", AiringKind.ARCHIVE),
    ]


def test_an_archive_clip_rests_for_the_no_repeat_window_where_there_are_enough() -> None:
    airings = planned(stocked([], [clip(name) for name in "abcdef"]), 600)
    assert {airing.clip_id for airing in airings} == set("abcdef")
    for name in "abcdef":
        own = [a for a in airings if a.clip_id == name]
        assert len(own) >= 2
        assert all(later.start_quanta - sooner.end_quanta >= 100 for sooner, later in itertools.pairwise(own))


def test_clips_that_have_not_rested_air_in_turn_rather_than_a_slate() -> None:
    airings = planned(stocked([clip("a"), clip("b"), clip("c")], []), 24 * 9)
    assert [airing.clip_id for airing in airings] == [*"abcabcabc"]
    assert [airing.kind for airing in airings] == [AiringKind.FRESH] * 3 + [AiringKind.ARCHIVE] * 6


def test_the_longest_rested_archive_clip_airs_first() -> None:
    assert planned(stocked([], [clip("a"), clip("b")], a=20, b=10), 20)[0].clip_id == "b"


def test_without_any_clip_a_bumper_airs_and_then_slates() -> None:
    kinds = [airing.kind for airing in planned(stocked([], []), 100)]
    assert AiringKind.BUMPER in kinds
    assert set(kinds) == {AiringKind.SLATE, AiringKind.BUMPER}
    assert not any(a == b == AiringKind.BUMPER for a, b in itertools.pairwise(kinds))


def test_a_bumper_comes_between_programmes_when_it_is_due() -> None:
    fresh = [clip(f"f{n}") for n in range(30)]
    airings = planned(stocked(fresh, []), 700, Rules(no_repeat=100, bumper_every=100))
    bumpers = [a.start_quanta for a in airings if a.kind is AiringKind.BUMPER]
    assert bumpers
    assert all(100 <= later - sooner <= 160 for sooner, later in itertools.pairwise(bumpers))


def test_the_last_bumper_that_is_kept_counts_and_without_one_where_the_rundown_begins() -> None:
    rules = Rules(no_repeat=0, bumper_every=48)
    kept = tuple(planned(stocked([clip(f"f{n}") for n in range(9)], []), 24 * 4, rules))
    assert [a.kind.value for a in kept] == ["fresh", "bumper", "fresh", "fresh", "bumper"]
    more = [clip(f"g{n}") for n in range(9)]
    for before, kinds in [
        (kept, ["fresh", "fresh", "bumper"]),
        (kept[:3], ["fresh", "bumper", "fresh"]),
        (kept[:1], ["fresh", "bumper", "fresh"]),
    ]:
        behind = planned(stocked(more, []), 72, rules, before)
        assert [a.kind.value for a in behind][:3] == kinds


def test_planning_goes_on_where_the_rundown_ends() -> None:
    kept = tuple(planned(stocked([clip("a"), clip("b")], []), 40))
    rest = planned(stocked([clip("a"), clip("b"), clip("c")], []), 200, before=kept)
    assert rest[0].slot == kept[-1].slot + 1
    assert rest[0].start_quanta == kept[-1].end_quanta
    assert rest[0].first_segment == kept[-1].first_segment + HOUSE.fragments(kept[-1].quanta)
    assert shown(rest)[:2] == [("c", AiringKind.FRESH), ("a", AiringKind.ARCHIVE)]


def test_a_policy_is_asked_with_the_wall_time_of_its_cue() -> None:
    asked: list[int] = []

    def wall_ns(quanta: int) -> int:
        asked.append(quanta)
        return 0

    airings = plan(stocked([], []).behind(()), RULES, HOUSE, FROM, (), BEGIN + 60, wall_ns=wall_ns)
    assert asked == [airing.start_quanta for airing in airings]


@given(
    fresh=st.lists(st.integers(1, 40), max_size=6),
    archive=st.lists(st.integers(1, 40), max_size=6),
    evergreen=st.sets(st.integers(0, 5)),
    no_repeat=st.integers(0, 200),
    bumper_every=st.integers(0, 200),
    quanta=st.integers(1, 600),
)
def test_there_is_always_a_gapless_plan_and_no_slate_where_there_is_a_clip(
    fresh: list[int], archive: list[int], evergreen: set[int], no_repeat: int, bumper_every: int, quanta: int
) -> None:
    stock = stocked(
        [clip(f"f{n}", quanta) for n, quanta in enumerate(fresh)],
        [clip(f"a{n}", quanta) for n, quanta in enumerate(archive)],
        Marks(evergreen=frozenset(f"a{n}" for n in evergreen)),
    )
    airings = planned(stock, quanta, Rules(no_repeat=no_repeat, bumper_every=bumper_every))
    assert airings[0].start_quanta == BEGIN
    assert airings[-1].end_quanta >= BEGIN + quanta > airings[-1].start_quanta
    for sooner, later in itertools.pairwise(airings):
        assert later.start_quanta == sooner.end_quanta
        assert later.slot == sooner.slot + 1
        assert later.first_segment == sooner.first_segment + HOUSE.fragments(sooner.quanta)
        if len(fresh) + len(archive) > 1:
            assert later.clip_id != sooner.clip_id
    new = [a.clip_id for a in airings if a.kind is AiringKind.FRESH]
    assert new == [f"f{n}" for n in range(len(new))]
    if fresh or archive:
        assert AiringKind.SLATE not in {airing.kind for airing in airings}


def test_what_is_pinned_airs_before_all_else_but_never_twice_in_a_row() -> None:
    fresh, old = [clip("a"), clip("b")], [clip("c"), clip("d")]
    pins = Marks().pin("b", 0).pin("c", 0)
    assert shown(planned(stocked(fresh, old, pins), 90))[:4] == [
        ("c", AiringKind.ARCHIVE),
        ("b", AiringKind.FRESH),
        ("a", AiringKind.FRESH),
        ("d", AiringKind.ARCHIVE),
    ]
    before = tuple(planned(stocked([], [old[0]]), 1))
    later = Marks().pin("b", 9).pin("c", 9)
    assert [a.clip_id for a in planned(stocked(fresh, old, later), 200, before=before)][:3] == ["b", "c", "a"]


def test_while_the_slate_is_held_nothing_else_airs() -> None:
    held = stocked([clip("a")], [clip("b")], Marks(slate=True).pin("b", 9))
    assert {airing.kind for airing in planned(held, 500)} == {AiringKind.SLATE}


def test_an_evergreen_comes_round_each_hour_though_there_are_fresh_clips() -> None:
    hour = HOUSE.quanta(3600)
    fresh = [clip(f"f{n}", 100) for n in range(300)]
    marks = Marks(evergreen=frozenset("ab"))
    airings = planned(stocked(fresh, [clip("a"), clip("b"), clip("c")], marks, a=None, b=None), 4 * hour)
    repeats = [a for a in airings if a.kind is AiringKind.ARCHIVE]
    assert {a.clip_id for a in repeats} == {"a", "b"}
    assert 6 <= len(repeats) <= 8
    for name in "ab":
        own = [a for a in repeats if a.clip_id == name]
        assert all(
            later.start_quanta - sooner.end_quanta >= hour for sooner, later in itertools.pairwise(own)
        )
    assert not any(a.kind == b.kind == AiringKind.ARCHIVE for a, b in itertools.pairwise(airings))


def test_an_evergreen_still_rests_for_the_no_repeat_window_where_there_are_enough() -> None:
    old = [clip(name) for name in "abcdefgh"]
    airings = planned(stocked([], old, Marks(evergreen=frozenset("a"))), 800)
    own = [a for a in airings if a.clip_id == "a"]
    assert len(own) >= 4
    assert all(later.start_quanta - sooner.end_quanta >= 100 for sooner, later in itertools.pairwise(own))
