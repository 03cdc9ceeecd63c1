"""The ways to a file that is read because another refers to it, and when it counts as changed."""

from __future__ import annotations

import os
from pathlib import Path

from webtv.config.referenced import PathAsRead, paths_to, paths_to_all, recording_references


def test_the_ways_to_a_file_are_every_link_and_the_file_itself(tmp_path: Path) -> None:
    tmp_path = tmp_path.resolve()
    (tmp_path / "2026" / "keys").mkdir(parents=True)
    (tmp_path / "2026" / "keys" / "key").touch()
    (tmp_path / "..data").symlink_to("2026")
    (tmp_path / "key").symlink_to("./..data/keys/../keys/key")
    (tmp_path / "named").symlink_to(tmp_path / "key")
    assert list(paths_to(tmp_path / "named")) == [
        tmp_path / "named",
        tmp_path / "key",
        tmp_path / "..data",
        tmp_path / "2026" / "keys" / "key",
    ]


def test_links_that_lead_to_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert {tmp_path / "a", tmp_path / "b"} <= set(paths_to(tmp_path / "a"))


def test_a_file_that_is_not_there_has_the_place_where_it_would_be(tmp_path: Path) -> None:
    assert list(paths_to(tmp_path.resolve() / "no" / "key")) == [tmp_path.resolve() / "no" / "key"]


def test_a_path_as_read_is_another_one_when_its_file_is(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("turnip\n")
    with recording_references() as references:
        first, second = PathAsRead.of(path), PathAsRead.of(path)
    assert first == second
    assert references == {path: first.stamp}
    assert os.fspath(first) == os.fspath(path)
    path.write_text("turnip\nparsnip\n")
    assert PathAsRead.of(path) != first
    path.unlink()
    assert PathAsRead.of(path) != first


def test_the_ways_to_many_files_are_those_to_each(tmp_path: Path) -> None:
    (tmp_path / "2026").mkdir()
    (tmp_path / "current").symlink_to("2026")
    (tmp_path / "2026" / "a").touch()
    (tmp_path / "elsewhere").touch()
    (tmp_path / "2026" / "b").symlink_to("../elsewhere")
    files = [tmp_path / "current" / name for name in ("a", "b", "missing")] + [tmp_path / "elsewhere"]
    assert paths_to_all(files) == {path for file in files for path in paths_to(file)}
