"""When FILM's pictures are seen, and in which order they are made."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webtv.postprocess.interpolate.film.spread import rounds, spread


@pytest.mark.parametrize(
    ("frames", "pictures", "depth", "places"),
    [
        (1, 1, 0, [0]),
        (1, 3, 0, [0, 0, 0]),
        (5, 1, 0, [0]),
        (3, 2, 0, [0, 2]),
        (4, 4, 0, [0, 1, 2, 3]),
        (2, 3, 1, [0, 1, 2]),
        (3, 9, 2, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (2, 4, 2, [0, 1, 3, 4]),
        (3, 6, 2, [0, 2, 3, 5, 6, 8]),
    ],
)
def test_pictures_stand_at_the_nearest_halving(
    frames: int, pictures: int, depth: int, places: list[int]
) -> None:
    assert spread(frames, pictures) == (depth, places)


@given(st.integers(2, 60), st.integers(2, 500))
def test_pictures_are_apart_and_near_their_times(frames: int, pictures: int) -> None:
    depth, places = spread(frames, pictures)
    gap, spacing = 1 << depth, Fraction(frames - 1, pictures - 1)
    assert (places[0], places[-1]) == (0, (frames - 1) * gap)
    assert len(set(places)) == pictures
    for number, place in enumerate(places):
        late = abs(Fraction(place, gap) - number * spacing)
        assert late <= Fraction(1, 2 * gap)
        assert depth == 0 or late <= spacing / 2


@given(st.integers(2, 60), st.integers(2, 500))
def test_the_depth_is_the_least_that_keeps_pictures_apart(frames: int, pictures: int) -> None:
    depth, _ = spread(frames, pictures)
    assert depth == 0 or (frames - 1) << (depth - 1) < pictures - 1


@pytest.mark.parametrize(
    ("places", "depth", "made"),
    [
        ([], 0, []),
        ([0, 1, 2], 0, []),
        ([0, 4, 8], 2, [[], []]),
        ([2], 2, [[2], []]),
        ([1], 2, [[2], [1]]),
        ([0, 1, 3, 4], 2, [[2], [1, 3]]),
        ([13], 3, [[12], [14], [13]]),
    ],
)
def test_a_place_is_made_after_the_two_that_it_lies_between(
    places: list[int], depth: int, made: list[list[int]]
) -> None:
    assert rounds(places, depth) == made
