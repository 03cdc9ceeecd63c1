from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webtv.config.services import OpenAIConfig
from webtv.domain import Brief, Script
from webtv.errors import EngineError
from webtv.generator.writer import load_writer
from webtv.generator.writer.camera import DIRECTIONS
from webtv.generator.writer.grammar import compose
from webtv.generator.writer.length import CLIP_TOKENS, clip_tokens
from webtv.generator.writer.music import CIRCLE, INSTRUMENTS
from webtv.generator.writer.openai_service import Service
from webtv.generator.writer.similarity import TOO_ALIKE, fingerprint, likeness
from webtv.generator.writer.theme import read_theme
from webtv.models.catalogue import of_family

THEMES = [
    "deep sea creatures drifting through neon coral cities",
    "quiet mornings in a mountain village",
    "jazz",
    "cats",
    "tax forms",
    "nihilism",
    "Tiefseewesen treiben durch Korallenstädte aus Neonlicht",
    "深海の生き物がネオンの珊瑚の都市を漂う",
    "An old lighthouse keeper watches storms roll in over a grey sea, while gulls wheel overhead. At night "
    "the beam sweeps over empty boats and he writes letters that nobody will read.",
]

BRANDS = re.compile(
    r"\b(imax|canon|nikon|sony|kodak|fuji\w*|leica|arri|pixar|disney|ghibli|dreamworks|unreal|unity|netflix|marvel|"
    r"lego|nintendo|octane|artstation|hasselblad|polaroid|technicolor|iphone|gopro)\b",
    re.IGNORECASE,
)

NEARLY_THE_THRESHOLD = TOO_ALIKE + 0.1
"""When a theme runs dry the least alike draft is taken: it may pass the threshold, but not by more."""


def channel(theme: str, clips: int = 25, *, style: str = "", shots: int = 4) -> list[Script]:
    """The clips of a channel in a row, each told of the two hundred prompts before it."""
    prompts: list[str] = []
    scripts = []
    for seed in range(clips):
        recent = tuple(prompts[-200:])
        script = compose(Brief(theme=theme, style=style, shots=shots, seed=seed, recent=recent))
        prompts += [shot.prompt for shot in script.shots]
        scripts.append(script)
    return scripts


@pytest.fixture(scope="module")
def channels() -> dict[str, list[Script]]:
    return {theme: channel(theme) for theme in THEMES}


def trigram_cosine(a: str, b: str) -> float:
    """A second opinion that shares nothing with the writer's own measure."""
    x, y = ({text[i : i + 3] for i in range(len(text) - 2)} for text in (a.casefold(), b.casefold()))
    return len(x & y) / (len(x) * len(y)) ** 0.5


@pytest.mark.parametrize("theme", THEMES)
def test_of_a_hundred_shots_in_a_row_no_two_are_alike(channels: dict[str, list[Script]], theme: str) -> None:
    shots = [shot for script in channels[theme] for shot in script.shots]
    assert len(shots) == 100
    theme_words = read_theme(theme).words
    marks = [fingerprint(shot.prompt, theme_words) for shot in shots]
    pairs = [(i, j) for j in range(100) for i in range(j)]
    assert max(likeness(marks[i], marks[j]) for i, j in pairs) < NEARLY_THE_THRESHOLD
    assert sum(likeness(marks[i], marks[j]) >= TOO_ALIKE for i, j in pairs) <= 25
    assert max(trigram_cosine(shots[i].prompt, shots[j].prompt) for i, j in pairs) < 0.9
    assert len({(shot.subject, shot.action, shot.setting) for shot in shots}) == 100


def test_a_near_duplicate_of_a_recent_prompt_is_refused() -> None:
    brief = Brief(theme="jazz", seed=5)
    first = compose(brief).shots[0].prompt
    again = compose(brief.model_copy(update={"recent": (first,)})).shots
    given_words = read_theme("jazz").words
    marks = [fingerprint(shot.prompt, given_words) for shot in again]
    assert max(likeness(fingerprint(first, given_words), mark) for mark in marks) < TOO_ALIKE


