"""What a model filmed is judged before it airs; what nobody can judge does not air."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import torch

from tests.models.tiny_nsfw import save_nsfw
from tests.render.pools import order as order_of
from tests.render.rogues import ROGUES
from webtv.domain import Manifest
from webtv.errors import ClipRejected, EngineError
from webtv.models.catalogue import CATALOGUE, EngineRecord
from webtv.models.settings import HostSettings
from webtv.render.chain import render
from webtv.render.crew import Crew
from webtv.render.messages import EngineFailed, OrderEvent
from webtv.render.progress import OrderProgress
from webtv.render.roster import Roster
from webtv.render.timed_host import TimedHost

Policy = Literal["auto", "all", "none"]


@pytest.fixture(autouse=True)
def _rogues(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    for name, engine in ROGUES.items():
        monkeypatch.setitem(CATALOGUE, name, engine)


class Studio:
    """Makes one clip with the weights that lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failed: list[tuple[str, str, str]] = []

    def make(
        self,
        *video: str,
        policy: Policy = "auto",
        resting: tuple[tuple[str, str], ...] = (),
        shots: int = 1,
    ) -> Manifest:
        order = order_of(*video, shots=shots)
        roster = Roster(TimedHost(HostSettings(folder=self.folder, screening=policy)))
        crew = Crew(order.engines, roster=roster, progress=OrderProgress(self._note), resting=resting)
        return render(order, self.folder, init=None, crew=crew)

    def clips(self) -> int:
        return len(list(self.folder.glob("*.mp4")))

    def _note(self, event: OrderEvent) -> None:
        if isinstance(event, EngineFailed):
            self.failed.append((event.step, event.engine, event.reason))


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_a_clip_of_a_trained_model_airs_once_the_classifier_has_seen_it(studio: Studio) -> None:
    save_nsfw(studio.folder)
    manifest = studio.make("learned")
    assert manifest.engines["video"] == "learned 1"
    assert manifest.engines["screener"] == "nsfw 1"


def test_a_hit_is_refused_and_its_file_left_for_quarantine(studio: Studio) -> None:
    save_nsfw(studio.folder, verdict="nsfw")
    with pytest.raises(ClipRejected, match="unfit to air by 100%") as caught:
        studio.make("learned", "procedural")
    assert caught.value.reason == "unfit"
    assert studio.clips() == 1


def test_a_clip_with_one_take_of_a_trained_model_is_judged(studio: Studio) -> None:
    save_nsfw(studio.folder)
    manifest = studio.make("half_learned", "procedural", shots=2)
    assert manifest.engines["video"] == "half_learned 1, procedural 1"
    assert manifest.engines["screener"] == "nsfw 1"


def test_a_classifier_that_fails_lets_nothing_through_and_has_to_rest(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    confused = EngineRecord("nsfw", "screener", "tests.render.rogues:Confused")
    monkeypatch.setitem(CATALOGUE, "nsfw", confused)
    with pytest.raises(ClipRejected, match="mat1 and mat2") as caught:
        studio.make("learned")
    assert caught.value.reason == "unscreened"
    assert [failed[:2] for failed in studio.failed] == [("screener", "nsfw")]


def test_without_a_classifier_a_trained_model_is_not_used_and_the_chain_goes_on(studio: Studio) -> None:
    manifest = studio.make("learned", "procedural")
    assert manifest.engines["video"] == "procedural 1"
    assert "screener" not in manifest.engines
    [(step, engine, reason)] = studio.failed
    assert (step, engine) == ("screener", "nsfw")
    assert "webtv models pull nsfw" in reason


def test_a_trained_model_alone_makes_nothing_that_nobody_could_judge(studio: Studio) -> None:
    with pytest.raises(EngineError, match="learned: its pictures could not be screened: weights of"):
        studio.make("learned")
    assert studio.clips() == 0


def test_a_classifier_that_rests_is_not_waited_for(studio: Studio) -> None:
    save_nsfw(studio.folder)
    manifest = studio.make("learned", "procedural", resting=(("screener", "nsfw"),))
    assert manifest.engines["video"] == "procedural 1"
    assert studio.failed == []


def test_what_our_own_code_draws_needs_no_classifier(studio: Studio) -> None:
    assert "screener" not in studio.make("procedural").engines


def test_by_choice_of_the_operator_everything_is_judged_or_nothing(studio: Studio) -> None:
    assert "screener" not in studio.make("learned", policy="none").engines
    with pytest.raises(EngineError, match="could not be screened"):
        studio.make("procedural", policy="all")
    save_nsfw(studio.folder)
    assert studio.make("procedural", policy="all").engines["screener"] == "nsfw 1"
