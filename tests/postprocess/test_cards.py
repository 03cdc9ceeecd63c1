"""What slate and bumper promise: the length, visible slow motion, no seam, colours and words of the title."""

from itertools import pairwise

import numpy as np
import pytest

from webtv.domain import HouseFormat
from webtv.postprocess.cards import bed, bumper_pictures, slate_pictures

FORMAT = HouseFormat(width=512, height=288)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(int) - second).mean())


@pytest.mark.parametrize("pictures", [slate_pictures, bumper_pictures])
@pytest.mark.parametrize("frames", [1, 16, 64])
def test_cards_have_exactly_their_pictures_in_the_house_size(pictures, frames: int) -> None:
    made = list(pictures("Deep Dreams", "back in a moment", FORMAT, frames))
    assert len(made) == frames
    assert all(picture.shape == (288, 512, 3) and picture.dtype == np.uint8 for picture in made)


@pytest.mark.parametrize("pictures", [slate_pictures, bumper_pictures])
def test_no_card_is_ever_frozen_or_black(pictures) -> None:
    made = list(pictures("Deep Dreams", "back in a moment", FORMAT, 192))
    assert min(picture.mean() for picture in made) > 40
    assert min(difference(a, b) for a, b in pairwise(made)) > 0.1


def test_a_row_of_slates_has_no_seam() -> None:
    made = list(slate_pictures("Deep Dreams", "back in a moment", FORMAT, 96))
    steps = [difference(a, b) for a, b in pairwise(made)]
    assert min(steps) * 0.9 <= difference(made[-1], made[0]) <= max(steps) * 1.1


def test_the_same_title_gives_the_same_bytes_and_another_other_colours() -> None:
    first, again, other = (
        next(slate_pictures(title, "", FORMAT, 192)) for title in ("Deep Dreams", "Deep Dreams", "Tides")
    )
    assert np.array_equal(first, again)
    assert difference(first, other) > 5


def test_the_words_stand_in_the_middle_of_the_slate() -> None:
    with_words = next(slate_pictures("Tides", "back in a moment", FORMAT, 192))
    without = next(slate_pictures("Tides", "", FORMAT, 192))
    rows, columns = np.nonzero(with_words.max(axis=2) > 235)
    assert abs(columns.mean() - FORMAT.width / 2) < 8
    assert 0.3 < rows.mean() / FORMAT.height < 0.6
    assert difference(with_words[170:], without[170:]) > 0.1


@pytest.mark.parametrize(
    "title", ["", "A" * 300, "word " * 60, "夜の夢", "مساء الخير", "\u200b", "Łódź über München"]
)
def test_any_title_makes_a_slate(title: str) -> None:
    picture = next(slate_pictures(title, "back in a moment", FORMAT, 192))
    bright = np.nonzero(picture.max(axis=2) > 235)[1]
    assert picture.shape == (288, 512, 3)
    assert not len(bright) or (bright.min() > 20 and bright.max() < 492)


def test_a_bumper_begins_and_ends_without_its_title() -> None:
    made = list(bumper_pictures("Tides", "", FORMAT, 160))
    white = [int((picture.min(axis=2) > 225).sum()) for picture in (made[0], made[80], made[-1])]
    assert white[1] > 10 * max(1, white[0], white[2])


def test_the_bed_is_quiet_audible_and_tiles() -> None:
    sound = bed(192 * 1600)
    assert sound.shape == (307_200, 2)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.01)
    assert 0.03 < np.sqrt(np.mean(sound**2)) < 0.25
    inside = np.abs(np.diff(sound, axis=0)).max()
    assert np.abs(sound[0] - sound[-1]).max() <= inside
    tenths = sound[: len(sound) // 10 * 10].reshape(10, -1)
    assert np.sqrt((tenths**2).mean(axis=1)).min() > 0.02
    assert np.array_equal(sound, bed(307_200))
