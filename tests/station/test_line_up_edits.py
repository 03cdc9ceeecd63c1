"""A line-up that does not run yet: who is in it, by which number, and who has left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clocks import FakeClock
from tests.station.channels import config
from webtv.broadcaster.status import State
from webtv.errors import ToolError
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.storage import Storage
from webtv.render.card_desk import CardDesk
from webtv.station.channel import Channel, Facilities
from webtv.station.lineup import LineUp


@pytest.fixture
def facilities(tmp_path: Path) -> Iterator[Facilities]:
    library = Library(tmp_path)
    database, _ = Database.open(tmp_path / "webtv.db")
    storage = Storage(tmp_path, FakeClock(), database, library)
    yield Facilities(storage, CardDesk(library, at_once=1))
    database.close()


@pytest.fixture
def line_up(facilities: Facilities) -> LineUp:
    return LineUp(facilities, facilities.storage.clock)


def test_it_opens_with_channels_whose_numbers_are_on_disk(line_up: LineUp, tmp_path: Path) -> None:
    line_up.open([config(), config(id="aurora", number=7)])
    assert list(line_up.channels) == list(line_up.views) == ["tides", "aurora"]
    assert (line_up.views["tides"].number, line_up.views["aurora"].number) == (1, 7)
    assert '"aurora": 7' in (tmp_path / "numbers.json").read_text()


async def test_an_edit_changes_a_channel_adds_one_or_leaves_one_out(line_up: LineUp, tmp_path: Path) -> None:
    line_up.open([config()])
    tides = line_up.channels["tides"]
    await line_up.edit(config(), config(theme="ebb", number=3))
    assert line_up.channels["tides"] is tides
    assert tides.config.theme == "ebb"
    assert line_up.views["tides"].number == 3
    assert '"tides": 3' in (tmp_path / "numbers.json").read_text()
    await line_up.edit(None, config(id="aurora"))
    assert line_up.views["aurora"].number == 1
    off = config(id="neon", enabled=False)
    await line_up.edit(None, off)
    await line_up.edit(off, None)
    assert set(line_up.channels) == {"tides", "aurora"}


async def test_a_channel_whose_life_has_not_begun_is_begun_anew_without_harm(line_up: LineUp) -> None:
    line_up.open([config()])
    line_up.begin_anew("tides")
    assert not line_up.channels["tides"].signed_on


def test_targets_without_ffmpeg_are_down_and_say_why_but_for_those_that_are_switched_off(
    facilities: Facilities,
) -> None:
    facilities.equipment = ToolError("no FFmpeg serves")
    targets = ["rtmp://127.0.0.1:9/live/one", {"url": "rtmp://127.0.0.1:9/live/two", "enabled": False}]
    channel = Channel(config(targets=targets), facilities)
    (target,) = channel.targets
    assert (target.state, target.last_error) == (State.DOWN, "no FFmpeg serves")
    assert not channel.pushed
    assert not channel.watched
    channel.equip()
    assert channel.playout is None


def test_a_channel_that_has_not_signed_on_has_nothing_on_air(facilities: Facilities) -> None:
    channel = Channel(config(), facilities)
    assert not channel.on_air
    assert channel.trouble == ""
    assert channel.seen_in_s == 0
    channel.life_record.last_error = "no room"
    assert channel.trouble == "no room"
    channel.drop_missing("any")
    channel.sign_on_anew()
    assert facilities.storage.off_since_boot_ns == {"tides": facilities.storage.clock.now().boot_ns}
