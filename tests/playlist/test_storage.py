from __future__ import annotations

from pathlib import Path

from tests.clocks import FakeClock
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.storage import Storage


def test_a_channels_last_sign_of_life_is_when_it_signed_off_or_else_its_daemons(tmp_path: Path) -> None:
    clock, database = FakeClock(), Database.open(tmp_path / "webtv.db")[0]
    seen = {clock.boot_id: 50, "another boot": 70}
    storage = Storage(tmp_path, clock, database, Library(tmp_path), seen)
    storage.off_since_boot_ns["tides"] = 60
    assert storage.last_sign_ns("tides", clock.boot_id) == 60
    assert storage.last_sign_ns("dreams", clock.boot_id) == 50
    assert storage.last_sign_ns("tides", "another boot") == 70, "it signed off in this boot"
    assert storage.last_sign_ns("tides", "a boot that nobody saw") is None
    database.close()
