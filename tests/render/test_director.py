from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clips import SMALL
from tests.render.directors import CONFIG, Hungry, directing
from webtv.config import ChannelConfig, Schedule
from webtv.config.engines import EngineChains
from webtv.domain import Brief, RenderOrder, Script
from webtv.errors import ClipRejected
from webtv.generator.writer.similarity import TOO_ALIKE, fingerprint, likeness, words
from webtv.playlist.library import Library
from webtv.playlist.records import Clip
from webtv.render.artefacts import Artefact
from webtv.render.chain import render
from webtv.render.director import Customer, Director
from webtv.render.executor import OnProgress
from webtv.render.newsroom import Newsroom
from webtv.render.orders import motif_seed
from webtv.render.pool import Pool


@pytest.fixture
def director(tmp_path: Path) -> Iterator[Director]:
    with directing(tmp_path) as (made, _):
        yield made


async def test_orders_that_are_written_at_once_are_not_alike(director: Director) -> None:
    orders = await asyncio.gather(*(director.writer.write(CONFIG) for _ in range(6)))
    given = words(CONFIG.theme)
    shots = [fingerprint(shot.prompt, given) for order in orders for shot in order.script.shots]
    assert max(likeness(one, other) for one, other in combinations(shots, 2)) <= TOO_ALIKE + 0.05
    assert len({order.id for order in orders}) == 6


async def test_a_script_that_takes_long_holds_up_no_other_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def write(_self: Newsroom, config: ChannelConfig, _brief: Brief) -> tuple[Script, str]:
        asked.append(config.id)
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Newsroom, "write", write)
    other = CONFIG.model_copy(update={"id": "zebra"})
    with directing(tmp_path, Hungry(), Hungry(other, other.id)) as (director, _):
        runs = [asyncio.create_task(director.run()) for _ in range(3)]
        async with asyncio.timeout(120):
            while len(asked) < 2:  # noqa: ASYNC110 - nothing else tells that the writers are asked
                await asyncio.sleep(0.005)
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)
    assert asked == ["tide", "zebra"]


async def test_when_a_models_clips_are_unfit_again_and_again_the_channels_last_engine_films_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    folder = tmp_path / "work"

    async def only_procedural(_self: Pool, order: RenderOrder, _init: bytes, _: OnProgress) -> Artefact:
        asked.append(order.engines.video)
        file = folder / f"{order.id}.mp4"
        if order.engines.video[0] != "procedural":
            file.touch()
            raise ClipRejected("unfit", "it shows what must not air")
        return Artefact(await asyncio.to_thread(render, order, folder, init=None), file)

    monkeypatch.setattr(Pool, "render", only_procedural)
    chains = EngineChains(video=("zeroscope", "procedural"))
    changes = {"engines": chains, "format": SMALL, "clip_seconds": 3.2, "shots_per_clip": 1}
    customer = Hungry(CONFIG.model_copy(update=changes))
    with directing(tmp_path, customer) as (director, _):
        running = asyncio.create_task(director.run())
        async with asyncio.timeout(120):
            while len(asked) < 4:
                await director._clock.advance(1)  # type: ignore[attr-defined]
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    whole = ("zeroscope", "procedural")
    assert asked == [whole, whole, ("procedural",), whole]
    refused = [path.with_suffix(".json") for path in (tmp_path / "quarantine").glob("*.mp4")]
    assert len(refused) >= 2
    assert {json.loads(note.read_text())["reason"] for note in refused} == {"unfit"}
    assert [clip.engines["video"] for clip in customer.clips] == ["procedural 1"]


async def test_a_channels_latest_titles_come_first(tmp_path: Path) -> None:
    with directing(tmp_path) as (_, database):
        for day, (name, channel) in enumerate([("Old", "tide"), ("Other", "dune"), ("New", "tide")], 1):
            clip = Clip(name, channel, name, 6, "", "", 1, "", f"2026-01-0{day}", (), {})
            await database(lambda store, clip=clip: store.add_clips([clip]))
        assert await database(lambda store: store.recent_titles("tide", limit=9)) == ("New", "Old")
        assert await database(lambda store: store.recent_titles("tide", limit=1)) == ("New",)


