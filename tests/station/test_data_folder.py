"""The data folder is one daemon's; what is chosen to go or to come from it, in which order."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.airings import clip
from webtv.errors import StationError
from webtv.station.intake import round_robin
from webtv.station.retention import enough
from webtv.station.station import _take


def test_a_second_daemon_is_told_who_airs_and_what_to_do_until_the_first_lets_go(tmp_path: Path) -> None:
    data = tmp_path / "some" / "data"
    held = _take(data)
    assert (data / "lock").read_text() == f"{os.getpid()}\n"
    with pytest.raises(StationError) as refused:
        _take(data)
    assert f"process {os.getpid()})" in str(refused.value)
    assert "Stop it, or give another folder with --data" in str(refused.value)
    held.close()
    _take(data).close()


def test_a_lock_says_who_holds_it_now_however_long_the_last_number_was(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("123456789123456789\n")
    with _take(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_that_says_nothing_is_held_all_the_same(tmp_path: Path) -> None:
    with _take(tmp_path):
        os.truncate(tmp_path / "lock", 0)
        with pytest.raises(StationError, match=r"process unknown\)"):
            _take(tmp_path)


def test_a_lock_that_cannot_be_made_is_the_disks_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert stat.S_ISREG((tmp_path / "file").stat().st_mode)
    with pytest.raises(OSError, match="file"):
        _take(tmp_path / "file" / "data")


@pytest.mark.parametrize(("over", "chosen"), [(0, ""), (1, "a"), (10, "a"), (11, "ab"), (99, "abc")])
def test_so_many_clips_go_as_make_the_room_and_no_more(over: int, chosen: str) -> None:
    candidates = [replace(clip(name), bytes=10) for name in "abc"]
    assert [one.id for one in enough(candidates, over)] == list(chosen)


def test_each_channel_has_its_turn_after_twenty_clips_of_another() -> None:
    long = {f"a{number}": "aurora" for number in range(45)}
    found = list(round_robin(long | {"t0": "tides", "t1": "tides"}))
    assert [name for name, _ in found] == ["aurora"] * 20 + ["tides"] * 2 + ["aurora"] * 25
    assert sorted(clip_id for _, clip_id in found) == sorted([*long, "t0", "t1"])
    assert [clip_id for name, clip_id in found if name == "aurora"] == list(long)
    assert list(round_robin({})) == []
