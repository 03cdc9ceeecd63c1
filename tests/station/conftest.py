"""Cards made once for the tests of a file, and a data folder that has them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clocks import Hours
from tests.station.channels import config, on_air


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The slate and the bumper, made once for all tests of this file."""
    made = tmp_path_factory.mktemp("made")
    settings = config(schedule={"bumper_every_s": 60})

    async def make() -> None:
        async with on_air(made, Hours(), settings) as (channel, _):
            while channel.stock.bumper is None:  # noqa: ASYNC110 - made while the channel is on air
                await asyncio.sleep(0.01)

    asyncio.run(make())
    yield made / "cards"


@pytest.fixture
def data(tmp_path: Path, cards: Path) -> Path:
    shutil.copytree(cards, tmp_path / "data" / "cards")
    return tmp_path / "data"