def test_a_writer_that_has_said_everything_still_writes() -> None:
    prompts: list[str] = []
    for seed in range(12):
        brief = Brief(theme="winter", style="woodcut", shots=16, seconds=40, seed=seed, recent=tuple(prompts))
        prompts += [shot.prompt for shot in compose(brief).shots]
    assert len(prompts) == 192
    assert len(set(prompts)) == 192


def test_the_same_brief_gives_the_same_script_in_another_process() -> None:
    brief = Brief(theme="robots dancing in the rain", seed=77, recent=("a robot, a rainy street",))
    code = "import sys; from webtv.domain import Brief; from webtv.generator.writer.grammar import compose; "
    code += "print(compose(Brief.model_validate_json(sys.argv[1])).model_dump_json())"
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, brief.model_dump_json()],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        )
        script = asyncio.run(load_writer("grammar").write(brief))
        assert json.loads(done.stdout) == script.model_dump(mode="json")


def test_another_seed_gives_another_clip() -> None:
    one, two = (compose(Brief(theme="desert", seed=seed)) for seed in (1, 2))
    assert {shot.prompt for shot in one.shots}.isdisjoint(shot.prompt for shot in two.shots)


@pytest.mark.parametrize("theme", THEMES)
def test_every_shot_names_its_theme(channels: dict[str, list[Script]], theme: str) -> None:
    names = [part.bare.casefold() for part in read_theme(theme).parts]
    for script in channels[theme]:
        for shot in script.shots:
            assert any(name in shot.prompt.casefold() for name in names), shot.prompt


def test_all_words_that_matter_are_seen_within_an_hour(channels: dict[str, list[Script]]) -> None:
    prompts = " ".join(s.prompt for script in channels[THEMES[0]] for s in script.shots)
    for word in ("deep", "sea", "creatures", "drifting", "neon", "coral", "cities"):
        assert word in prompts


@pytest.mark.parametrize(
    ("theme", "prompt_has"),
    [
        ("a lighthouse", "a lighthouse"),
        ("octopus", "an octopus"),
        ("tax forms", "tax forms"),
        ("rain", "rain"),
        ("an hour of silence", "an hour of silence"),
        ("unicorns", "unicorns"),
        ("ocean", "the ocean"),
        ("in outer space", "in outer space"),
    ],
)
def test_articles_agree_with_their_nouns(theme: str, prompt_has: str) -> None:
    prompts = [shot.prompt for script in channel(theme, 6) for shot in script.shots]
    assert any(prompt_has in prompt for prompt in prompts)
    for prompt in prompts:
        assert not re.search(
            r"\b(a [aeio]\w|an [bcdfgjklmnpqrstvwxyz]\w|a \w+s (drift|glid|walk))", prompt
        ), prompt
        assert not re.search(r"\b(\w+) \1\b|  | ,|,,|\{|\}", prompt), prompt


@pytest.mark.parametrize("theme", THEMES)
def test_the_shots_of_a_clip_belong_together(channels: dict[str, list[Script]], theme: str) -> None:
    for script in channels[theme]:
        assert len({(shot.palette, shot.style) for shot in script.shots}) == 1
        assert script.shots[0].transition == "cut"
        for before, after in pairwise(script.shots):
            assert (before.subject, before.action) != (after.subject, after.action)


@pytest.mark.parametrize(
    ("shots", "seconds"), [(1, 2), (1, 12), (2, 12), (3, 12), (4, 12), (6, 12), (16, 12), (8, 30)]
)
def test_shots_last_two_to_five_seconds_and_fill_the_clip(shots: int, seconds: float) -> None:
    script = compose(Brief(theme="ballet", shots=shots, seconds=seconds, seed=shots))
    lengths = [shot.seconds for shot in script.shots]
    assert sum(lengths) == pytest.approx(seconds, abs=0.02)
    assert all(2 <= length <= 5 for length in lengths)
    if 2 <= seconds / shots <= 5:
        assert len(lengths) == shots


@pytest.mark.parametrize("theme", THEMES)
def test_movements_make_sense(channels: dict[str, list[Script]], theme: str) -> None:
    for script in channels[theme]:
        for shot in script.shots:
            move = shot.movement
            assert move.direction in DIRECTIONS[move.kind]
            assert (move.kind == "static") == (move.speed == "still")
            assert not ("close" in shot.framing and move.speed == "fast")


