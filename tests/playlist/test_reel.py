"""What is in the slots is what was admitted. Real files of real clips where one is cut, of any bytes else."""

from __future__ import annotations

import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.airings import HOUSE, anchor, clip, slate, timeline
from tests.clocks import FakeClock
from webtv import metrics
from webtv.domain import Airing
from webtv.playlist import reel as reel_module
from webtv.playlist.database import Database
from webtv.playlist.disk import Disk
from webtv.playlist.library import Library
from webtv.playlist.records import ChannelState, Clip
from webtv.playlist.reel import Reel
from webtv.playlist.rundown import load, remembered
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage

LINE = timeline(24, 24, 24, 24, first_slot=3)
A0, A1, A2, A3 = LINE.airings


@dataclass
class Reeled:
    """A reel of the clips ``clip0`` to ``clip2``, each a file of its name; of ``clip3`` there is none."""

    data: Path
    database: Database
    clock: FakeClock = field(default_factory=FakeClock)
    renewed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.storage = Storage(self.data, self.clock, self.database, Library(self.data))
        self.library, self.slots = self.storage.library, Slots(self.data / "channels" / "dreams")
        self.slots.make_folder()
        self.stock = Stock(HOUSE, self.there(slate()), b"")
        self.clips = [self.there(clip(f"clip{number}")) for number in range(3)]
        self.stock.take_in(self.clips)
        self.disk = Disk(self.storage.threads)
        self.reel = Reel("dreams", self.stock, self.slots, self.storage, self.disk, self.renew)

    async def renew(self, stock: Stock, card: Clip) -> None:
        assert stock is self.stock
        self.renewed.append(card.id)

    def there(self, made: Clip) -> Clip:
        path = self.library.path(made)
        path.parent.mkdir(exist_ok=True)
        path.write_text(made.id)
        path.with_suffix(".json").write_text(json.dumps({"channel": made.channel}))
        return replace(made, sha256=hashlib.sha256(made.id.encode()).hexdigest())

    def path(self, airing: Airing) -> Path:
        return self.slots.path(airing.slot)

    def is_link(self, airing: Airing, of: Clip) -> bool:
        return self.slots.is_link_of(airing.slot, self.library.path(of))

    def hang(self) -> threading.Event:
        """The disk hangs until that is set."""
        free = threading.Event()
        self.disk.begin(free.wait)
        return free


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Reeled]:
    database, _ = Database.open(tmp_path / "webtv.db")
    yield Reeled(tmp_path, database)
    database.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("_TAKE_OVER_S", "_LOOK_S", "_WRITE_S", "_SET_ASIDE_S"):
        monkeypatch.setattr(reel_module, limit, 0.02)


async def test_an_airing_is_on_air_from_its_slot_once_that_holds_its_clip(on: Reeled) -> None:
    assert on.reel.file_of(A0) == on.library.path(on.clips[0])
    await on.reel.place([A0], within_s=30)
    assert on.reel.file_of(A0) == on.path(A0)
    assert on.reel.file_of(A0.model_copy(update={"clip_id": "clip1"})) == on.library.path(on.clips[1])
    on.path(A0).unlink()
    assert on.reel.file_of(A0) == on.library.path(on.clips[0])
    assert on.reel.file_of(A3) == on.path(A3), "of what is in no library there is nothing else"


async def test_slots_are_put_in_place_unless_they_are_known_to_be(on: Reeled) -> None:
    await on.reel.place([A0, A1, A3], within_s=30)
    assert on.is_link(A0, on.clips[0])
    assert on.is_link(A1, on.clips[1])
    assert not on.path(A3).exists()
    on.path(A0).unlink()
    await on.reel.place([A0, A2], within_s=30)
    assert not on.path(A0).exists(), "nobody looks at what is known"
    assert on.is_link(A2, on.clips[2])


async def test_a_clip_whose_file_is_gone_leaves_its_slot_unknown_and_holds_no_other_up(on: Reeled) -> None:
    on.library.path(on.clips[0]).unlink()
    with capture_logs() as logs:
        await on.reel.place([A0, A1], within_s=30)
    assert [(line["event"], line["slot"]) for line in logs] == [("slot not placed", A0.slot)]
    assert not on.slots.holds(A0)
    assert on.slots.holds(A1)


async def test_slots_of_a_disk_that_hangs_are_late_and_air_goes_on_from_the_clips(on: Reeled) -> None:
    free = on.hang()
    with capture_logs() as logs:
        await on.reel.place([A0, A1], within_s=0.02)
    assert [(line["event"], line["slots"]) for line in logs] == [("slots are late; air goes on", 2)]
    assert on.reel.file_of(A0) == on.library.path(on.clips[0])
    free.set()
    await on.reel.place([A0], within_s=30)
    assert on.reel.file_of(A0) == on.path(A0)


