"""A stock's sums and choices against plain ones over all of its clips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.airings import HOUSE, bumper, clip, slate, timeline
from webtv.playlist.marks import Marks
from webtv.playlist.stock import Stock

LINE = timeline(12, 12, 12, 12)


def test_a_clip_let_go_leaves_nothing_behind() -> None:
    stock = Stock(HOUSE, slate(), b"")
    stock.take_in([clip("clip0"), clip("clip1")])
    stock.aired(LINE.airings[:2])
    stock.let_go(clip("clip0"))
    assert [spare.id for spare in stock.spare([], keep_s=0)] == ["clip1"]
    assert stock.seconds == pytest.approx(24 * HOUSE.quantum_s)
    stock.take_in([clip("clip0")])
    fresh = stock.behind(()).fresh()
    assert fresh is not None
    assert fresh.id == "clip0"


def test_spare_clips_may_go_while_they_are_looked_through() -> None:
    stock = Stock(HOUSE, slate(), b"")
    stock.take_in(clip(f"clip{number}") for number in range(4))
    stock.marks = Marks(banned=frozenset({"clip3"}))
    stock.aired(LINE.airings[:3])
    seen = []
    for spare in stock.spare([], keep_s=0):
        seen.append(spare.id)
        stock.let_go(spare)
    assert seen == ["clip3", "clip0", "clip1", "clip2"]
    assert stock.seconds == 0


CHANGES = st.lists(
    st.tuples(st.sampled_from(["take", "drop", "air", "ban", "unban", "keep"]), st.integers(0, 5)),
    max_size=30,
)


@given(changes=CHANGES, planned=st.sets(st.integers(0, 5)), keep=st.integers(0, 150))
def test_sums_and_spare_clips_are_those_of_a_plain_look_at_all_clips(
    changes: list[tuple[str, int]], planned: set[int], keep: int
) -> None:
    stock, lengths = Stock(HOUSE, slate(), b""), [6, 12, 18, 24, 30, 36]
    clips = [clip(f"clip{number}", quanta) for number, quanta in enumerate(lengths)]
    line = timeline(*lengths).airings
    kept: dict[str, int] = {}
    aired, marks = set[str](), Marks()
    for change, number in changes:
        name = clips[number].id
        match change:
            case "take":
                stock.take_in([clips[number]])
                kept.setdefault(name, lengths[number])
            case "drop":
                stock.let_go(clips[number])
                kept.pop(name, None)
                aired.discard(name)
            case "air":
                stock.aired([line[number]])
                aired |= {name} & kept.keys()
            case "ban":
                marks = marks.ban(name)
            case "unban":
                marks = marks.unban(name)
            case "keep":
                marks = marks.with_evergreen(name, name not in marks.evergreen)
        stock.marks = marks
    airable = {name: quanta for name, quanta in kept.items() if name not in marks.banned}
    assert stock.seconds == pytest.approx(sum(airable.values()) * HOUSE.quantum_s)
    begun = [airing for number, airing in enumerate(line) if number in planned]
    new = airable.keys() - aired - {airing.clip_id for airing in begun}
    assert stock.fresh_seconds(begun) == pytest.approx(sum(airable[name] for name in new) * HOUSE.quantum_s)
    needed = {airing.clip_id for airing in begun} | marks.evergreen
    spare = [name for name in kept if name in marks.banned and name not in needed]
    surplus = sum(airable.values()) - keep
    for name, quanta in airable.items():
        if name in aired and name not in needed:
            surplus -= quanta
            if surplus < 0:
                break
            spare.append(name)
    assert [found.id for found in stock.spare(begun, keep_s=keep * HOUSE.quantum_s)] == spare


def test_a_clip_or_a_card_is_found_by_its_id() -> None:
    stock = Stock(HOUSE, slate(), b"init")
    assert (stock.bumper, stock.init) == (None, b"init")
    stock.take_in([clip("a"), clip("b")])
    assert [stock.get(name) for name in ("a", "slate", "bumper", "none")] == [clip("a"), slate(), None, None]
    stock.bumper = bumper()
    assert stock.get("bumper") == bumper()
    assert [known.id for known in stock.clips] == ["a", "b"]
    stock.let_go(clip("none"))
    assert [known.id for known in stock.clips] == ["a", "b"]


def test_a_clip_that_is_taken_in_again_keeps_its_place_and_its_past() -> None:
    stock = Stock(HOUSE, slate(), b"")
    stock.take_in([clip("clip0"), clip("clip1"), clip("clip2")])
    stock.aired(LINE.airings[:1])
    stock.take_in([clip("clip0"), clip("clip1")])
    behind = stock.behind(())
    assert behind.fresh() == clip("clip1")
    assert not behind.is_fresh(clip("clip0"))


def test_what_is_pinned_is_offered_until_it_has_aired_and_never_what_is_banned_or_gone() -> None:
    stock = Stock(HOUSE, slate(), b"")
    stock.take_in([clip("clip0"), clip("clip1"), clip("clip2")])
    pins = Marks().pin("clip0", 0).pin("gone", 0).pin("clip2", 0).pin("clip1", 0)
    stock.marks = pins.model_copy(update={"banned": frozenset({"clip2"})})
    assert [pinned.id for pinned in stock.behind(()).pinned] == ["clip1", "clip0"]
    assert [pinned.id for pinned in stock.behind(LINE.airings[:1]).pinned] == ["clip1"]
    assert not stock.behind(()).slate_only
    stock.marks = Marks(slate=True)
    assert stock.behind(()).slate_only
