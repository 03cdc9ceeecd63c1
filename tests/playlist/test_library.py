from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.airings import HOUSE, clip, slate
from tests.seeded import found
from webtv.domain import Manifest
from webtv.errors import ClipRejected
from webtv.playlist.library import Library, Refused
from webtv.playlist.records import Clip
from webtv.playlist.slots import Slots
from webtv.playlist.store import Store

CONTENT = b"a film" * 1000


def manifest(name: str, content: bytes = CONTENT) -> Manifest:
    return Manifest(
        id=name,
        channel="dreams",
        title=name,
        quanta=24,
        format=HOUSE,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        init_sha256="init",
        created="2026-01-01T00:00:00.000+00:00",
        prompts=("a prompt",),
    )


def admitted(library: Library, name: str = "one") -> Clip:
    finished = library.work / f"{name}.mp4"
    finished.write_bytes(CONTENT)
    return library.admit(finished, manifest(name))


def test_an_admitted_clip_lies_beside_its_manifest(tmp_path: Path) -> None:
    library = Library(tmp_path)
    made = admitted(library)
    assert library.path(made).read_bytes() == CONTENT
    assert found(library) == [made] == [Clip.of(manifest("one"))]
    assert not list(library.work.iterdir())


def test_a_clip_replaced_by_garbage_is_noticed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    made = admitted(library)
    path = library.path(made)
    library.verify(made, path)
    path.write_bytes(b"garbage")
    with pytest.raises(ClipRejected) as caught:
        library.verify(made, path)
    assert caught.value.reason == "altered"


def test_garbage_of_the_same_length_is_noticed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    made = admitted(library)
    path = library.path(made)
    library.verify(made, path)
    path.write_bytes(b"x" * len(CONTENT))
    os.utime(path, ns=(1, 1))
    with pytest.raises(ClipRejected):
        library.verify(made, path)


def test_a_deleted_clip_still_airs_from_its_slot(tmp_path: Path) -> None:
    library, slots = Library(tmp_path), Slots(tmp_path / "channels" / "dreams")
    slots.make_folder()
    made = admitted(library)
    slots.place(7, library.path(made))
    library.remove(made)
    assert slots.path(7).read_bytes() == CONTENT
    library.verify(made, slots.path(7))


def test_a_slot_is_replaced_at_once_and_placing_twice_leaves_nothing_behind(tmp_path: Path) -> None:
    library, slots = Library(tmp_path), Slots(tmp_path / "channels" / "dreams")
    slots.make_folder()
    one, two = admitted(library, "one"), admitted(library, "two")
    slots.place(3, library.path(one))
    slots.place(3, library.path(one))
    slots.place(3, library.path(two))
    assert slots.path(3).samefile(library.path(two))
    assert [path.name for path in slots.path(3).parent.iterdir()] == ["00000003.mp4"]


def test_slots_outside_of_the_rundown_are_cleared(tmp_path: Path) -> None:
    library, slots = Library(tmp_path), Slots(tmp_path / "channels" / "dreams")
    slots.make_folder()
    made = admitted(library)
    for slot in range(10):
        slots.place(slot, library.path(made))
    slots.clear_outside(3, 6)
    assert sorted(int(path.stem) for path in slots.path(0).parent.iterdir()) == [3, 4, 5, 6]


def test_a_refused_file_is_kept_with_its_reason(tmp_path: Path) -> None:
    library = Library(tmp_path)
    (library.work / "bad.mp4").write_bytes(b"x")
    library.quarantine(library.work / "bad.mp4", "bad", ClipRejected("black", "3 s of black"))
    assert (tmp_path / "quarantine" / "bad.mp4").exists()
    assert '"reason": "black"' in (tmp_path / "quarantine" / "bad.json").read_text()


def test_an_unreadable_manifest_does_not_hide_the_others(tmp_path: Path) -> None:
    library = Library(tmp_path)
    admitted(library, "one")
    admitted(library, "two")
    (tmp_path / "library" / "dreams" / "one.json").write_text("{half")
    assert [each.id for each in found(library)] == ["two"]