def cut(airing: Airing, quanta: int) -> Airing:
    return airing.model_copy(update={"quanta": quanta})


def box(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(data), kind) + data


def film(fragments: int) -> tuple[bytes, list[bytes]]:
    """What looks like a fragmented MP4, and its fragments."""
    moof = box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", box(b"tfdt", b"\x01" + bytes(11))))
    made = [moof + box(b"mdat", bytes([number])) for number in range(fragments)]
    return box(b"moov") + b"".join(made), made


async def test_a_cut_airing_holds_the_whole_fragments_that_air(on: Reeled) -> None:
    data, fragments = film(8)
    on.library.path(on.clips[0]).write_bytes(data)
    for quanta, whole in [(3, 1), (6, 2), (21, 7)]:
        await on.reel.place([cut(A0, quanta)], within_s=30)
        assert on.path(A0).read_bytes() == box(b"moov") + b"".join(fragments[:whole])
        assert on.slots.holds(cut(A0, quanta))
    on.library.path(on.clips[0]).write_bytes(b"no film")
    await on.reel.place([cut(A0, 9)], within_s=30)
    assert not on.slots.holds(cut(A0, 9))


async def test_slots_that_end_before_their_clips_are_told(on: Reeled) -> None:
    assert on.reel.cut([A0, A1, A3]) == set()
    assert on.reel.cut([cut(A0, 23), A1, cut(A2, 1), cut(A3, 1)]) == {A0.slot, A2.slot}


# A rundown that is taken up


async def test_remembered_slots_are_put_in_place_where_they_are_not(on: Reeled) -> None:
    on.slots.place(A1.slot, on.library.path(on.clips[1]))
    on.slots.place(A2.slot, on.library.path(on.clips[1]))
    assert await on.reel.take_over([A0, A1, A2], 0) == 3
    for airing, made in zip((A0, A1, A2), on.clips, strict=True):
        assert on.is_link(airing, made)
        assert on.slots.holds(airing)


async def test_a_slot_with_a_copy_of_what_was_admitted_is_left_alone(on: Reeled) -> None:
    on.path(A0).write_text("clip0")
    on.library.path(on.clips[0]).write_text("harmed")
    assert await on.reel.take_over([A0], 0) == 1
    assert on.path(A0).read_text() == "clip0"
    assert on.slots.holds(A0)


async def test_a_rundown_is_kept_up_to_the_first_airing_to_come_that_is_nowhere(on: Reeled) -> None:
    assert await on.reel.take_over([A0, A3, A1], 0) == 1
    assert on.is_link(A0, on.clips[0])
    assert not on.path(A1).exists()
    assert await on.reel.take_over([A3, A1, A2], 1) == 3, "what began stays as it was"
    on.path(A3).write_text("by its slot alone")
    assert await on.reel.take_over([A0, A3, A1], 0) == 3


@pytest.mark.usefixtures("impatient")
async def test_on_a_disk_that_hangs_a_rundown_is_taken_over_by_what_is_known(on: Reeled) -> None:
    free = on.hang()
    assert await on.reel.take_over([A0, A3, A1], 0) == 3
    free.set()


# Before an airing is fixed


async def test_a_sound_slot_is_fit_to_air_and_read_once(on: Reeled) -> None:
    await on.reel.place([A0], within_s=30)
    assert await on.reel.fit_to_air(A0)
    assert on.library.untouched(on.clips[0], on.path(A0))
    on.slots.may_hold_another(A0.slot)
    assert await on.reel.fit_to_air(A0)
    assert on.slots.holds(A0)


async def test_a_harmed_slot_is_made_sound_from_its_clip(on: Reeled) -> None:
    on.path(A0).write_text("harmed")
    assert await on.reel.fit_to_air(A0)
    assert on.is_link(A0, on.clips[0])
    assert on.slots.holds(A0)


async def test_a_slot_that_is_missing_is_put_in_place(on: Reeled) -> None:
    assert await on.reel.fit_to_air(A0)
    assert on.is_link(A0, on.clips[0])


async def test_a_slot_of_a_clip_that_left_the_library_is_fit_while_it_is_there(on: Reeled) -> None:
    assert not await on.reel.fit_to_air(A3)
    on.path(A3).write_text("clip3")
    assert await on.reel.fit_to_air(A3)


