"""Signs of life: what the next daemon reads of the boots before it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.clocks import Hours
from webtv.station.life import show_life, signs_of_life


async def test_a_sign_is_left_every_five_seconds_beside_those_of_the_last_seven_boots(tmp_path: Path) -> None:
    path, clock = tmp_path / "life.json", Hours()
    before = {f"boot-{number}": number for number in range(9)} | {clock.boot_id: 1}
    began_ns = clock.now().boot_ns
    task = asyncio.create_task(show_life(path, before, clock))
    try:
        await clock.at_rest()
        kept = {f"boot-{number}": number for number in range(2, 9)}
        assert signs_of_life(path) == kept | {clock.boot_id: began_ns}
        assert list(signs_of_life(path)) == [*kept, clock.boot_id], "the oldest first"
        await clock.pass_by(4.9)
        assert signs_of_life(path)[clock.boot_id] == began_ns
        await clock.pass_by(0.2)
        assert signs_of_life(path)[clock.boot_id] == began_ns + 5 * 10**9
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("held", [None, "", "[]", json.dumps({"boot": "soon"})])
def test_a_file_that_holds_none_is_no_trouble(tmp_path: Path, held: str | None) -> None:
    path = tmp_path / "life.json"
    if held is not None:
        path.write_text(held)
    assert signs_of_life(path) == {}
