"""What the interpolator promises: the count, the ends, better pictures than a blend, and the same bytes."""

import threading
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from webtv.domain import Take
from webtv.errors import EngineError
from webtv.models.catalogue import of_family
from webtv.postprocess.interpolate import load_interpolator

WIDTH, HEIGHT = 256, 144


def texture() -> np.ndarray:
    chance = np.random.default_rng(3)
    layers = [
        cv2.resize(chance.random((512 // k, 512 // k, 3)), (512, 512), interpolation=cv2.INTER_CUBIC) * k
        for k in (8, 16, 32, 64)
    ]
    picture = sum(layers)
    return np.uint8(255 * (picture - picture.min()) / (picture.max() - picture.min()))


TEXTURE = texture()


def seen(degrees: float = 0, zoom: float = 1, right: float = 0, down: float = 0) -> np.ndarray:
    """The texture through a camera that has moved; the truth that an in-between picture should be."""
    camera = cv2.getRotationMatrix2D((256, 256), degrees, zoom)
    camera[:, 2] += (WIDTH / 2 - 256 + right, HEIGHT / 2 - 256 + down)
    return cv2.warpAffine(TEXTURE, camera, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)


MOVES: dict[str, Callable[[float], np.ndarray]] = {
    "translating": lambda at: seen(right=9 * at, down=-4 * at),
    "rotating": lambda at: seen(degrees=5 * at),
    "zooming": lambda at: seen(zoom=1 + 0.12 * at),
}


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((picture.astype(float) - truth) ** 2)))


def interpolated(
    frames: np.ndarray, count: int, width: int = WIDTH, height: int = HEIGHT
) -> list[np.ndarray]:
    return list(load_interpolator("flow").interpolate(Take(frames, 8), count, width=width, height=height))


@pytest.mark.parametrize("name", of_family("interpolator"))
def test_every_interpolator_loads_and_is_named_as_its_row(name: str) -> None:
    engine = load_interpolator(name)
    assert engine.name == name
    assert engine.version >= 1


def test_an_unknown_interpolator_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(EngineError, match=r"'flaw'.*did you mean 'flow'"):
        load_interpolator("flaw")


@pytest.mark.parametrize("move", MOVES)
def test_in_between_pictures_are_far_nearer_the_truth_than_a_blend(move: str) -> None:
    frames = np.stack([MOVES[move](at) for at in range(3)])
    pictures = interpolated(frames, 9)
    for number in (1, 2, 3, 5, 6, 7):
        index, t = number // 4, number % 4 / 4
        blend = cv2.addWeighted(frames[index], 1 - t, frames[index + 1], t, 0)
        truth = MOVES[move](number / 4)
        assert psnr(pictures[number], truth) > psnr(blend, truth) + 6


@pytest.mark.parametrize(
    ("frames", "count"), [(1, 1), (1, 5), (2, 1), (2, 2), (3, 2), (5, 3), (4, 4), (3, 17)]
)
def test_exactly_the_asked_number_of_house_size_pictures_comes_out(frames: int, count: int) -> None:
    take = np.stack([seen(right=2 * number) for number in range(frames)])
    pictures = interpolated(take, count, 320, 180)
    assert len(pictures) == count
    assert all(picture.shape == (180, 320, 3) and picture.dtype == np.uint8 for picture in pictures)


def test_the_first_and_last_pictures_are_the_first_and_last_frames() -> None:
    take = np.stack([seen(right=2 * number) for number in range(4)])
    pictures = interpolated(take, 11)
    assert np.array_equal(pictures[0], take[0])
    assert np.array_equal(pictures[-1], take[-1])


def test_a_take_without_motion_stays_as_it_is() -> None:
    still = seen()
    for picture in interpolated(np.stack([still] * 3), 7):
        assert np.abs(picture.astype(int) - still).max() <= 1


def test_a_cut_inside_a_take_stays_a_cut() -> None:
    chance = np.random.default_rng(5)
    scenes = [np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in (30, 200)]
    scenes[1] += np.uint8(cv2.resize(chance.random((9, 16, 3)), (WIDTH, HEIGHT)) * 50)
    pictures = interpolated(np.stack(scenes), 9)
    assert all(min(np.abs(p.astype(int) - s).max() for s in scenes) == 0 for p in pictures)


def test_a_take_of_another_aspect_fills_the_picture_without_being_stretched() -> None:
    square = np.zeros((1, 240, 240, 3), np.uint8)
    cv2.circle(square[0], (120, 120), 40, (255, 255, 255), -1)
    [picture] = interpolated(square, 1, 320, 180)
    rows, columns = np.nonzero(picture[..., 0] > 127)
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 2
    assert abs(columns.mean() - 159.5) < 2
    assert abs(rows.mean() - 89.5) < 2


def test_each_picture_is_its_own_and_may_be_drawn_on() -> None:
    take = np.stack([seen(), seen(right=4)])
    clean = interpolated(take, 5)
    drawn = []
    for picture in load_interpolator("flow").interpolate(Take(take, 8), 5, width=WIDTH, height=HEIGHT):
        drawn.append(picture.copy())
        picture[:] = 0
    assert all(np.array_equal(a, b) for a, b in zip(clean, drawn, strict=True))


def test_one_interpolator_in_several_threads_gives_the_same_bytes() -> None:
    take = Take(np.stack([seen(right=5 * number, degrees=number) for number in range(4)]), 8)
    engine = load_interpolator("flow")
    results: dict[int, bytes] = {}

    def work(number: int) -> None:
        pictures = engine.interpolate(take, 13, width=WIDTH, height=HEIGHT)
        results[number] = b"".join(picture.tobytes() for picture in pictures)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    assert len(set(results.values())) == 1


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((0, 90, 160, 3), np.uint8),
        np.zeros((3, 90, 160), np.uint8),
        np.zeros((3, 90, 160, 3), np.float32),
    ],
)
def test_a_take_of_the_wrong_form_is_refused(frames: np.ndarray) -> None:
    with pytest.raises(EngineError, match="a take must be"):
        interpolated(frames, 4)


@pytest.mark.parametrize("size", [(16, 16), (8, 200), (640, 36)])
def test_takes_of_odd_sizes_still_work(size: tuple[int, int]) -> None:
    chance = np.random.default_rng(1)
    assert len(interpolated(np.uint8(chance.random((2, *size, 3)) * 255), 3)) == 3