async def test_the_clips_of_a_programme_share_a_motif(director: Director) -> None:
    config = CONFIG.model_copy(update={"clip_seconds": 10.0, "schedule": Schedule(bumper_every_s=30)})
    motifs = [(await director.writer.write(config)).script.music.motif_seed for _ in range(7)]
    assert motifs[0] == motifs[1] == motifs[2]
    assert motifs[3] == motifs[4] == motifs[5]
    assert len(set(motifs)) == 3


@pytest.mark.parametrize(("quality", "worth"), [("full", "full"), ("auto", "draft")])
async def test_an_order_is_worth_what_the_channel_asks_for_or_what_keeps_it_fresh(
    tmp_path: Path, quality: str, worth: str
) -> None:
    customer = Hungry(CONFIG.model_copy(update={"quality": quality}))
    with directing(tmp_path, customer) as (director, _):
        running = asyncio.create_task(director.run())
        async with asyncio.timeout(120):
            while not director.in_progress:  # noqa: ASYNC110 - it is what people see of an order
                await asyncio.sleep(0.005)
        order = await director.writer.write(customer.config)
        running.cancel()
    assert order.rung == worth


def test_programmes_last_ten_minutes_on_channels_without_bumpers() -> None:
    config = CONFIG.model_copy(update={"clip_seconds": 60.0, "schedule": Schedule(bumper_every_s=0)})
    assert len({motif_seed(config, number) for number in range(10)}) == 1
    assert motif_seed(config, 10) != motif_seed(config, 9)
    rare = config.model_copy(update={"schedule": Schedule(bumper_every_s=5)})
    assert len({motif_seed(rare, number) for number in range(10)}) == 10


async def test_a_clip_that_the_library_has_is_not_made_again_though_the_database_knows_none(
    tmp_path: Path,
) -> None:
    with directing(tmp_path / "first") as (director, _):
        order = await director.writer.write(CONFIG)
    with directing(tmp_path / "second", Hungry()) as (director, _):
        there = Clip(order.id, order.channel, "", 6, "", "", 1, "", "2026-01-01", (), {})
        path = Library(tmp_path / "second").path(there)
        path.parent.mkdir(parents=True)
        path.touch()
        with capture_logs() as logs:
            running = asyncio.create_task(director.run())
            async with asyncio.timeout(120):
                while not director.in_progress:  # noqa: ASYNC110 - it is what people see of an order
                    await asyncio.sleep(0.005)
            running.cancel()
        assert order.id not in director.in_progress
        assert [line["clip"] for line in logs if line["event"] == "clip is there already"] == [order.id]


async def test_a_clip_that_somebody_asks_for_is_made_though_nobody_needs_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    async def note(_self: Director, customer: Customer) -> None:
        made.append(customer.id)
        await asyncio.sleep(0)

    monkeypatch.setattr(Director, "_make", note)
    fed, hungry = Hungry(fresh_s=1e6, stock_s=1e6), Hungry(CONFIG.model_copy(update={"id": "zebra"}), "zebra")
    fed.wanted = 2
    with directing(tmp_path, hungry, fed) as (director, _):
        run = asyncio.create_task(director.run())
        async with asyncio.timeout(120):
            while len(made) < 4:  # noqa: ASYNC110 - nothing else tells what is made
                await asyncio.sleep(0.001)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    assert made[:4] == ["tide", "tide", "zebra", "zebra"]
    assert fed.wanted == 0


async def test_a_clip_is_for_the_channel_that_has_its_id_by_now(tmp_path: Path) -> None:
    ordered, anew, other = Hungry(), Hungry(), Hungry(id="zebra")
    with directing(tmp_path, other, anew) as (director, _):
        assert director.by_now(ordered) is anew
    with directing(tmp_path / "none", other) as (director, _):
        assert director.by_now(ordered) is ordered
