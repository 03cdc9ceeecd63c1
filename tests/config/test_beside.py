"""The ways to a file that is read with another one, and when it counts as changed."""

from __future__ import annotations

import os
from pathlib import Path

from webtv.config.beside import PathAsRead, noted, ways_to


def test_the_ways_to_a_file_are_every_link_and_the_file_itself(tmp_path: Path) -> None:
    tmp_path = tmp_path.resolve()
    (tmp_path / "2026" / "keys").mkdir(parents=True)
    (tmp_path / "2026" / "keys" / "key").touch()
    (tmp_path / "..data").symlink_to("2026")
    (tmp_path / "key").symlink_to("./..data/keys/../keys/key")
    (tmp_path / "named").symlink_to(tmp_path / "key")
    assert list(ways_to(tmp_path / "named")) == [
        tmp_path / "named",
        tmp_path / "key",
        tmp_path / "..data",
        tmp_path / "2026" / "keys" / "key",
    ]


def test_links_that_lead_to_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert {tmp_path / "a", tmp_path / "b"} <= set(ways_to(tmp_path / "a"))


def test_a_file_that_is_not_there_has_the_place_where_it_would_be(tmp_path: Path) -> None:
    assert list(ways_to(tmp_path.resolve() / "no" / "key")) == [tmp_path.resolve() / "no" / "key"]


def test_a_path_as_read_is_another_one_when_its_file_is(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("turnip\n")
    with noted() as beside:
        first, second = PathAsRead.of(path), PathAsRead.of(path)
    assert first == second
    assert beside == {path: first.mark}
    assert os.fspath(first) == os.fspath(path)
    path.write_text("turnip\nparsnip\n")
    assert PathAsRead.of(path) != first
    path.unlink()
    assert PathAsRead.of(path) != first
