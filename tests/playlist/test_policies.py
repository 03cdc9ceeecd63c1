"""Each policy by itself, and the order in which they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from tests.airings import HOUSE, bumper, clip, slate
from webtv.domain import Airing, AiringKind
from webtv.playlist import policies
from webtv.playlist.marks import Marks
from webtv.playlist.policies import EVERGREEN_S, POLICIES, SLATES_PER_BUMPER, Choice, Rules, Situation, choose
from webtv.playlist.records import Clip
from webtv.playlist.stock import Stock

RULES = Rules(no_repeat=100, bumper_every=50)
HOUR = HOUSE.quanta(EVERGREEN_S)


@dataclass
class Given:
    """A stock and what aired before it; ``ends`` are the last ends of clips that aired."""

    fresh: tuple[str, ...] = ()
    ends: dict[str, int | None] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    bumper: Clip | None = None

    def at(self, at: int, last: str = "", kind: AiringKind | None = None, **more: object) -> Situation:
        stock = Stock(HOUSE, slate(), b"")
        stock.bumper = self.bumper
        stock.take_in(clip(name) for name in (*self.ends, *self.fresh))
        stock.recall(self.ends)
        stock.marks = self.marks
        kept = []
        if last in self.ends:
            end = self.ends[last] or 0
            kept = [airing(last, end - 1, 1)]
        situation = Situation(at, 0, last, kind, 0, RULES, HOUSE, stock.behind(kept))
        return replace(situation, **more)  # type: ignore[arg-type]


def airing(name: str, start: int, quanta: int) -> Airing:
    return Airing(
        slot=0,
        clip_id=name,
        kind=AiringKind.ARCHIVE,
        title="",
        start_quanta=start,
        quanta=quanta,
        first_segment=0,
    )


def chosen(choice: Choice | None) -> tuple[str, AiringKind] | None:
    return (choice.clip.id, choice.kind) if choice else None


def test_the_policies_are_asked_in_this_order() -> None:
    assert [policy.__name__ for policy in POLICIES] == [
        "slate_held",
        "pin",
        "bumper_due",
        "evergreen",
        "fresh",
        "rested",
        "least_recently_aired",
        "bumper_between_slates",
    ]


def test_the_first_policy_that_has_a_choice_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Choice(clip("first"), AiringKind.ARCHIVE)
    second = Choice(clip("second"), AiringKind.ARCHIVE)
    monkeypatch.setattr(policies, "POLICIES", (lambda _: None, lambda _: first, lambda _: second))
    assert choose(Given().at(0)) == first


def test_without_any_choice_the_slate_airs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "POLICIES", ())
    assert chosen(choose(Given(fresh=("a",)).at(0))) == ("slate", AiringKind.SLATE)


def test_a_policy_knows_the_wall_time_at_the_cue(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_night(now: Situation) -> Choice | None:
        return Choice(clip("owl"), AiringKind.ARCHIVE) if now.wall_ns >= 10 else None

    monkeypatch.setattr(policies, "POLICIES", (by_night, *POLICIES))
    assert chosen(choose(Given(fresh=("a",)).at(0, wall_ns=9))) == ("a", AiringKind.FRESH)
    assert chosen(choose(Given(fresh=("a",)).at(0, wall_ns=10))) == ("owl", AiringKind.ARCHIVE)


def test_a_held_slate_is_before_all_else() -> None:
    held = Given(fresh=("a",), marks=Marks(slate=True).pin("a", 5))
    assert chosen(policies.slate_held(held.at(0))) == ("slate", AiringKind.SLATE)
    assert policies.slate_held(Given(fresh=("a",)).at(0)) is None
    assert chosen(choose(held.at(0))) == ("slate", AiringKind.SLATE)


def test_a_pin_says_whether_its_clip_is_new_and_is_never_the_clip_before_it() -> None:
    given = Given(fresh=("new",), ends={"old": 5}, marks=Marks().pin("new", 9).pin("old", 9))
    assert chosen(policies.pin(given.at(50))) == ("old", AiringKind.ARCHIVE)
    assert chosen(policies.pin(given.at(50, "old"))) == ("new", AiringKind.FRESH)
    assert policies.pin(Given(fresh=("new",)).at(50)) is None


@pytest.mark.parametrize("kind", [AiringKind.FRESH, AiringKind.ARCHIVE])
def test_a_bumper_is_due_after_a_programme_once_the_time_has_passed_to_the_quantum(kind: AiringKind) -> None:
    given = Given(bumper=bumper())
    assert policies.bumper_due(given.at(149, "a", kind, last_bumper_end=100)) is None
    due = policies.bumper_due(given.at(150, "a", kind, last_bumper_end=100))
    assert chosen(due) == ("bumper", AiringKind.BUMPER)
    assert policies.bumper_due(Given().at(150, "a", kind, last_bumper_end=100)) is None


@pytest.mark.parametrize("kind", [AiringKind.BUMPER, AiringKind.SLATE, None])
def test_no_bumper_is_due_after_a_card(kind: AiringKind | None) -> None:
    assert policies.bumper_due(Given(bumper=bumper()).at(10_000, "a", kind)) is None


def test_an_evergreen_airs_once_it_rested_for_an_hour_to_the_quantum() -> None:
    given = Given(ends={"a": 10, "b": 5}, marks=Marks().with_evergreen("a", True))
    assert policies.evergreen(given.at(10 + HOUR - 1)) is None
    assert chosen(policies.evergreen(given.at(10 + HOUR))) == ("a", AiringKind.ARCHIVE)
    assert policies.evergreen(given.at(10 + HOUR, "x", AiringKind.ARCHIVE)) is None
    longer = Rules(no_repeat=HOUR + 7, bumper_every=0)
    assert policies.evergreen(given.at(10 + HOUR + 6, rules=longer)) is None
    assert chosen(policies.evergreen(given.at(10 + HOUR + 7, rules=longer))) == ("a", AiringKind.ARCHIVE)


def test_fresh_clips_air_in_the_order_in_which_they_came() -> None:
    assert chosen(policies.fresh(Given(fresh=("b", "a")).at(0))) == ("b", AiringKind.FRESH)
    assert policies.fresh(Given(ends={"a": 5}).at(500)) is None


def test_a_clip_has_rested_once_the_window_is_over_to_the_quantum() -> None:
    given = Given(ends={"a": 10, "b": 20})
    assert policies.rested(given.at(109)) is None
    assert chosen(policies.rested(given.at(110))) == ("a", AiringKind.ARCHIVE)


def test_what_aired_in_an_earlier_epoch_has_always_rested() -> None:
    assert chosen(policies.rested(Given(ends={"a": 1, "b": None}).at(2))) == ("b", AiringKind.ARCHIVE)


def test_an_evergreens_rest_counts_twice_once_it_has_rested() -> None:
    given = Given(ends={"a": 100, "b": 1}, marks=Marks().with_evergreen("a", True))
    assert chosen(policies.rested(given.at(199))) == ("b", AiringKind.ARCHIVE), "it has not rested"
    assert chosen(policies.rested(given.at(200))) == ("a", AiringKind.ARCHIVE)
    even = Given(ends={"a": 100, "b": 1}, marks=Marks().with_evergreen("b", True))
    assert chosen(policies.rested(even.at(200))) == ("b", AiringKind.ARCHIVE)


def test_of_clips_that_rested_equally_long_the_older_one_airs() -> None:
    assert chosen(policies.rested(Given(ends={"b": 5, "a": 5}).at(500))) == ("b", AiringKind.ARCHIVE)
    tie = Given(ends={"a": 0, "b": 100}, marks=Marks().with_evergreen("b", True))
    assert chosen(policies.rested(tie.at(200))) == ("a", AiringKind.ARCHIVE)


def test_with_nothing_rested_the_least_recently_aired_clip_airs_again_rather_than_a_slate() -> None:
    given = Given(ends={"a": 30, "b": 20}, marks=Marks().with_evergreen("a", True), bumper=bumper())
    assert chosen(choose(given.at(40, "a", AiringKind.ARCHIVE))) == ("b", AiringKind.ARCHIVE)
    swapped = Given(ends={"a": 20, "b": 30}, marks=Marks().with_evergreen("a", True))
    assert chosen(choose(swapped.at(40, "b", AiringKind.ARCHIVE))) == ("a", AiringKind.ARCHIVE)


def test_the_same_clip_airs_twice_in_a_row_only_where_it_is_alone() -> None:
    both = Given(ends={"a": 20, "b": 30})
    assert chosen(policies.least_recently_aired(both.at(40, "a"))) == ("b", AiringKind.ARCHIVE)
    alone = Given(ends={"a": 20})
    assert chosen(policies.least_recently_aired(alone.at(40, "a"))) == ("a", AiringKind.ARCHIVE)
    assert policies.least_recently_aired(Given().at(40)) is None


def test_without_clips_a_bumper_comes_after_a_programme_and_then_once_in_three_of_its_lengths() -> None:
    given, often = Given(bumper=bumper()), SLATES_PER_BUMPER * bumper().quanta
    after = policies.bumper_between_slates(given.at(1, "gone", AiringKind.FRESH))
    assert chosen(after) == ("bumper", AiringKind.BUMPER)
    assert policies.bumper_between_slates(given.at(often - 1, "slate", AiringKind.SLATE)) is None
    now_and_again = policies.bumper_between_slates(given.at(often, "slate", AiringKind.SLATE))
    assert chosen(now_and_again) == ("bumper", AiringKind.BUMPER)
    assert policies.bumper_between_slates(given.at(often, "bumper", AiringKind.BUMPER)) is None
    assert policies.bumper_between_slates(Given().at(often, "slate", AiringKind.SLATE)) is None
