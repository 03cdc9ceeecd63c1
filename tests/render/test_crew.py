from __future__ import annotations

import numpy as np
import pytest

from tests.clips import SMALL
from webtv.domain import Brief, Engines, MusicBrief, Take
from webtv.errors import EngineError
from webtv.generator.writer.grammar import compose
from webtv.render.crew import Crew


def test_the_next_engine_of_a_chain_takes_over_and_is_named() -> None:
    crew = Crew(
        Engines(
            writer="grammar 1",
            video=("gone", "procedural"),
            interpolator=("gone", "flow"),
            musician=("gone", "synth"),
        )
    )
    shot = compose(Brief(theme="tide")).shots[0]
    take = next(crew.film([shot], SMALL, "standard"))
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
