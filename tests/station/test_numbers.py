"""Channel numbers: what was given once stays, over restarts and while others come and go."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog.testing

from webtv.station.numbers import Numbers, numbered


def test_new_channels_get_the_lowest_free_numbers_in_the_order_of_their_ids() -> None:
    assert numbered({"b": None, "a": None, "c": None}, {}) == {"a": 1, "b": 2, "c": 3}


def test_a_channel_that_comes_moves_no_other() -> None:
    assert numbered({"b": None, "a": None}, {"b": 1}) == {"b": 1, "a": 2}


def test_a_channel_that_was_away_finds_its_number_again() -> None:
    without = numbered({"b": None}, {"a": 1, "b": 2})
    assert without == {"a": 1, "b": 2}
    assert numbered({"a": None, "b": None, "new": None}, without) == {"a": 1, "b": 2, "new": 3}


def test_a_number_that_is_asked_for_is_given_and_who_had_it_gets_another() -> None:
    assert numbered({"a": None, "b": 1}, {"a": 1, "b": 2}) == {"b": 1, "a": 2}


def test_a_number_that_was_asked_for_stays_when_it_is_asked_for_no_more() -> None:
    assert numbered({"a": None, "b": None}, numbered({"a": None, "b": 7}, {})) == {"a": 1, "b": 7}


def test_numbers_outlive_a_restart(tmp_path: Path) -> None:
    before = Numbers(tmp_path / "numbers.json")
    assert before.assign({"tides": None})
    before.save()
    after = Numbers(tmp_path / "numbers.json")
    assert after.assign({"aurora": None, "tides": None})
    assert (after.of("tides"), after.of("aurora")) == (1, 2)
    assert not after.assign({"aurora": None, "tides": None})


@pytest.mark.parametrize("held", ["", "[1]", '{"tides": "1", "neon": 0, "rain": true}', "\0"])
def test_a_file_that_holds_none_gives_them_anew(tmp_path: Path, held: str) -> None:
    path = tmp_path / "numbers.json"
    path.write_text(held)
    numbers = Numbers(path)
    numbers.assign({"tides": None, "neon": None, "rain": None})
    assert {numbers.of(name) for name in ("tides", "neon", "rain")} == {1, 2, 3}


def test_a_folder_that_takes_nothing_is_told_and_keeps_nobody_off_air(tmp_path: Path) -> None:
    numbers = Numbers(tmp_path / "gone" / "numbers.json")
    with structlog.testing.capture_logs() as logs:
        numbers.assign({"tides": None})
        numbers.save()
    assert [line["event"] for line in logs] == ["the channels' numbers could not be stored"]
    assert numbers.of("tides") == 1