async def test_a_clip_that_is_harmed_goes_to_quarantine_and_out_of_stock_and_database(on: Reeled) -> None:
    await on.database(lambda store: store.add_clips(on.clips))
    on.library.path(on.clips[0]).write_text("harmed")
    before = refused_in_all("altered")
    with capture_logs() as logs:
        assert not await on.reel.fit_to_air(A0)
    (line,) = logs
    assert (line["event"], line["clip"], line["reason"], line["channel"]) == (
        "clip refused before air", "clip0", "altered", "dreams",
    )  # fmt: skip
    assert refused_in_all("altered") == before + 1
    assert on.stock.get("clip0") is None
    assert await on.database(lambda store: set(store.present())) == {"clip1", "clip2"}
    assert on.library.refused_path("clip0").read_text() == "harmed"
    assert not on.library.path(on.clips[0]).exists()
    (refused,) = on.library.refused()
    assert (refused.channel, refused.reason) == ("dreams", "altered")
    assert on.renewed == []


def refused_in_all(reason: str) -> float:
    return float(metrics.clips_rejected.labels(reason)._value.get())


async def test_a_clip_that_is_gone_is_refused_as_missing(on: Reeled) -> None:
    on.library.path(on.clips[0]).unlink()
    assert not await on.reel.fit_to_air(A0)
    assert on.stock.get("clip0") is None


@pytest.mark.parametrize("which", ["slate", "bumper"])
async def test_a_card_that_is_harmed_is_made_anew_and_stays_in_stock(on: Reeled, which: str) -> None:
    on.stock.bumper = on.there(replace(slate(), id="bumper"))
    card = on.stock.get(which)
    assert card is not None
    on.library.path(card).write_text("harmed")
    assert not await on.reel.fit_to_air(A0.model_copy(update={"clip_id": which, "quanta": 12}))
    assert on.renewed == [which]
    assert on.stock.get(which) is card
    assert on.library.path(card).read_text() == "harmed", "who renews it replaces it"


async def test_what_cannot_be_set_aside_is_refused_all_the_same(on: Reeled) -> None:
    on.library.path(on.clips[0]).write_text("harmed")

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    on.library.quarantine = full  # type: ignore[method-assign, assignment]
    with capture_logs() as logs:
        assert not await on.reel.fit_to_air(A0)
    assert (logs[-1]["event"], logs[-1]["error"]) == (
        "what was refused could not be set aside", "the disk is full",
    )  # fmt: skip
    assert on.stock.get("clip0") is None


@pytest.mark.usefixtures("impatient")
async def test_a_slot_that_cannot_be_looked_at_in_time_is_not_judged(on: Reeled) -> None:
    on.path(A0).write_text("harmed")
    free = on.hang()
    assert await on.reel.fit_to_air(A0)
    assert on.stock.get("clip0") is not None
    free.set()


# The rundown as files


async def test_the_rundown_is_written_for_people_and_to_come_back_from_and_other_slots_go(on: Reeled) -> None:
    state = ChannelState(epoch=0, format=HOUSE, init_sha256="init", anchor=anchor())
    made = remembered(state, (A0, cut(A1, 9)))
    for slot in range(1, 7):
        on.slots.place(slot, on.library.path(on.clips[0]))
    await on.reel.write_out(made, first_slot=2)
    assert load(on.slots.rundown_path) == (state, list(made.airings))
    assert sorted(int(path.stem) for path in on.path(A0).parent.iterdir()) == [2, 3, 4]
    listed = (on.data / "dreams.ffconcat").read_text().splitlines()
    files = [line for line in listed if line.startswith("file")]
    assert files == ["file 'library/dreams/clip0.mp4'", "file 'library/dreams/clip1.mp4'"]
    assert [line for line in listed if line.startswith("outpoint")] == ["outpoint 4.800000"]


@pytest.mark.usefixtures("impatient")
async def test_a_rundown_that_cannot_be_written_is_told_and_stops_nothing(on: Reeled) -> None:
    state = ChannelState(epoch=0, format=HOUSE, init_sha256="init", anchor=anchor())
    free = on.hang()
    with capture_logs() as logs:
        await on.reel.write_out(remembered(state, (A0,)), first_slot=3)
        free.set()
        await on.disk(lambda: None, within_s=30)
        on.slots.rundown_path.mkdir()
        await on.reel.write_out(remembered(state, (A0,)), first_slot=3)
    assert [line["event"] for line in logs] == ["the rundown could not be written; air goes on"] * 2
    assert logs[0]["error"] == "too slow"
    assert "directory" in logs[1]["error"]
