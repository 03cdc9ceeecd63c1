"""The files that are on air, and the list of them for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.airings import HOUSE, anchor, later, timeline
from webtv.domain import AiringKind
from webtv.playlist.slots import Slots, now_list, publish
from webtv.timeline import Timeline

LINE = timeline(12, 12, 6, first_slot=7)


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    made = Slots(tmp_path / "channels" / "dreams")
    made.make_folder()
    made.make_folder()
    return made


def file(tmp_path: Path, name: str, data: bytes = b"0123456789") -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def names(slots: Slots) -> list[str]:
    return sorted(path.name for path in slots.path(0).parent.iterdir())


def test_the_rundown_lies_beside_the_slots(slots: Slots, tmp_path: Path) -> None:
    assert slots.folder == tmp_path / "channels" / "dreams"
    assert slots.rundown_path == slots.folder / "rundown.json"
    assert slots.path(7).relative_to(slots.folder) == Path("air/00000007.mp4")


def test_a_slot_is_there_once_it_is_in_place(slots: Slots, tmp_path: Path) -> None:
    assert not slots.is_there(7)
    slots.place(7, file(tmp_path, "clip"))
    assert slots.is_there(7)
    assert not slots.is_there(8)


def test_what_a_slot_holds_is_known_by_its_clip_and_by_how_much_of_it_airs(slots: Slots) -> None:
    one, other = LINE.airings[:2]
    assert not slots.holds(one)
    slots.now_holds(one)
    assert slots.holds(one)
    assert not slots.holds(other)
    assert not slots.holds(one.model_copy(update={"quanta": 11}))
    assert not slots.holds(one.model_copy(update={"clip_id": "another"}))
    slots.may_hold_another(other.slot)
    assert slots.holds(one)
    slots.may_hold_another(one.slot)
    assert not slots.holds(one)


def test_a_slot_is_a_link_of_a_file_and_not_of_its_like(slots: Slots, tmp_path: Path) -> None:
    clip, copy = file(tmp_path, "clip"), file(tmp_path, "copy")
    slots.place(7, clip)
    assert slots.is_link_of(7, clip)
    assert not slots.is_link_of(7, copy)
    assert not slots.is_link_of(8, clip)
    assert not slots.is_link_of(7, tmp_path / "gone")


def test_a_slot_takes_another_clip_though_a_half_made_one_lies_there(slots: Slots, tmp_path: Path) -> None:
    slots.place(7, file(tmp_path, "clip", b"old"))
    slots.path(7).with_suffix(".new").write_bytes(b"half")
    slots.place(7, file(tmp_path, "other", b"new"))
    assert slots.path(7).read_bytes() == b"new"
    assert names(slots) == ["00000007.mp4"]


def test_a_clip_that_is_not_there_is_an_error_and_leaves_the_slot(slots: Slots, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        slots.place(7, tmp_path / "gone")
    slots.place(7, file(tmp_path, "clip", b"old"))
    for place in (slots.place, lambda slot, path: slots.place_head(slot, path, 2)):
        with pytest.raises(OSError, match="gone"):
            place(7, tmp_path / "gone")
        assert slots.path(7).read_bytes() == b"old"


@pytest.mark.parametrize("chunk", [1, 3, 4, 100])
def test_a_head_is_so_many_bytes_however_it_is_read(
    slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("webtv.playlist.slots._CHUNK", chunk)
    slots.path(7).with_suffix(".new").write_bytes(b"half")
    slots.place_head(7, file(tmp_path, "clip"), 4)
    assert slots.path(7).read_bytes() == b"0123"
    assert names(slots) == ["00000007.mp4"]
    slots.place_head(7, tmp_path / "clip", 99)
    assert slots.path(7).read_bytes() == b"0123456789", "it ends where the clip does"


def test_only_slots_of_the_rundown_and_what_is_not_ours_stay(slots: Slots, tmp_path: Path) -> None:
    clip = file(tmp_path, "clip")
    for slot in range(6, 11):
        slots.place(slot, clip)
        slots.now_holds(LINE.airings[0].model_copy(update={"slot": slot}))
    folder = slots.path(0).parent
    for name in ("00000008.new", "8.mp4", "notes.txt", "00000006.mp4.bak"):
        (folder / name).write_text("")
    slots.clear_outside(7, 9)
    kept = ["00000006.mp4.bak", "00000007.mp4", "00000008.mp4", "00000009.mp4", "8.mp4", "notes.txt"]
    assert names(slots) == kept
    held = [slot for slot in range(6, 11) if slots.holds(LINE.airings[0].model_copy(update={"slot": slot}))]
    assert held == [7, 8, 9]


FILES = {f"clip{number}": f"library/dreams/clip{number}.mp4" for number in range(3)}


def test_the_list_says_what_aired_what_is_on_air_and_what_is_next() -> None:
    told = now_list(LINE, FILES, LINE.start_ns(12), cut={8})
    assert told == (
        "ffconcat version 1.0\n"
        "# aired: fresh: Clip 0\n"
        "file 'library/dreams/clip0.mp4'\n"
        "duration 6.400000\n"
        "# on air: fresh: Clip 1\n"
        "file 'library/dreams/clip1.mp4'\n"
        "outpoint 6.400000\n"
        "duration 6.400000\n"
        "# next: fresh: Clip 2\n"
        "file 'library/dreams/clip2.mp4'\n"
        "duration 3.200000\n"
    )
    assert "outpoint" not in now_list(LINE, FILES, 0)
    just_before = now_list(LINE, FILES, LINE.start_ns(12) - 1)
    assert [line.split(":")[0] for line in just_before.split("\n") if line.startswith("#")] == [
        "# on air", "# next", "# next",
    ]  # fmt: skip


def test_a_title_of_several_lines_is_one_line_of_the_list() -> None:
    airing = LINE.airings[0].model_copy(update={"title": "one\nfile '/etc/passwd'", "kind": AiringKind.SLATE})
    told = now_list(Timeline(HOUSE, anchor(), (airing,)), FILES, 0)
    assert told.split("\n")[1] == "# on air: slate: one file '/etc/passwd'"


def test_the_list_is_written_of_the_clips_whose_files_are_known(tmp_path: Path) -> None:
    path, known = tmp_path / "dreams.ffconcat", {name: FILES[name] for name in ("clip0", "clip2")}
    publish(path, LINE, known, later(7), {9})
    assert path.read_text() == (
        "ffconcat version 1.0\n"
        "# aired: fresh: Clip 0\n"
        "file 'library/dreams/clip0.mp4'\n"
        "duration 6.400000\n"
        "# next: fresh: Clip 2\n"
        "file 'library/dreams/clip2.mp4'\n"
        "outpoint 3.200000\n"
        "duration 3.200000\n"
    )
    publish(path, LINE, known, later(0))
    assert "outpoint" not in path.read_text()
