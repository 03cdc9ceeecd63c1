from __future__ import annotations

from pathlib import Path

import pytest

from tests.airings import timeline
from webtv.playlist.marks import Marks, load_marks, save_marks


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
