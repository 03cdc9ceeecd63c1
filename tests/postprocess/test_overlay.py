"""What the label and the caption promise: there when asked for, readable on anything, nowhere else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webtv.domain import HouseFormat
from webtv.postprocess.fonts import ELLIPSIS, line
from webtv.postprocess.overlay import CAPTION_UNTIL_S, Overlay, caption_strength

FORMAT = HouseFormat()
LATER = int(CAPTION_UNTIL_S * FORMAT.fps) + 1


def drawn(overlay: Overlay, number: int, level: int = 0, format: HouseFormat = FORMAT) -> np.ndarray:
    picture = np.full((format.height, format.width, 3), level, np.uint8)
    overlay.draw(picture, number)
    return picture


@pytest.mark.parametrize("level", [0, 90, 160, 255])
def test_the_label_reads_on_every_grey(level: int) -> None:
    picture = drawn(Overlay(FORMAT, "AI generated"), LATER, level)
    corner = picture[: FORMAT.height // 8, FORMAT.width * 3 // 4 :]
    assert np.ptp(corner) >= 90
    untouched = picture.copy()
    untouched[: FORMAT.height // 8, FORMAT.width * 3 // 4 :] = level
    assert np.all(untouched == level)


def test_without_texts_the_picture_is_untouched() -> None:
    overlay = Overlay(FORMAT, "", "   ")
    assert all(np.all(drawn(overlay, number, 77) == 77) for number in (0, 30, LATER))


def test_the_caption_comes_softly_and_goes() -> None:
    overlay = Overlay(FORMAT, "", "Lanterns over the harbour")
    brightest = [int(drawn(overlay, number).max()) for number in (0, 18, 24, 60, 120, 126, LATER)]
    assert brightest[0] == brightest[-1] == 0
    assert 0 < brightest[1] < brightest[2] < brightest[3]
    assert 0 < brightest[5] < brightest[4] <= brightest[3]
    where = np.nonzero(drawn(overlay, 60).max(axis=2))
    assert where[0].min() > FORMAT.height * 0.8
    assert where[1].max() < FORMAT.width / 2


@given(st.floats(-5, 60))
def test_the_caption_is_never_more_than_whole(seconds: float) -> None:
    assert 0 <= caption_strength(seconds) <= 1


def test_label_and_caption_grow_with_the_picture() -> None:
    large = HouseFormat(width=1920, height=1080)
    heights = []
    for format in (FORMAT, large):
        rows = np.nonzero(drawn(Overlay(format, "AI generated"), LATER, 0, format).max(axis=2) > 60)[0]
        heights.append(np.ptp(rows))
    assert heights[1] / heights[0] == pytest.approx(1080 / 576, rel=0.15)


@pytest.mark.parametrize("size", [(64, 64), (64, 2160), (3840, 64)])
def test_tiny_and_odd_formats_are_survived(size: tuple[int, int]) -> None:
    format = HouseFormat(width=size[0], height=size[1])
    overlay = Overlay(format, "AI generated", "A caption that is far too long for this")
    assert drawn(overlay, 60, 128, format).shape == (size[1], size[0], 3)


def test_a_long_text_ends_with_an_ellipsis_that_fits() -> None:
    cut = line("word " * 60, "text", 24, width=300)
    assert cut.text.endswith(ELLIPSIS)
    assert cut.width <= 300
    assert line("short", "text", 24, width=300).text == "short"


@pytest.mark.parametrize(
    "text", ["Träume über Łódź", "Ночной эфир", "Ελληνικά", "Tiếng Việt", "naïve — “quotes”"]
)
def test_accents_greek_and_cyrillic_are_drawn_as_written(text: str) -> None:
    for weight in ("display", "text"):
        assert line(text, weight, 24, width=1000).text == text


def test_what_no_face_can_draw_is_left_out() -> None:
    assert line("Dream \U000f1234 channel", "text", 24, width=1000).text == "Dream channel"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    drawn(
        Overlay(HouseFormat(width=256, height=144), text, text), 60, 128, HouseFormat(width=256, height=144)
    )
