from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.clips import SMALL
from tests.render.pools import order
from tests.render.rogues import ROGUES
from webtv.domain import Brief, Engines, MusicBrief, Take
from webtv.errors import Cancelled, EngineError
from webtv.generator.writer.grammar import compose
from webtv.models.catalogue import CATALOGUE, EngineRecord
from webtv.models.settings import HostSettings
from webtv.postprocess.interpolate.flow import Flow, Picture
from webtv.render.chain import render
from webtv.render.crew import Crew
from webtv.render.messages import EngineFailed, OrderEvent
from webtv.render.progress import OrderProgress
from webtv.render.roster import Roster
from webtv.render.timed_host import TimedHost

SHOTS = compose(Brief(theme="tide", shots=4)).shots
MOVING = Take(frames=np.random.default_rng(1).integers(0, 255, (4, 32, 32, 3)).astype(np.uint8), fps=8)


class Tires(Flow):
    """Gives up after three pictures."""

    name = "tires"

    def interpolate(self, take: Take, frames: int, *, width: int, height: int) -> Iterator[Picture]:
        yield from islice(super().interpolate(take, frames, width=width, height=height), 3)
        raise EngineError("it is tired")


@pytest.fixture(autouse=True)
def _rogues(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, engine in ROGUES.items():
        monkeypatch.setitem(CATALOGUE, name, engine)
    monkeypatch.setitem(CATALOGUE, "tires", EngineRecord("tires", "interpolator", f"{__name__}:Tires"))


def test_the_next_engine_of_a_chain_takes_over_and_is_named() -> None:
    crew = Crew(
        Engines(
            writer="grammar 1",
            video=("gone", "procedural"),
            interpolator=("gone", "flow"),
            musician=("gone", "synth"),
        )
    )
    take = next(crew.film(SHOTS[:1], SMALL, "standard"))
    assert len(list(crew.interpolate(take, 10, SMALL))) == 10
    assert crew.compose(MusicBrief(mood="calm"), 48_000).shape == (48_000, 2)
    assert {step: who.split()[0] for step, who in crew.worked.items()} == {
        "writer": "grammar",
        "video": "procedural",
        "interpolator": "flow",
        "musician": "synth",
    }


def test_when_no_engine_works_the_reasons_of_all_are_told() -> None:
    crew = Crew(Engines(interpolator=("gone", "flow")))
    nothing = Take(frames=np.zeros((0, 8, 8, 3), np.uint8), fps=8)
    with pytest.raises(EngineError, match=r"no interpolator could do it: gone: .*flow: "):
        next(crew.interpolate(nothing, 10, SMALL))


def test_when_a_group_of_shots_fails_part_way_the_next_engine_films_the_rest() -> None:
    said: list[OrderEvent] = []
    crew = Crew(Engines(video=("half_way", "procedural")), progress=OrderProgress(said.append))
    takes = list(crew.film(SHOTS, SMALL, "standard"))
    assert [len(take.frames) for take in takes] == [6, 24, 24, 24]
    assert crew.worked["video"] == "half_way 1, procedural 1"
    [failed] = [event for event in said if isinstance(event, EngineFailed)]
    assert (failed.step, failed.engine, failed.reason) == ("video", "half_way", "it does not work")


def test_when_an_interpolator_fails_part_way_the_next_makes_the_pictures_that_are_left() -> None:
    whole = list(Crew(Engines()).interpolate(MOVING, 12, SMALL))
    crew = Crew(Engines(interpolator=("tires", "flow")))
    pictures = list(crew.interpolate(MOVING, 12, SMALL))
    assert np.array_equal(pictures, whole)
    assert crew.worked["interpolator"] == "tires 1, flow 1"


def test_an_engine_that_rests_is_left_out_while_another_is_there() -> None:
    crew = Crew(Engines(video=("learned", "procedural")), resting={("video", "learned")})
    next(crew.film(SHOTS[:1], SMALL, "standard"))
    assert crew.worked["video"] == "procedural 1"


def test_an_engine_that_rests_is_better_than_none() -> None:
    crew = Crew(Engines(video=("procedural", "half_way")), resting={("video", "procedural")})
    assert len(list(crew.film(SHOTS, SMALL, "standard"))) == 4
    assert crew.worked["video"] == "half_way 1, procedural 1"


def test_engines_are_made_once_for_a_worker() -> None:
    roster = Roster(TimedHost())
    assert roster.engine("musician", "synth") is roster.engine("musician", "synth")


def test_nobody_stands_in_when_an_order_is_withdrawn(tmp_path: Path) -> None:
    progress = OrderProgress()
    crew = Crew(Engines(video=("mended", "procedural")), progress=progress)
    progress.cancel()
    with pytest.raises(Cancelled):
        next(crew.film(SHOTS[:1], SMALL, "standard"))
    assert "video" not in crew.worked


def test_an_order_withdrawn_while_it_is_encoded_leaves_no_file(tmp_path: Path) -> None:
    asked = order()

    def say(event: OrderEvent) -> None:
        if (tmp_path / f"{asked.id}.mp4").exists():
            progress.cancel()

    progress = OrderProgress(say)
    roster = Roster(TimedHost(HostSettings(folder=tmp_path)))
    with pytest.raises(Cancelled):
        render(asked, tmp_path, init=None, crew=Crew(asked.engines, roster=roster, progress=progress))
    assert not list(tmp_path.iterdir())
