from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.airings import HOUSE
from tests.seeded import found
from webtv.domain import Manifest
from webtv.errors import ClipRejected
from webtv.playlist.library import Library
from webtv.playlist.slots import Slots
from webtv.playlist.store import Clip, Store

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
