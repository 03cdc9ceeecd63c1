from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airings import HOUSE, anchor, clip, timeline
from webtv.playlist.store import ChannelState, Store

STATE = ChannelState(epoch=0, format=HOUSE, init_sha256="init", anchor=anchor())
LINE = timeline(12, 12, 12, 12)
ROWS = [(airing, LINE.wall_ns(LINE.start_ns(airing.start_quanta))) for airing in LINE.airings]
END_NS = ROWS[-1][1] + 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store, aside = Store.open(tmp_path / "webtv.db")
    assert aside is None
    yield store
    store.close()


def ran(store: Store) -> list[int]:
    return [
        line.airing.slot for line in store.as_run("dreams", before_ns=END_NS, before_slot=2**53, limit=99)
    ]


def test_what_was_planned_and_not_aired_is_not_logged_as_run(store: Store) -> None:
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    store.mark_unaired("dreams", from_slot=2)
    assert ran(store) == [1, 0]
    assert store.last_ends("dreams", 0, before_slot=99).keys() == {"clip0", "clip1"}


def test_the_rundown_goes_on_behind_what_was_not_aired(store: Store) -> None:
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    store.mark_unaired("dreams", from_slot=2)
    assert store.last_airing("dreams") == LINE.airings[-1]
    assert store.airings("dreams", 0) == list(LINE.airings)


def test_another_channels_airings_are_not_touched(store: Store) -> None:
    for channel in ("dreams", "tides"):
        store.write_rundown(channel, STATE, ROWS, replace_from=0)
    store.mark_unaired("tides", from_slot=0)
    assert ran(store) == [3, 2, 1, 0]


def test_a_clip_taken_up_without_its_past_has_aired(store: Store) -> None:
    store.add_clips([clip("a"), clip("b")], aired=True)
    store.add_clips([clip("new")])
    assert store.last_ends("dreams", 0, before_slot=0) == {"a": None, "b": None}


def test_a_clip_whose_airings_are_forgotten_has_still_aired(store: Store) -> None:
    store.add_clips([clip("clip0"), clip("clip9")])
    store.write_rundown("dreams", STATE, ROWS, replace_from=0, aired=["clip0"])
    store.forget_airings(before_ns=END_NS)
    assert store.last_ends("dreams", 0, before_slot=99) == {"clip0": None}


def test_clips_of_channels_that_are_no_more_are_known(store: Store) -> None:
    store.add_clips([clip("ours"), clip("theirs", channel="gone"), clip("lost")])
    store.mark_gone(["lost"])
    assert {known.id for known in store.all_clips()} == {"ours", "theirs"}
