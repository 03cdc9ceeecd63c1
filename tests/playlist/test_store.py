from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.airings import HOUSE, START, anchor, clip, timeline
from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.errors import StationError
from webtv.playlist.records import ChannelState, Clip, Kept
from webtv.playlist.store import Store, open_to_read

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
    return [line.airing.slot for line in store.as_run("dreams", before_slot=2**53, limit=99)]


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
    store.mark_gone(["lost"], at_ns=0)
    assert store.present() == {"ours": "dreams", "theirs": "gone"}


FAST = HouseFormat(fps=24)
SECOND_EPOCH = ChannelState(epoch=1, format=FAST, init_sha256="other", anchor=anchor())


def in_the_second_epoch(*lengths: int) -> list[tuple[Airing, int]]:
    line = timeline(*lengths, house=FAST, first_slot=4)
    return [
        (airing, END_NS + line.wall_ns(line.start_ns(airing.start_quanta)) - START.wall_ns)
        for airing in line.airings
    ]


def test_what_aired_before_an_edit_of_the_house_format_is_as_long_as_it_was(store: Store) -> None:
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    store.write_rundown("dreams", SECOND_EPOCH, in_the_second_epoch(5, 3), replace_from=4)
    lines = store.as_run("dreams", before_slot=2**53, limit=99)
    seconds = {line.airing.slot: line.seconds for line in lines}
    assert seconds == pytest.approx(dict.fromkeys(range(4), 6.4) | {4: 40 / 3, 5: 8.0})


def seconds_aired(store: Store, clip_id: str, next_slot: int = 99) -> float:
    return sum(aired.seconds for aired in store.aired(clip_id, next_slots={"dreams": next_slot}))


