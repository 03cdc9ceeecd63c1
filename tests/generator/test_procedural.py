"""What the offline video backend promises of every take."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import cv2
import numpy as np
import pytest

from webtv.domain import Movement, Shot
from webtv.errors import EngineError
from webtv.generator.video import load_video_backend
from webtv.generator.video.procedural import Procedural
from webtv.generator.video.procedural.vocabulary import ROWS
from webtv.generator.video.procedural.words import Look, family_named, look_of, scale_of
from webtv.models.catalogue import of_family

SMALL = {"frames": 6, "width": 160, "height": 96}
LUMA = np.array([0.2126, 0.7152, 0.0722]) / 255
FAMILIES = sorted({row.partition("/")[0] for row in ROWS})


def shot(subject: str = "a long ocean swell", **changes: object) -> Shot:
    fields: dict[str, object] = {
        "subject": subject,
        "action": "",
        "setting": "",
        "framing": "medium shot",
        "movement": Movement(),
        "light": "soft overcast light",
        "palette": "teal and orange",
        "style": "",
        "seconds": 1.0,
        "seed": 7,
    }
    return Shot.model_validate(fields | changes)


def words_for(row: str) -> str:
    """A subject of words that ask for ``row``, those that no other row shares first."""
    words = ROWS[row].split()
    return " ".join(sorted(words, key=lambda word: sum(word in other.split() for other in ROWS.values()))[:4])


def test_every_backend_of_the_table_loads_and_keeps_the_contract() -> None:
    for name in of_family("video"):
        backend = load_video_backend(name)
        assert backend.name == name
        assert backend.version >= 1


def test_an_unknown_backend_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(EngineError, match="did you mean 'procedural'"):
        load_video_backend("procedual")


def test_a_take_covers_the_whole_shot_and_reports_its_progress() -> None:
    heard: list[float] = []
    take = Procedural().make(shot(seconds=3.0), **SMALL, progress=heard.append)
    assert take.frames.shape == (6, 96, 160, 3)
    assert take.frames.dtype == np.uint8
    assert take.fps == pytest.approx(2.0)
    assert heard == sorted(heard)
    assert heard[-1] == 1


def test_a_size_that_cannot_be_painted_is_refused() -> None:
    with pytest.raises(EngineError, match="a take needs"):
        Procedural().make(shot(), frames=1)


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_look_is_never_black_blown_out_or_frozen(row: str) -> None:
    family, _, variant = row.partition("/")
    for index, (light, palette) in enumerate(
        (("cold moonlight", "black and red"), ("bright studio light", "ivory"))
    ):
        planned = shot(words_for(row), light=light, seed=index, palette=palette)
        frames = _made(planned, Look(family, variant))
        mean = float((frames @ LUMA).mean())
        assert 0.12 <= mean <= 0.8, f"{row} in {light}: mean luma {mean:.2f}"
        moved = [float(cv2.absdiff(a, b).max()) for a, b in pairwise(frames)]
        assert min(moved) >= 6, f"{row} in {light}: a frame like the one before"


def _made(planned: Shot, look: Look) -> np.ndarray:
    """The take of ``planned`` with ``look`` forced upon it."""
    return Procedural().render(planned, look, **SMALL).frames


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_shot_makes_the_same_bytes_also_in_parallel(family: str) -> None:
    row = next(row for row in ROWS if row.startswith(f"{family}/"))
    look = Look(*row.split("/"))
    planned = shot(words_for(row), movement=Movement(kind="orbit", direction="left", speed="steady"))
    with ThreadPoolExecutor(2) as pool:
        takes = list(pool.map(lambda _: _made(planned, look).tobytes(), range(2)))
    assert takes[0] == takes[1]


@pytest.mark.parametrize("family", FAMILIES)
def test_another_seed_makes_another_picture(family: str) -> None:
    row = next(row for row in ROWS if row.startswith(f"{family}/"))
    look = Look(*row.split("/"))
    first, second = (_made(shot(words_for(row), seed=seed), look)[3].astype(float) for seed in (1, 2))
    assert np.abs(first - second).mean() > 3


@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_look_can_be_asked_for_by_words(row: str) -> None:
    family, _, variant = row.partition("/")
    chosen = {look_of(shot(words_for(row), seed=seed)) for seed in range(12)}
    assert Look(family, variant) in chosen


def test_unknown_words_choose_by_a_stable_hash() -> None:
    chosen = [look_of(shot("a grumbleflax", seed=seed)) for seed in range(40)]
    assert chosen == [look_of(shot("a grumbleflax", seed=seed)) for seed in range(40)]
    assert len(set(chosen)) > 12


@pytest.mark.parametrize(
    "row", ["ocean/swell", "silk/ribbon", "skyline/towers", "kaleidoscope/star", "tunnel/round"]
)
def test_the_palette_follows_its_words(row: str) -> None:
    look = Look(*row.split("/"))

    def balance(palette: str) -> float:
        mean = _made(shot(words_for(row), palette=palette, light="clear midday sun"), look).mean(
            axis=(0, 1, 2)
        )
        return float(mean[0] - mean[2])

    assert balance("crimson") > balance("teal") + 25


def test_moonlight_is_darker_than_noon() -> None:
    night, noon = (
        Procedural().make(shot(light=light), **SMALL).frames.mean()
        for light in ("cold moonlight", "bright noon")
    )
    assert night < noon - 20


def _flow(planned: Shot, look: Look) -> tuple[float, float]:
    """How far the picture's clearer half moves over two frames: right and down, in pixels."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in _made(planned, look)[2:5]]
    moved = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey[0], grey[2], None)
    detail = cv2.GaussianBlur(cv2.Laplacian(grey[0], cv2.CV_32F) ** 2, (0, 0), 2)
    clear = moved[detail > np.median(detail)]
    return float(np.median(clear[:, 0])), float(np.median(clear[:, 1]))


@pytest.mark.parametrize(
    "row", ["skyline/towers", "terrain/mountain", "forest/trunks", "nebula/planet", "bloom/rose"]
)
def test_a_pan_to_the_right_moves_the_picture_to_the_left(row: str) -> None:
    def drift(direction: str) -> float:
        movement = Movement(kind="pan", direction=direction, speed="slow")
        return _flow(
            shot(words_for(row), movement=movement, light="bright noon", seconds=0.5), Look(*row.split("/"))
        )[0]

    assert drift("right") < -2
    assert drift("left") > 2


def test_a_tilt_up_moves_the_picture_down() -> None:
    tilted = shot(
        "skyscrapers downtown", movement=Movement(kind="tilt", direction="up", speed="fast"), seconds=0.5
    )
    assert _flow(tilted, Look("skyline", "towers"))[1] > 3


def test_a_close_up_is_nearer_than_a_wide_shot() -> None:
    close, wide = scale_of("extreme close-up"), scale_of("wide establishing shot")
    assert close > 1.3
    assert wide < 0.8


def test_every_row_of_the_vocabulary_has_a_family() -> None:
    for family in FAMILIES:
        assert callable(family_named(family))