def test_a_damaged_database_is_set_aside_and_rebuilt_from_manifests(tmp_path: Path) -> None:
    library = Library(tmp_path)
    made = admitted(library)
    database = tmp_path / "webtv.db"
    database.write_bytes(b"this is not a database, not at all" * 100)
    store, aside = Store.open(database)
    assert aside is not None
    assert aside.exists()
    store.add_clips(found(library))
    assert store.clips("dreams") == [made]
    store.close()


def test_orders_are_numbered_without_repeats(tmp_path: Path) -> None:
    store, _ = Store.open(tmp_path / "webtv.db")
    assert [store.next_order("a"), store.next_order("b"), store.next_order("a")] == [0, 0, 1]
    store.close()
    store, _ = Store.open(tmp_path / "webtv.db")
    assert store.next_order("a") == 2
    store.close()


def test_clips_lie_by_channel_and_cards_by_themselves(tmp_path: Path) -> None:
    library = Library(tmp_path)
    Library(tmp_path)
    made, card = clip("one"), slate()
    assert library.path(made) == tmp_path / "library" / "dreams" / "one.mp4"
    assert library.relative(made) == "library/dreams/one.mp4"
    assert library.path(card) == library.card_path("slate") == tmp_path / "cards" / "slate.mp4"
    assert library.refused_path("bad") == tmp_path / "quarantine" / "bad.mp4"
    assert library.work == tmp_path / "work"


def test_a_manifest_is_what_lies_beside_the_clip_or_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path)
    made = admitted(library)
    assert Manifest.model_validate_json(library.manifest(made)) == manifest("one")
    library.path(made).with_suffix(".json").write_bytes(b"not \xff text")
    assert library.manifest(made) == "not \ufffd text"
    library.remove(made)
    library.remove(made)
    assert library.manifest(made) == ""
    assert not list((tmp_path / "library" / "dreams").iterdir())


def test_a_second_clip_of_a_channel_lies_beside_the_first(tmp_path: Path) -> None:
    library = Library(tmp_path)
    one, two = admitted(library, "one"), admitted(library, "two")
    assert library.present() == {"one": "dreams", "two": "dreams"}
    assert library.read([("dreams", "one"), ("dreams", "none"), ("dreams", "two")]) == [one, two]
    (tmp_path / "library" / "a file").write_text("")
    (tmp_path / "library" / "dreams" / "notes.txt").write_text("")
    assert library.present() == {"one": "dreams", "two": "dreams"}
    assert library.has("dreams", "one")
    assert not library.has("dreams", "none")
    assert not library.has("tides", "one")


def test_a_manifest_of_another_clip_or_channel_is_none(tmp_path: Path) -> None:
    library = Library(tmp_path)
    admitted(library, "one")
    folder = tmp_path / "library"
    (folder / "dreams" / "other.json").write_text((folder / "dreams" / "one.json").read_text())
    (folder / "tides").mkdir()
    (folder / "tides" / "one.json").write_text((folder / "dreams" / "one.json").read_text())
    assert library.read([("dreams", "other"), ("tides", "one")]) == []


def test_a_file_is_read_once_until_somebody_touches_it(tmp_path: Path) -> None:
    library = Library(tmp_path)
    made = admitted(library)
    path = library.path(made)
    assert not library.untouched(made, path)
    library.verify(made, path)
    assert library.untouched(made, path)
    status = path.stat()
    path.write_bytes(b"x" * len(CONTENT))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert library.untouched(made, path)
    library.verify(made, path)
    os.utime(path, ns=(1, 1))
    assert not library.untouched(made, path)
    assert not library.untouched(made, tmp_path / "gone")
    with pytest.raises(ClipRejected):
        library.verify(made, path)


def test_what_is_missing_is_refused_by_its_name(tmp_path: Path) -> None:
    library = Library(tmp_path)
    made = admitted(library)
    library.remove(made)
    with pytest.raises(ClipRejected, match=r"one\.mp4: No such file") as caught:
        library.verify(made, library.path(made))
    assert caught.value.reason == "missing"


