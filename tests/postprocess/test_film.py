"""The engine ``film``: the interpolator's contract, cuts, and memory that is short. Weights are random."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.models.tiny_film import save_film
from tests.models.traced import traced
from webtv.domain import Take
from webtv.errors import EngineError
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.interpolate import load_interpolator
from webtv.postprocess.interpolate.film import FILM
from webtv.postprocess.interpolate.film.room import Room, in_parts, room_for
from webtv.postprocess.interpolate.film.strip import Strip
from webtv.postprocess.interpolate.film.weights import REPOSITORY

torch.set_num_threads(1)

WIDTH, HEIGHT = 64, 36


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> FILM:
    models = tmp_path_factory.mktemp("models")
    save_film(models)
    return FILM(Host(HostSettings(folder=models)))


@pytest.fixture
def stages(engine: FILM) -> Iterator[list[tuple[int, ...]]]:
    """The shapes of the pictures that features were taken of."""
    shapes: list[tuple[int, ...]] = []
    with hooked(engine, lambda pictures: shapes.append(tuple(pictures.shape))):
        yield shapes


class hooked:
    """Something that happens before features are taken of pictures."""

    def __init__(self, engine: FILM, does: Callable[[Tensor], None]) -> None:
        self.engine, self.does = engine, does

    def __enter__(self) -> None:
        def before(_: nn.Module, given: tuple[Tensor]) -> None:
            self.does(given[0])

        with self.engine.host.using("film", self.engine._load) as network:
            self.hook = network.extract.register_forward_pre_hook(before)

    def __exit__(self, *_: object) -> None:
        self.hook.remove()


def seen(right: float, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    x, y = np.meshgrid(np.arange(width) + right, np.arange(height))
    waves = [np.sin(x / 5 + y / 9), np.sin(x / 7 - y / 6), np.cos(x / 4)]
    return np.uint8(np.round(127.5 + 100 * np.dstack(waves)))


def moving(frames: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    return np.stack([seen(2 * number, width, height) for number in range(frames)])


def interpolated(
    engine: FILM, frames: np.ndarray, count: int, width: int = WIDTH, height: int = HEIGHT
) -> list[np.ndarray]:
    return list(engine.interpolate(Take(frames, 8), count, width=width, height=height))


@pytest.mark.parametrize(
    ("frames", "count"), [(1, 1), (1, 5), (2, 1), (2, 2), (3, 2), (5, 3), (4, 4), (2, 4), (3, 5)]
)
def test_exactly_the_asked_number_of_house_size_pictures_comes_out(
    engine: FILM, frames: int, count: int
) -> None:
    pictures = interpolated(engine, moving(frames), count, 96, 54)
    assert len(pictures) == count
    assert all(picture.shape == (54, 96, 3) and picture.dtype == np.uint8 for picture in pictures)


def test_frames_stay_as_they_are_and_pictures_between_them_are_like_both(engine: FILM) -> None:
    take = moving(3)
    pictures = interpolated(engine, take, 5)
    for number in range(3):
        assert np.array_equal(pictures[2 * number], take[number])
    for number in range(2):
        mean = (take[number].astype(float) + take[number + 1]) / 2
        between = pictures[2 * number + 1]
        assert np.abs(between - mean).mean() < 12
        assert not np.array_equal(between, take[number])


def test_equal_takes_give_equal_bytes(engine: FILM) -> None:
    first, second = (interpolated(engine, moving(2), 4) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_in_half_precision_as_on_a_gpu_it_makes_nearly_the_same_pictures(
    engine: FILM, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = interpolated(engine, moving(2), 3)[1]
    monkeypatch.setattr(Host, "half", torch.float16)
    picture = interpolated(FILM(Host(engine.host.settings)), moving(2), 3)[1]
    assert np.abs(picture.astype(int) - exact).max() <= 3


def test_compiled_it_makes_the_same_pictures(engine: FILM, monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = traced(monkeypatch)
    compiled = FILM(Host(engine.host.settings.model_copy(update={"compile": True})))
    pairs = zip(interpolated(compiled, moving(2), 3), interpolated(engine, moving(2), 3), strict=True)
    assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in pairs)
    assert len(graphs) == 2


def test_each_picture_is_its_own_and_may_be_drawn_on(engine: FILM) -> None:
    clean = interpolated(engine, moving(2), 5)
    drawn = []
    for picture in engine.interpolate(Take(moving(2), 8), 5, width=WIDTH, height=HEIGHT):
        drawn.append(picture.copy())
        picture[:] = 0
    assert all(np.array_equal(a, b) for a, b in zip(clean, drawn, strict=True))


def test_a_cut_inside_a_take_stays_a_cut(engine: FILM, stages: list[tuple[int, ...]]) -> None:
    scenes = np.stack([np.full((HEIGHT, WIDTH, 3), 30, np.uint8), 155 + seen(0) // 3])
    pictures = interpolated(engine, scenes, 5)
    assert [np.array_equal(picture, scenes[0]) for picture in pictures] == [True, True, False, False, False]
    assert all(np.array_equal(picture, scenes[1]) for picture in pictures[2:])
    assert not stages


def test_features_of_a_picture_are_taken_once(engine: FILM, stages: list[tuple[int, ...]]) -> None:
    interpolated(engine, moving(3), 9)
    # three frames, and the two pictures of the first round; those of the second are nobody's neighbours
    assert sum(count for count, *_ in stages) == 5


def test_small_takes_are_worked_on_at_their_own_size_and_large_ones_at_the_houses(
    engine: FILM, stages: list[tuple[int, ...]]
) -> None:
    interpolated(engine, moving(2), 3, 256, 144)
    interpolated(engine, moving(2, 256, 144), 3, WIDTH, HEIGHT)
    assert [shape[2:] for shape in stages] == [(64, 64), (64, 64)]


def test_a_take_of_another_aspect_fills_the_picture_without_being_stretched(engine: FILM) -> None:
    square = np.zeros((2, 120, 120, 3), np.uint8)
    for frame in square:
        cv2.circle(frame, (60, 60), 20, (255, 255, 255), -1)
    picture = interpolated(engine, square, 3, 128, 72)[1]
    rows, columns = np.nonzero(picture[..., 0] > 127)
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 2
    assert abs(columns.mean() - 63.5) < 2


@pytest.mark.parametrize("size", [(16, 16), (8, 100), (160, 36)])
def test_takes_of_odd_sizes_still_work(engine: FILM, size: tuple[int, int]) -> None:
    assert len(interpolated(engine, moving(2, *size), 3)) == 3


def test_a_network_that_is_loaded_amid_a_take_can_still_be_moved(engine: FILM) -> None:
    """As when another model took its room, and later does so again."""
    fresh = FILM(Host(engine.host.settings))
    strip = Strip(fresh.host, fresh._load, 1, room_for(WIDTH, HEIGHT, "cpu"))
    assert list(strip.made(moving(2), [1], WIDTH, HEIGHT)) == [1]
    with fresh.host.using("film", fresh._load) as network:
        network.double()
        with torch.inference_mode():
            middle = network(*network.extract(torch.rand(2, 3, 64, 64, dtype=torch.float64)))
    assert middle.dtype == torch.float64


def test_a_take_of_the_wrong_form_is_refused(engine: FILM) -> None:
    with pytest.raises(EngineError, match="interpolator film: a take must be"):
        interpolated(engine, np.zeros((0, 36, 64, 3), np.uint8), 4)


def test_missing_weights_are_told_before_the_first_picture(tmp_path: Path) -> None:
    engine = load_interpolator("film", Host(HostSettings(folder=tmp_path)))
    with pytest.raises(EngineError, match="missing: run `webtv models pull film`"):
        engine.check()
    pictures = engine.interpolate(Take(moving(2), 8), 3, width=WIDTH, height=HEIGHT)
    with pytest.raises(EngineError, match="missing: run `webtv models pull film`"):
        next(pictures)


def test_damaged_weights_are_told_with_what_to_run(tmp_path: Path) -> None:
    (tmp_path / REPOSITORY).mkdir(parents=True)
    (tmp_path / REPOSITORY / "film_net_fp32.pt").write_bytes(b"PK" + bytes(1000))
    engine = load_interpolator("film", Host(HostSettings(folder=tmp_path)))
    with pytest.raises(EngineError, match="damaged or incomplete: run `webtv models pull film`"):
        engine.check()


def short_above(pixels: int) -> Callable[[Tensor], None]:
    def happens(pictures: Tensor) -> None:
        if pictures.shape[0] * pictures.shape[2] * pictures.shape[3] > pixels:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    return happens


def test_when_memory_is_short_fewer_pairs_are_made_at_once(
    engine: FILM, stages: list[tuple[int, ...]]
) -> None:
    calm = interpolated(engine, moving(5), 9)
    stages.clear()
    with hooked(engine, short_above(3 * 64 * 64)):
        short = interpolated(engine, moving(5), 9)
    assert [count for count, *_ in stages] == [5, 3, 2]  # pictures whose features were asked for
    assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(calm, short, strict=True))


def test_when_memory_is_very_short_pictures_are_made_in_parts(
    engine: FILM, stages: list[tuple[int, ...]]
) -> None:
    take = moving(2, 256, 64)
    calm = interpolated(engine, take, 3, 256, 64)
    stages.clear()
    with hooked(engine, short_above(2 * 192 * 64)):
        short = interpolated(engine, take, 3, 256, 64)
    assert [shape for shape in stages if shape[3] < 256] == [(2, 3, 64, 192)] * 2
    assert np.abs(calm[1].astype(int) - short[1]).mean() < 4


def test_when_no_part_fits_torchs_own_error_says_so(engine: FILM) -> None:
    with hooked(engine, short_above(0)), pytest.raises(torch.OutOfMemoryError):
        interpolated(engine, moving(2), 3)


def test_parts_overlap_and_shrink_until_they_cannot() -> None:
    room = Room(576, 1024, pairs=4)
    sizes = []
    while room is not None:
        spans = room.parts()
        sizes.append((room.pairs, len(spans), spans[0][0].stop, spans[0][1].stop))
        covered = np.zeros((576, 1024), int)
        for span in spans:
            covered[span] += 1
        assert covered.min() == 1
        room = room.less()
    assert sizes[:5] == [
        (4, 1, 576, 1024),
        (2, 1, 576, 1024),
        (1, 1, 576, 1024),
        (1, 2, 576, 576),
        (1, 4, 384, 576),
    ]
    assert sizes[-1] == (1, 98, 192, 192)


def test_parts_of_a_picture_without_motion_agree_with_the_whole(engine: FILM) -> None:
    picture = torch.from_numpy(seen(0, 256, 64)).permute(2, 0, 1)[None] / 255
    both = torch.cat([picture, picture])
    with torch.inference_mode(), engine.host.using("film", engine._load) as network:
        whole = network(*network.extract(both))
        parts = in_parts(network, both, Room(64, 256, pairs=1, columns=2))
    assert torch.norm(parts - whole) / torch.norm(whole) < 0.02