@pytest.mark.parametrize("theme", THEMES)
def test_prompts_fit_clip_and_name_no_brand(channels: dict[str, list[Script]], theme: str) -> None:
    for script in channels[theme]:
        for shot in script.shots:
            assert clip_tokens(shot.prompt) <= CLIP_TOKENS
            assert len(shot.prompt.split()) <= 55
            assert not BRANDS.search(shot.prompt)


def test_an_endless_style_gives_way_to_the_subject() -> None:
    style = "moody, painterly, " * 40
    shot = compose(Brief(theme="desert", style=style)).shots[0]
    assert clip_tokens(shot.prompt) <= CLIP_TOKENS
    assert "moody" in shot.style
    assert "desert" in shot.setting


def test_the_operators_style_is_kept_word_for_word() -> None:
    assert {shot.style for shot in compose(Brief(theme="harbour", style="etching, sepia")).shots} == {
        "etching, sepia"
    }


@pytest.mark.parametrize("theme", THEMES)
def test_titles_are_short_and_differ(channels: dict[str, list[Script]], theme: str) -> None:
    titles = [script.title for script in channels[theme]]
    assert all(0 < len(title) <= 44 for title in titles)
    assert len(set(titles)) >= 10


def test_no_title_says_a_word_twice() -> None:
    titles = [script.title for script in channel("rain on glass in a storm", 25)]
    twice = [title for title in titles if re.search(r"\b(\w{4,})\b.*\b\1\b", title, re.IGNORECASE)]
    assert not twice


@pytest.mark.parametrize("theme", THEMES)
def test_the_music_of_a_channel_stays_in_its_family(channels: dict[str, list[Script]], theme: str) -> None:
    briefs = [script.music for script in channels[theme]]
    keys = {brief.key for brief in briefs}
    assert any(keys <= {CIRCLE[i - 1], CIRCLE[i], CIRCLE[(i + 1) % 12]} for i in range(12))
    assert len({brief.mode for brief in briefs}) <= 2
    assert max(b.tempo_bpm for b in briefs) - min(b.tempo_bpm for b in briefs) <= 12
    assert len({brief.seed for brief in briefs}) == len(briefs)
    for brief in briefs:
        assert len(brief.instruments) == len(INSTRUMENTS)
        for instrument, family in zip(brief.instruments, INSTRUMENTS.values(), strict=True):
            assert instrument in family


def test_a_calm_theme_sounds_slower_and_looks_slower_than_a_wild_one() -> None:
    calm, wild = (
        channel(theme, 8) for theme in ("quiet mornings in a mountain village", "wild neon dance party")
    )
    assert max(s.music.tempo_bpm for s in calm) < min(s.music.tempo_bpm for s in wild)
    assert not any(shot.movement.speed == "fast" for s in calm for shot in s.shots)
    assert any(shot.movement.speed == "fast" for s in wild for shot in s.shots)


@settings(max_examples=150, deadline=None)
@given(
    theme=st.text(max_size=120),
    style=st.text(max_size=40),
    shots=st.integers(1, 16),
    seconds=st.floats(allow_infinity=False),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_text_is_a_theme(theme: str, style: str, shots: int, seconds: float, seed: int) -> None:
    script = compose(Brief(theme=theme, style=style, shots=shots, seconds=seconds, seed=seed))
    assert script.title
    assert all(clip_tokens(shot.prompt) <= CLIP_TOKENS for shot in script.shots)


def test_an_unknown_writer_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(EngineError, match="did you mean 'grammar'"):
        load_writer("gramar")
    with pytest.raises(EngineError, match="choose one of"):
        load_writer("zzz")


@pytest.mark.parametrize("name", of_family("writer"))
def test_every_row_of_the_table_leads_to_a_writer(name: str) -> None:
    service = Service(OpenAIConfig(model="any"))
    assert load_writer(name, service).name == name


def test_a_writer_without_the_service_that_it_needs_says_what_is_missing() -> None:
    with pytest.raises(EngineError, match=r"needs a section `openai:` with a model in webtv\.yaml"):
        load_writer("openai")
