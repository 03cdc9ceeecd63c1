"""Answers that many ask for: what is made anew for them, counted."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

from tests.clocks import FakeClock
from webtv.station.view import ChannelView
from webtv.web.document import Document
from webtv.web.kept import Kept, of_pieces

CHANNELS = 200


@dataclass
class View:
    """As much of a channel as is asked."""

    id: str
    revision: int = 0


async def test_of_two_hundred_channels_only_the_one_that_changed_is_written_anew() -> None:
    clock, written, joined = FakeClock(), list[str](), 0
    views = {f"ch-{number}": View(f"ch-{number}") for number in range(CHANNELS)}

    def write(view: ChannelView) -> bytes:
        written.append(view.id)
        return f"{view.id} {view.revision}".encode()

    def join(pieces: object) -> bytes:
        nonlocal joined
        joined += 1
        return b"\n".join(cast(list[bytes], pieces))

    with ThreadPoolExecutor(1) as thread:
        kept = of_pieces(lambda: cast(dict[str, ChannelView], views), write, join, clock, thread)
        first = await kept.get()
        assert (len(written), joined) == (CHANNELS, 1)
        written.clear()
        views["ch-7"].revision += 1
        assert await kept.get() is first, "looked after twice a second at most"
        await clock.advance(1)
        second = await kept.get()
        assert (written, joined) == (["ch-7"], 2)
        assert b"ch-7 1" in second.body
        await clock.advance(1)
        assert await kept.get() is second
        del views["ch-9"]
        await clock.advance(1)
        assert b"ch-9\n" not in (await kept.get()).body
    assert (written, joined) == (["ch-7"], 3)


async def test_who_ask_together_have_it_made_once() -> None:
    """As the metrics are, of which something always differs."""
    clock, made = FakeClock(), 0

    async def renew() -> Document:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return Document.of(str(made).encode())

    kept = Kept(clock, renew)
    documents = await asyncio.gather(*(kept.get() for _ in range(50)))
    assert (made, {document.body for document in documents}) == (1, {b"1"})
    await clock.advance(1)
    await asyncio.gather(*(kept.get() for _ in range(50)))
    assert made == 2
