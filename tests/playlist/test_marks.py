from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.airings import timeline
from tests.disks import hanging
from webtv.errors import StationError
from webtv.playlist.disk import Disk, disk_threads
from webtv.playlist.marks import MARKS, Marks, MarksFile, load_marks, save_marks


def test_marks_are_kept_in_a_file(tmp_path: Path) -> None:
    marks = Marks(slate=True).ban("a").with_evergreen("b", True).pin("c", 7).pin("d", 8)
    save_marks(marks, tmp_path / "marks.json")
    found = load_marks(tmp_path / "marks.json")
    assert found == marks
    assert list(found.pinned) == ["d", "c"], "what is pinned last airs first"


def test_without_a_file_there_are_none_and_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    assert load_marks(tmp_path / "marks.json") == Marks()
    (tmp_path / "marks.json").write_text("{")
    with pytest.raises(ValueError, match="JSON"):
        load_marks(tmp_path / "marks.json")


def test_a_ban_lifts_a_pin() -> None:
    assert Marks().pin("a", 0).ban("a").pinned == {}


def test_a_pin_is_used_up_by_the_first_airing_that_could_have_been_it() -> None:
    airings = timeline(6, 6, 6).airings
    assert Marks().pin("clip0", 1).aired_pins(airings) == set()
    assert Marks().pin("clip1", 1).pin("clip2", 3).aired_pins(airings) == {"clip1"}


async def test_a_disk_that_hangs_is_not_waited_for_and_gets_all_marks_in_their_turn(tmp_path: Path) -> None:
    file, path, marks = MarksFile("tides", tmp_path, Disk(disk_threads())), tmp_path / MARKS, Marks()
    with capture_logs() as logs:
        with hanging(path):
            for name in ("a", "b"):
                marks = marks.ban(name)
                async with asyncio.timeout(60):
                    await file.save(marks)
            assert not path.exists()
            assert [line["error"] for line in logs] == ["too slow", "too slow"]
        await file.save(marks.ban("c"))
        assert load_marks(path) == marks.ban("c")
    assert {line["event"] for line in logs} == {"marks cannot be written: they hold until the daemon ends"}


async def test_what_was_held_up_is_on_disk_once_that_answers_though_nothing_is_marked_again(
    tmp_path: Path,
) -> None:
    file, path = MarksFile("tides", tmp_path, Disk(disk_threads())), tmp_path / MARKS
    with hanging(path):
        await file.save(Marks().ban("a"))
        await file.save(Marks().ban("a").ban("b"))
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110 - it is written in a thread
            await asyncio.sleep(0.01)
    assert load_marks(path) == Marks().ban("a").ban("b")


def test_each_decision_is_taken_back_by_its_opposite_alone() -> None:
    marks = (
        Marks(slate=True).ban("a").ban("b").with_evergreen("c", True).with_evergreen("d", True).pin("e", 1)
    )
    assert marks.banned == {"a", "b"}
    assert marks.unban("a").banned == {"b"}
    assert marks.evergreen == {"c", "d"}
    assert marks.with_evergreen("c", False).evergreen == {"d"}
    again = marks.pin("f", 2).pin("e", 3)
    assert list(again.pinned.items()) == [("e", 3), ("f", 2)]
    assert again.unpinned(["e", "g"]).pinned == {"f": 2}
    assert marks.ban("e") == marks.model_copy(update={"banned": {"a", "b", "e"}, "pinned": {}})


def test_a_pin_is_not_used_up_by_an_airing_before_its_turn() -> None:
    first = timeline(6, first_slot=4).airings
    assert Marks().pin("clip0", 4).aired_pins(first) == {"clip0"}
    assert Marks().pin("clip0", 5).aired_pins(first) == set()


async def test_marks_come_back_and_what_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    file, path = MarksFile("tides", tmp_path, Disk(disk_threads())), tmp_path / MARKS
    assert await file.load() == Marks()
    await file.save(Marks().ban("a"))
    assert await file.load() == Marks().ban("a")
    path.write_text("{half")
    with capture_logs() as logs:
        assert await file.load() == Marks()
    (line,) = logs
    assert (line["channel"], line["aside"]) == ("tides", str(tmp_path / "marks.damaged"))
    assert "JSON" in line["error"]
    assert (tmp_path / "marks.damaged").read_text() == "{half"
    assert not path.exists()


async def test_a_disk_that_does_not_answer_is_named_before_what_is_banned_could_air(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webtv.playlist.marks._LOAD_S", 0.01)
    disk, free = Disk(disk_threads()), threading.Event()
    disk.begin(free.wait)
    with pytest.raises(StationError, match=r"the disk does not answer: .*marks\.json cannot be read"):
        await MarksFile("tides", tmp_path, disk).load()
    free.set()


async def test_marks_that_the_disk_refuses_are_told(tmp_path: Path) -> None:
    (tmp_path / MARKS).mkdir()
    with capture_logs() as logs:
        await MarksFile("tides", tmp_path, Disk(disk_threads())).save(Marks())
    assert [line["event"] for line in logs] == ["marks cannot be written: they hold until the daemon ends"]
    assert "directory" in logs[0]["error"]
