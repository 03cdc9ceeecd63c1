"""What a programme's melody is, how windows follow each other, and how a model's sound becomes a bed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.errors import EngineError
from webtv.postprocess.music.bed import bed_of
from webtv.postprocess.music.motif import BAR_BEATS, BARS, chroma, motif_for, motif_of, pitch, sung
from webtv.postprocess.music.synth.score.theory import SCALES, Key
from webtv.postprocess.music.window import windows
from webtv.postprocess.music.wording import caption

SEEDS = st.integers(1, 2**32 - 1)


def in_key(key: str, mode: str = "minor", tempo: int = 90, seed: int = 7) -> MusicBrief:
    return MusicBrief.model_validate(
        {"mood": "calm", "key": key, "mode": mode, "tempo_bpm": tempo, "motif_seed": seed}
    )


def test_a_clip_of_no_programme_has_no_motif() -> None:
    assert motif_for(MusicBrief(mood="calm")) is None


def test_equal_seeds_give_equal_motifs_and_others_give_others() -> None:
    assert motif_of(3) == motif_of(3)
    assert len({motif_of(seed) for seed in range(1, 200)}) > 190


@given(seed=SEEDS)
def test_a_motif_is_singable(seed: int) -> None:
    motif = motif_of(seed)
    ends = [tone.beat + tone.beats for tone in motif]
    assert [0.0, *ends[:-1]] == [tone.beat for tone in motif], "no rests"
    assert ends[-1] == BARS * BAR_BEATS
    degrees = np.array([tone.degree for tone in motif])
    assert np.ptp(degrees) <= 12, "within an octave and a half"
    leaps = np.abs(np.diff(degrees))
    assert leaps.max() <= 4
    assert np.mean(leaps <= 1) >= 0.5


@given(seed=SEEDS)
def test_a_motif_asks_and_answers_at_home(seed: int) -> None:
    motif = motif_of(seed)
    half = BARS * BAR_BEATS / 2
    asks = [tone for tone in motif if tone.beat < half]
    answers = [tone for tone in motif if tone.beat >= half]
    assert asks[-1].degree in (1, 4)
    assert answers[-1].degree == 0
    opening = [(tone.beat, tone.degree) for tone in asks if tone.beat < half / 2]
    assert opening == [(tone.beat - half, tone.degree) for tone in answers if tone.beat < 1.5 * half]


@pytest.mark.parametrize("mode", SCALES)
def test_the_melody_lies_in_the_key(mode: str) -> None:
    for key in ("C", "F#", "Bb"):
        brief = in_key(key, mode)
        shown = chroma(motif_of(7), brief, np.arange(0, 40, 0.1))
        assert set(shown.argmax(axis=1).tolist()) <= Key.named(key, mode).pitch_classes


def test_clips_of_a_programme_share_a_melody_whatever_their_key_and_tempo() -> None:
    times_s = np.arange(235) * 0.128
    home = chroma(motif_of(7), in_key("C"), times_s)
    assert home.dtype == np.float32
    assert home.shape == (235, 12)
    assert (home.sum(axis=1) == 1).all()
    assert (np.roll(home, 3, axis=1) == chroma(motif_of(7), in_key("Eb"), times_s)).all()
    assert (home == chroma(motif_of(7), in_key("C", tempo=120), times_s * 90 / 120)).all()
    assert (home != chroma(motif_of(8), in_key("C"), times_s)).any()


def test_a_melody_that_is_over_begins_again() -> None:
    brief = in_key("D", tempo=120)
    times_s = np.arange(0, 16, 0.1)
    assert (chroma(motif_of(5), brief, times_s) == chroma(motif_of(5), brief, times_s + 16)).all()
    voice = sung(motif_of(5), brief, 40, 8000)
    assert np.abs(voice[: 16 * 8000] - voice[16 * 8000 : 32 * 8000]).max() < 1e-6


def test_the_sung_melody_has_the_pitches_of_the_motif() -> None:
    brief, rate = in_key("G", tempo=100), 8000
    voice = sung(motif_of(9), brief, BARS * BAR_BEATS * 0.6, rate)
    assert voice.dtype == np.float32
    assert np.abs(voice).max() < 1
    for tone in motif_of(9):
        part = voice[round(tone.beat * 0.6 * rate) :][: round(tone.beats * 0.6 * rate)]
        heard_hz = np.abs(np.fft.rfft(part * np.hanning(len(part)), 2**16)).argmax() * rate / 2**16
        assert round(69 + 12 * np.log2(heard_hz / 440)) == pitch(tone.degree, brief)


@given(frames=st.integers(1, 9000), longest=st.integers(2, 1500))
def test_windows_play_each_frame_once_and_hear_again_what_went_before(frames: int, longest: int) -> None:
    plan = windows(frames, longest)
    assert plan[0].start == plan[0].prompted == 0
    assert plan[-1].end == frames
    for before, after in pairwise(plan):
        assert after.prompted == before.end
        assert before.start < after.start < after.prompted
    assert all(window.prompted < window.end <= window.start + longest for window in plan)


def test_windows_of_half_a_minute_go_on_over_their_last_twelve_seconds() -> None:
    assert windows(3000, 1500) == [(0, 0, 1500), (900, 1500, 2400), (1800, 2400, 3000)]


def test_a_caption_says_key_tempo_and_pace() -> None:
    slow = caption(in_key("Eb", "dorian", tempo=60))
    assert "Eb dorian" in slow
    assert "60 bpm" in slow
    assert "slow" in slow
    assert "fast" in caption(in_key("C", tempo=150))
    assert "driving" in caption(MusicBrief(mood="calm", energy=0.9))


@pytest.mark.parametrize("channels", [1, 2])
def test_sound_at_another_rate_becomes_a_bed_of_the_exact_length_and_pitch(channels: int) -> None:
    t = np.arange(2 * 32_000) / 32_000
    tone = 0.5 * np.sin(2 * np.pi * 440 * t).astype(np.float32)
    bed = bed_of(np.tile(tone, (channels, 1)), 32_000, 70_001)
    assert bed.shape == (70_001, 2)
    assert bed.dtype == np.float32
    ideal = 0.5 * np.sin(2 * np.pi * 440 * np.arange(50_000) / SAMPLE_RATE)
    assert np.abs(bed[100:50_000] - ideal[100:, None]).max() < 1e-4
    assert np.abs(bed[-10:]).max() < 1e-3, "it fades out"


def test_a_constant_under_the_sound_is_taken_out() -> None:
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(48_000) / SAMPLE_RATE).astype(np.float32)
    bed = bed_of(tone[None] - 0.5, SAMPLE_RATE, 48_000)
    assert np.abs(bed).max() == pytest.approx(0.1, abs=1e-3)


def test_a_bed_never_clips() -> None:
    rng = np.random.default_rng(1)
    loud = 3 * rng.standard_normal((2, 48_000)).astype(np.float32)
    assert np.abs(bed_of(loud, SAMPLE_RATE, 48_000)).max() < 1


@pytest.mark.parametrize(
    ("sound", "told"),
    [
        (np.zeros((1, 32_000), np.float32), "silence"),
        (np.full((2, 32_000), np.nan, np.float32), "not numbers"),
        (np.ones((1, 16_000), np.float32), "24000 samples"),
        (np.zeros((1, 0), np.float32), "silence"),
        (np.full((1, 32_000), 0.5, np.float32), "silence"),
        (np.append(np.zeros(34_000), np.tile([1, -1], 50)).astype(np.float32)[None], "silence"),
    ],
)
def test_sound_that_is_no_bed_is_refused(sound: np.ndarray, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        bed_of(sound, 32_000, 48_000)
