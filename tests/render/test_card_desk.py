from __future__ import annotations

import asyncio
from pathlib import Path

from tests.clips import SMALL
from webtv.playlist.library import Library
from webtv.render.card_desk import CardDesk


async def test_slates_are_made_before_bumpers_that_asked_first(tmp_path: Path) -> None:
    desk, made = CardDesk(Library(tmp_path), at_once=1), list[str]()

    async def ask(kind: str, title: str) -> None:
        card = await desk.obtain(kind, title, SMALL, init=None)  # type: ignore[arg-type]
        made.append(card.id.partition("-")[0])

    await asyncio.gather(ask("bumper", "A"), ask("bumper", "B"), ask("slate", "C"), ask("slate", "D"))
    assert made == ["bumper", "slate", "slate", "bumper"]


async def test_who_is_cancelled_while_waiting_holds_nobody_up(tmp_path: Path) -> None:
    desk = CardDesk(Library(tmp_path), at_once=1)
    first = asyncio.create_task(desk.obtain("slate", "A", SMALL, init=None))
    given_up = asyncio.create_task(desk.obtain("slate", "B", SMALL, init=None))
    third = asyncio.create_task(desk.obtain("slate", "C", SMALL, init=None))
    await asyncio.sleep(0)
    given_up.cancel()
    assert (await first).title == "A"
    assert (await third).title == "C"


async def test_a_card_is_made_once_for_all_channels_that_look_alike(tmp_path: Path) -> None:
    desk = CardDesk(Library(tmp_path), at_once=2)
    first = await desk.obtain("slate", "Same", SMALL, init=None)
    path = tmp_path / "cards" / f"{first.id}.mp4"
    made = path.stat().st_mtime_ns
    assert await desk.obtain("slate", "Same", SMALL, init=None) == first
    assert path.stat().st_mtime_ns == made


async def test_a_damaged_card_is_made_anew(tmp_path: Path) -> None:
    library = Library(tmp_path)
    desk = CardDesk(library, at_once=1)
    first = await desk.obtain("slate", "Same", SMALL, init=None)
    library.path(first).write_bytes(b"garbage")
    again = await desk.obtain("slate", "Same", SMALL, init=None)
    assert again.sha256 == first.sha256
    library.verify(again, library.path(again))
