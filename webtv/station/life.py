"""Signs of life, by which the next daemon knows what aired: by the clock that no wall clock's step moves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Never

from pydantic import TypeAdapter, ValidationError

from webtv.clock import Clock
from webtv.media.files import write_atomically

LIFE = "life.json"
"""The file, in the data folder."""
EVERY_S = 5.0
_BOOTS = 8
"""So many boots are remembered: a channel's rundown may be of one before the last."""
_SIGNS = TypeAdapter(dict[str, int])


def signs_of_life(path: Path) -> Mapping[str, int]:
    """The last moment of each boot, in ``boot_ns`` by boot id, at which a daemon was at work; oldest first.

    Without a readable file there are none.
    """
    try:
        return _SIGNS.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}


async def show_life(path: Path, before: Mapping[str, int], clock: Clock) -> Never:
    """Leave a sign every few seconds, beside those from ``before``. Raises OSError when the disk refuses."""
    others = {boot_id: ns for boot_id, ns in before.items() if boot_id != clock.boot_id}
    kept = dict(list(others.items())[-_BOOTS + 1 :])
    while True:
        signs = kept | {clock.boot_id: clock.now().boot_ns}
        await asyncio.to_thread(write_atomically, path, _SIGNS.dump_json(signs), durable=False)
        await clock.sleep(EVERY_S)