def count_all(store: Store, limit: int) -> int:
    calls = 1
    while store.count_aired("dreams", limit=limit):
        calls += 1
    return calls


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
def test_what_a_clip_aired_is_the_same_before_and_after_it_is_counted(store: Store, limit: int) -> None:
    store.add_clips([clip(f"clip{n}") for n in range(4)])
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    store.write_rundown("dreams", SECOND_EPOCH, in_the_second_epoch(5, 3, 1, 1), replace_from=4, past_slot=5)
    before = [store.aired(f"clip{n}", next_slots={}) for n in range(4)]
    ends = store.last_ends("dreams", 1, before_slot=6)
    assert count_all(store, limit) == -(-5 // limit) + (5 % limit == 0)
    assert [store.aired(f"clip{n}", next_slots={}) for n in range(4)] == before
    assert store.last_ends("dreams", 1, before_slot=6) == ends == {
        "clip0": 5, "clip1": 8, "clip2": None, "clip3": None,
    }  # fmt: skip
    (first,) = before[0]
    assert (first.channel, first.first_ns, first.last_ns) == ("dreams", START.wall_ns, END_NS)
    assert first.seconds == pytest.approx(6.4 + 40 / 3)


def test_what_is_to_come_has_not_aired_yet(store: Store) -> None:
    store.add_clips([clip("clip1")])
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    assert seconds_aired(store, "clip1", 1) == 0
    assert store.aired("clip1", next_slots={"dreams": 1}) == []
    assert seconds_aired(store, "clip1", 2) == pytest.approx(6.4)


def test_what_did_not_air_is_not_counted_as_aired(store: Store) -> None:
    store.add_clips([clip(f"clip{n}") for n in range(4)])
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    store.mark_unaired("dreams", from_slot=2)
    store.write_rundown("dreams", STATE, [], replace_from=4, past_slot=4)
    assert seconds_aired(store, "clip3") == 0
    count_all(store, 100)
    assert [seconds_aired(store, f"clip{n}") > 0 for n in range(4)] == [True, True, False, False]


def test_a_cut_clip_aired_as_long_as_it_was_on_air(store: Store) -> None:
    store.add_clips([clip("clip0")])
    cut = ROWS[0][0].model_copy(update={"quanta": 3})
    store.write_rundown("dreams", STATE, [(cut, ROWS[0][1])], replace_from=0)
    assert seconds_aired(store, "clip0") == pytest.approx(1.6)


def test_airings_that_are_not_over_are_not_counted_and_nothing_is_counted_twice(store: Store) -> None:
    store.write_rundown("dreams", STATE, ROWS, replace_from=0, past_slot=2)
    count_all(store, 100)
    store.write_rundown("dreams", STATE, ROWS[2:], replace_from=2, past_slot=1)
    count_all(store, 100)
    counted = store._db.execute("SELECT clip_id, samples FROM aired ORDER BY clip_id").fetchall()
    assert [tuple(row) for row in counted] == [("clip0", 12 * 25_600), ("clip1", 12 * 25_600)]


def test_a_channel_that_never_aired_has_nothing_to_count(store: Store) -> None:
    assert store.count_aired("dreams") is False
    assert store.aired("clip0", next_slots={}) == []


def test_the_log_is_forgotten_in_steps_from_the_oldest_line_on(store: Store) -> None:
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    assert store.forget_airings(before_ns=ROWS[3][1], limit=2) is True
    assert ran(store) == [3, 2]
    assert store.forget_airings(before_ns=ROWS[3][1], limit=2) is False
    assert ran(store) == [3]
    assert store.forget_airings(before_ns=ROWS[3][1], limit=2) is False
    assert ran(store) == [3]


def test_clips_that_are_gone_for_long_are_forgotten_in_steps_with_what_they_aired(store: Store) -> None:
    store.add_clips([clip(f"clip{n}") for n in range(4)])
    store.write_rundown("dreams", STATE, ROWS, replace_from=0, past_slot=4)
    count_all(store, 100)
    store.mark_gone(["clip0"], at_ns=1)
    store.mark_gone(["clip1", "clip2"], at_ns=2)
    assert store.forget_clips(gone_before_ns=1, limit=2) is False
    assert store.clip("clip0") is not None
    assert store.forget_clips(gone_before_ns=3, limit=2) is True
    assert store.clip("clip0") is None
    assert store.forget_clips(gone_before_ns=3, limit=2) is False
    assert [store.clip(f"clip{n}") is not None for n in range(4)] == [False, False, False, True]
    assert [bool(store.aired(f"clip{n}", next_slots={})) for n in range(4)] == [False] * 3 + [True]


def test_a_clip_that_comes_back_is_there_again_and_keeps_what_it_aired(store: Store) -> None:
    store.add_clips([clip("fresh"), clip("old")])
    store.add_clips([clip("old")], aired=True)
    store.mark_gone(["fresh", "old"], at_ns=1)
    assert store.present() == {}
    store.take_up([clip("fresh"), clip("old"), clip("found")])
    assert store.present().keys() == {"fresh", "old", "found"}
    assert store.last_ends("dreams", 0, before_slot=0).keys() == {"old", "found"}
    assert store.forget_clips(gone_before_ns=10) is False
    assert store.present().keys() == {"fresh", "old", "found"}


def test_what_is_kept_is_summed_by_channel_and_house_format(store: Store) -> None:
    other = replace(clip("b"), init_sha256="other", bytes=7)
    theirs = replace(clip("c", channel="tides"), bytes=5)
    store.add_clips([clip("a"), clip("aa"), other, theirs, clip("gone")])
    store.mark_gone(["gone"], at_ns=1)
    assert sorted((kept.channel, kept.init_sha256, kept.bytes) for kept in store.kept()) == [
        ("dreams", "init", 4_000_000),
        ("dreams", "other", 7),
        ("tides", "init", 5),
    ]


def test_the_oldest_clips_of_some_formats_come_first_and_those_to_keep_not_at_all(store: Store) -> None:
    clips = [replace(clip(name), created=created) for name, created in (("b", "1"), ("a", "2"), ("c", "1"))]
    theirs = replace(clip("d", channel="tides"), created="0")
    other = replace(clip("e"), init_sha256="other", created="0")
    store.add_clips([*clips, theirs, other, replace(clip("gone"), created="0")])
    store.mark_gone(["gone"], at_ns=1)
    ours = [Kept("dreams", "init", 1)]
    both = [*ours, Kept("tides", "init", 1)]

    def oldest(kept: list[Kept], *but: str, limit: int = 99) -> list[str]:
        return [found.id for found in store.oldest_of(kept, but=but, limit=limit)]

    assert oldest(ours) == ["b", "c", "a"]
    assert oldest(both) == ["d", "b", "c", "a"]
    assert oldest(both, limit=2) == ["d", "b"]
    assert oldest(both, "d", "c") == ["b", "a"]
    assert oldest([]) == []


def test_a_clip_comes_out_as_it_went_in(store: Store) -> None:
    made = Clip(
        id="a",
        channel="dreams",
        title="Ä title",
        quanta=7,
        init_sha256="init",
        sha256="sum",
        bytes=8,
        theme_revision="theme",
        created="2026",
        prompts=("öne", "two"),
        engines={"video": "procedural 1", "music": "synth 2"},
    )
    store.add_clips([made])
    assert store.clip("a") == made
    assert store.clips("dreams") == [made]
    assert store.clip("b") is None
    found = replace(made, id="b", title="found")
    store.take_up([found])
    assert store.clip("b") == found
    changed = replace(made, title="another")
    store.add_clips([changed])
    assert store.clip("a") == changed


def test_clips_of_a_channel_come_oldest_first_and_without_those_that_are_gone(store: Store) -> None:
    names = [("c", "1"), ("b", "2"), ("a", "2"), ("d", "0")]
    store.add_clips(replace(clip(name), created=created) for name, created in names)
    store.add_clips([clip("theirs", channel="tides")])
    store.mark_gone(["d"], at_ns=1)
    assert [found.id for found in store.clips("dreams")] == ["c", "a", "b"]
    assert [found.id for found in store.clips("tides")] == ["theirs"]


def test_an_airing_comes_out_as_it_went_in(store: Store) -> None:
    made = Airing(
        slot=9, clip_id="a", kind=AiringKind.ARCHIVE, title="T", start_quanta=5, quanta=6, first_segment=7
    )
    store.write_rundown("dreams", STATE, [(made, 8)], replace_from=0)
    assert store.airings("dreams", 0) == [made]
    assert store.airings("dreams", 0, from_slot=9) == [made]
    assert store.airings("dreams", 0, from_slot=10) == []
    assert store.airings("dreams", 1) == []
    assert store.airings("tides", 0) == []
    assert store.last_airing("dreams") == made
    assert store.last_airing("tides") is None


def test_a_channels_state_is_the_last_one_stored(store: Store) -> None:
    assert store.state("dreams") is None
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    assert store.state("dreams") == STATE
    store.write_rundown("dreams", SECOND_EPOCH, [], replace_from=4)
    assert store.state("dreams") == SECOND_EPOCH
    assert store.state("tides") is None
    store.write_rundown("ants", STATE, [], replace_from=0)
    assert store.channels() == ["ants", "dreams"]


def test_a_rundown_replaces_what_was_planned_from_its_slot_on_and_nothing_before(store: Store) -> None:
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    store.write_rundown("dreams", STATE, ROWS[2:3], replace_from=2)
    assert [airing.slot for airing in store.airings("dreams", 0)] == [0, 1, 2]


def test_a_last_end_is_of_the_last_airing_before_a_slot_and_nowhere_else(store: Store) -> None:
    again = [
        (ROWS[0][0], 1),
        (ROWS[1][0].model_copy(update={"clip_id": "clip0"}), 2),
        (ROWS[2][0].model_copy(update={"clip_id": "clip0"}), 3),
    ]
    store.write_rundown("dreams", STATE, again, replace_from=0)
    assert store.last_ends("dreams", 0, before_slot=2) == {"clip0": 24}
    assert store.last_ends("dreams", 0, before_slot=3) == {"clip0": 36}
    assert store.last_ends("dreams", 1, before_slot=3) == {"clip0": None}
    assert store.last_ends("tides", 0, before_slot=3) == {}


def test_the_log_is_asked_page_by_page_with_its_clips(store: Store) -> None:
    store.add_clips([clip("clip1"), clip("clip3"), clip("other")])
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    page = store.as_run("dreams", before_slot=2**53, limit=2)
    assert [(line.airing, line.wall_ns) for line in page] == [ROWS[3], ROWS[2]]
    assert [line.clip for line in page] == [clip("clip3"), None]
    page = store.as_run("dreams", before_slot=2, limit=2)
    assert [line.airing.slot for line in page] == [1, 0]
    assert [line.clip for line in page] == [clip("clip1"), None]
    page = store.as_run("dreams", before_slot=1, limit=9)
    assert [line.airing.slot for line in page] == [0], "what is to come is no log"
    assert store.as_run("tides", before_slot=99, limit=9) == []


def test_what_a_clip_aired_is_told_channel_by_channel(store: Store) -> None:
    for channel in ("tides", "dreams"):
        store.write_rundown(channel, STATE, ROWS, replace_from=0, past_slot=4)
        count_all_of(store, channel)
    (dreams, tides) = store.aired("clip2", next_slots={})
    assert (dreams.channel, dreams.clip_id) == ("dreams", "clip2")
    assert dreams.first_ns == dreams.last_ns == ROWS[2][1]
    assert dreams.seconds == pytest.approx(6.4)
    assert tides == replace(dreams, channel="tides")


def count_all_of(store: Store, channel: str) -> None:
    while store.count_aired(channel):
        pass


def test_what_writers_wrote_lately_comes_latest_first_and_no_more_than_asked(store: Store) -> None:
    for number in range(4):
        made = replace(clip(f"c{number}"), created=str(number), title=f"t{number}")
        store.add_clips([replace(made, prompts=(f"p{number}", f"q{number}"))])
    store.add_clips([replace(clip("theirs", channel="tides"), created="9")])
    assert store.recent_titles("dreams", limit=3) == ("t3", "t2", "t1")
    assert store.recent_prompts("dreams", limit=3) == ("p3", "q3", "p2")
    assert store.recent_prompts("dreams", limit=99) == ("p3", "q3", "p2", "q2", "p1", "q1", "p0", "q0")
    assert store.recent_titles("none", limit=3) == store.recent_prompts("none", limit=3) == ()


def test_orders_are_counted_by_channel(store: Store) -> None:
    assert store.orders("dreams") == 0
    assert [store.next_order("dreams") for _ in range(3)] == [0, 1, 2]
    assert store.next_order("tides") == 0
    assert (store.orders("dreams"), store.orders("tides"), store.orders("none")) == (3, 1, 0)


def test_a_sound_database_has_no_damage(store: Store) -> None:
    store.add_clips([clip("a")])
    assert store.damage() is None


def test_a_database_of_a_mistake_is_set_aside_with_what_belongs_to_it(tmp_path: Path) -> None:
    path = tmp_path / "webtv.db"
    path.write_bytes(b"no database at all" * 99)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"webtv.db{suffix}").write_bytes(b"")
    opened, aside = Store.open(path)
    opened.add_clips([clip("a")])
    opened.close()
    assert aside is not None
    assert aside.name.startswith("webtv.db.damaged-20")
    assert aside.read_bytes() == b"no database at all" * 99
    again, aside = Store.open(path)
    assert aside is None
    assert again.present() == {"a": "dreams"}
    again.close()


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(StationError, match=r"the database .*webtv\.db cannot be opened: unable to open"):
        Store.open(tmp_path / "none" / "webtv.db")


def test_a_store_in_memory_is_as_another_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened = Store.in_memory()
    opened.add_clips([clip("a")])
    assert opened.present() == {"a": "dreams"}
    opened.close()
    assert list(tmp_path.iterdir()) == []


def test_a_second_connection_reads_what_was_written_and_writes_nothing(tmp_path: Path, store: Store) -> None:
    store.add_clips([clip("a")])
    reader = open_to_read(tmp_path / "webtv.db")
    assert reader.present() == {"a": "dreams"}
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._db.execute("DELETE FROM clips")
    reader.close()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        open_to_read(tmp_path / "none.db")


def test_a_log_ends_unaired_where_its_last_airing_did_not_air(store: Store) -> None:
    assert not store.ends_unaired("dreams")
    store.write_rundown("dreams", STATE, ROWS, replace_from=0)
    assert not store.ends_unaired("dreams")
    store.mark_unaired("dreams", from_slot=3)
    assert store.ends_unaired("dreams")
    assert not store.ends_unaired("tides")
