from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess

ODD_TITLE = 'Neon "Rain", <Über> & Co'


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    """A station with two channels and a small library, for tests that only look.

    Its clips last about three and a half seconds, so that joints come often, and one of three ends in a
    short fragment.
    """
    channels = {"tides": SMALL_CHANNEL, "neon": SMALL_CHANNEL | {"title": ODD_TITLE, "language": "de"}}
    with StationProcess(tmp_path_factory.mktemp("station"), channels) as process:
        for name in channels:
            seed_library(process.data, name, (6, 7, 6, 6, 7, 6), HOUSE)
        yield process.start().wait_on_air()