def test_nothing_is_remembered_of_what_left_the_library(tmp_path: Path) -> None:
    library, link = Library(tmp_path), tmp_path / "link.mp4"
    made = admitted(library)
    library.verify(made, library.path(made))
    link.hardlink_to(library.path(made))
    assert library.untouched(made, link)
    library.remove(made)
    assert not library.untouched(made, link)
    library.verify(made, link)
    assert not library.untouched(made, link)
    other = admitted(library, "two")
    library.verify(other, library.path(other))
    link.unlink()
    link.hardlink_to(library.path(other))
    library.quarantine(library.path(other), "two", ClipRejected("altered", "by a test"))
    assert not library.untouched(other, link)


def test_what_is_refused_is_listed_newest_first_with_what_its_manifest_said(tmp_path: Path) -> None:
    library = Library(tmp_path)
    one, two = admitted(library, "one"), admitted(library, "two")
    for made, at_ns in ((one, 2_000), (two, 1_000)):
        text = library.manifest(made)
        library.quarantine(library.path(made), made.id, ClipRejected("black", "3 s schwarz, \u00e4h"), text)
        os.utime(tmp_path / "quarantine" / f"{made.id}.json", ns=(at_ns, at_ns))
    (library.work / "raw.mp4").write_bytes(b"x")
    library.quarantine(library.work / "raw.mp4", "raw", ClipRejected("frozen", ""), "{half")
    os.utime(tmp_path / "quarantine" / "raw.json", ns=(500, 500))
    for number, text in enumerate(("{", "[]", "{}", '{"manifest": {}}')):
        (tmp_path / "quarantine" / f"foreign{number}.json").write_text(text)
    assert library.refused() == [
        Refused("one", "dreams", "black", "3 s schwarz, \u00e4h", 2_000),
        Refused("two", "dreams", "black", "3 s schwarz, \u00e4h", 1_000),
        Refused("raw", "", "frozen", "", 500),
    ]
    note = (tmp_path / "quarantine" / "one.json").read_text()
    assert "\u00e4h" in note
    assert json.loads(note)["manifest"]["title"] == "one"
    assert not (tmp_path / "library" / "dreams" / "one.json").exists()
    library.quarantine(library.work / "never.mp4", "never", ClipRejected("missing", "no file"))
    assert not library.refused_path("never").exists()


def test_quarantine_has_another_time_once_something_comes_or_goes(tmp_path: Path) -> None:
    library = Library(tmp_path)
    os.utime(tmp_path / "quarantine", ns=(5, 5))
    assert library.refused_ns() == 5
    library.quarantine(library.work / "none.mp4", "none", ClipRejected("missing", ""))
    assert library.refused_ns() > 5


@pytest.mark.parametrize(("keep", "stay"), [(0, []), (1, ["3"]), (3, ["1", "2", "3"]), (9, ["1", "2", "3"])])
def test_the_oldest_refused_files_go(tmp_path: Path, keep: int, stay: list[str]) -> None:
    library = Library(tmp_path)
    for number in (3, 1, 2):
        (library.work / "x.mp4").write_bytes(b"x")
        library.quarantine(library.work / "x.mp4", str(number), ClipRejected("black", ""))
        os.utime(tmp_path / "quarantine" / f"{number}.json", ns=(number, number))
    (tmp_path / "quarantine" / "1.mp4").unlink()
    library.trim_quarantine(keep)
    left = {path.stem for path in (tmp_path / "quarantine").glob("*.json")}
    assert sorted(left) == stay
    assert {path.stem for path in (tmp_path / "quarantine").glob("*.mp4")} == left - {"1"}


def test_what_an_interrupted_render_left_goes(tmp_path: Path) -> None:
    library = Library(tmp_path)
    (library.work / "half.mp4").write_bytes(b"x")
    library.clear_work()
    assert list(library.work.iterdir()) == []


def test_the_room_that_is_left_is_what_the_disk_says(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert Library(tmp_path).free_bytes() == pytest.approx(free, rel=0.2)
