"""What the editor promises: the exact length, fair shares, dissolves that fit, one picture at a time."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webtv.domain import HouseFormat, Movement, MusicBrief, RenderOrder, Script, Shot
from webtv.errors import EngineError
from webtv.postprocess.edit import DISSOLVE_S, assemble, cut_list


def order_of(shots: list[tuple[float, str]], quanta: int, fps: int = 30) -> RenderOrder:
    planned = tuple(
        Shot.model_validate(
            {
                **dict.fromkeys(
                    ("subject", "action", "setting", "framing", "light", "palette", "style"), "x"
                ),
                "movement": Movement(),
                "seconds": seconds,
                "seed": number,
                "transition": transition,
            }
        )
        for number, (seconds, transition) in enumerate(shots)
    )
    return RenderOrder(
        channel="dreams",
        theme_revision="1",
        script=Script(title="t", shots=planned, music=MusicBrief(mood="calm")),
        quanta=quanta,
        format=HouseFormat.model_validate({"width": 64, "height": 64, "fps": fps}),
    )


SHOTS = st.lists(
    st.tuples(st.floats(0.01, 30), st.sampled_from(["cut", "dissolve"])), min_size=1, max_size=16
)
FPS = st.sampled_from([24, 25, 30, 50, 60])


@given(shots=SHOTS, quanta=st.integers(1, 60), fps=FPS)
def test_the_cuts_are_exactly_as_long_as_the_order(
    shots: list[tuple[float, str]], quanta: int, fps: int
) -> None:
    order = order_of(shots, quanta, fps)
    cuts = cut_list(order)
    assert cuts[0].start == 0
    assert cuts[0].dissolve == 0
    assert sum(cut.frames - cut.dissolve for cut in cuts) == order.frames
    for before, after in pairwise(cuts):
        assert after.start == before.start + before.frames - after.dissolve
    assert len(cuts) == min(len(shots), order.frames)


@given(shots=SHOTS, quanta=st.integers(1, 60), fps=FPS)
def test_a_dissolve_never_takes_half_of_a_shot(shots: list[tuple[float, str]], quanta: int, fps: int) -> None:
    cuts = cut_list(order_of(shots, quanta, fps))
    for before, after in pairwise(cuts):
        assert after.dissolve <= DISSOLVE_S * fps + 0.5
        assert after.dissolve == 0 or 2 * after.dissolve < min(before.frames, after.frames)
        assert after.dissolve == 0 or shots[after.shot][1] == "dissolve"


def test_shots_share_the_clip_by_their_seconds() -> None:
    cuts = cut_list(order_of([(6, "cut"), (3, "cut"), (3, "cut")], 24))
    assert [cut.frames for cut in cuts] == [192, 96, 96]


def test_a_dissolve_is_centred_on_its_joint() -> None:
    first, second = cut_list(order_of([(6.4, "cut"), (6.4, "dissolve")], 24))
    assert (first.start, first.frames) == (0, 192 + 8)
    assert (second.start, second.frames, second.dissolve) == (192 - 7, 192 + 7, 15)


def grey(level: int, frames: int) -> Iterator[np.ndarray]:
    for _ in range(frames):
        yield np.full((64, 64, 3), level, np.uint8)


@given(shots=SHOTS, quanta=st.integers(1, 8), fps=FPS)
def test_a_clip_has_exactly_its_frames_and_uses_up_its_takes(
    shots: list[tuple[float, str]], quanta: int, fps: int
) -> None:
    order = order_of(shots, quanta, fps)
    streams = [grey(10 * cut.shot, cut.frames) for cut in cut_list(order)]
    assert sum(1 for _ in assemble(order, streams)) == order.frames
    assert [next(stream, None) for stream in streams] == [None] * len(streams)


def test_cuts_are_hard_and_dissolves_rise_evenly() -> None:
    order = order_of([(2, "cut"), (2, "cut"), (2, "dissolve")], 12)
    streams = [grey(level, cut.frames) for level, cut in zip((40, 80, 240), cut_list(order), strict=True)]
    levels = [int(picture[0, 0, 0]) for picture in assemble(order, streams)]
    assert levels[0] == 40
    assert levels[63:65] == [40, 80]
    assert levels[-1] == 240
    rise = [level for level in levels if 80 < level < 240]
    assert rise == [80 + 10 * step for step in range(1, 16)]


def test_no_more_than_the_pictures_on_screen_are_read_ahead() -> None:
    order = order_of([(2, "cut"), (2, "dissolve")], 8)
    read = [0, 0]

    def counted(index: int, frames: int) -> Iterator[np.ndarray]:
        for picture in grey(9, frames):
            read[index] += 1
            yield picture

    cuts = cut_list(order)
    shown = assemble(order, [counted(cut.shot, cut.frames) for cut in cuts])
    for number, _ in enumerate(shown, 1):
        assert read[0] == min(number, cuts[0].frames)
        assert read[1] == max(0, number - cuts[1].start)


def test_a_take_that_ends_early_is_named() -> None:
    order = order_of([(2, "cut"), (2, "cut")], 8)
    first, second = cut_list(order)
    with pytest.raises(EngineError, match="shot 2 ended after 63 of 64"):
        list(assemble(order, [grey(1, first.frames), grey(2, second.frames - 1)]))


def test_takes_and_cuts_must_match() -> None:
    with pytest.raises(EngineError, match="2 cuts, but 1 takes"):
        assemble(order_of([(2, "cut"), (2, "cut")], 8), [grey(1, 64)])
