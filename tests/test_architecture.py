"""Whoever has read docs/architecture.md finds every room of the house in it, and no door to nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "webtv"
TEXT = (ROOT / "docs" / "architecture.md").read_text()
NAMED = set(re.findall(r"`([\w./-]+\.py)`", TEXT))
ROOMS = sorted(path.name for path in HOUSE.iterdir() if path.is_dir() and (path / "__init__.py").exists())
FILE_BY_FILE = ("playlist", "broadcaster", "render", "station", "web")


def test_every_room_and_every_module_of_the_ground_floor_is_named() -> None:
    assert [name for name in ROOMS if f"`{name}/`" not in TEXT] == []
    ground = {path.name for path in HOUSE.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert ground - NAMED == set()


@pytest.mark.parametrize("room", FILE_BY_FILE)
def test_every_file_of_the_rooms_that_carry_air_is_named(room: str) -> None:
    files = {path.name for path in (HOUSE / room).glob("*.py")} - {"__init__.py"}
    named = {name.rpartition("/")[2] for name in NAMED}
    assert files - named == set(), f"say in docs/architecture.md what they are for (webtv/{room})"


def test_every_file_that_is_named_exists() -> None:
    there = {path.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("*.py")}
    gone = [name for name in NAMED if not any(path == name or path.endswith(f"/{name}") for path in there)]
    assert [name for name in gone if not (ROOT / name).exists()] == []
