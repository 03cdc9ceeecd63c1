"""What the musician's beds sound like, by measurement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.errors import EngineError
from webtv.models.catalogue import of_family
from webtv.postprocess.music import load_musician
from webtv.postprocess.music.synth.palette import BASSES, KITS, MELODIES, PADS
from webtv.postprocess.music.synth.score.theory import SCALES, Key

QUANTUM = 25_600
CLIP = 24 * QUANTUM
SHORT = 6 * QUANTUM
synth = load_musician("synth")

Bed = NDArray[np.float32]


def spectra(mono: Bed, size: int, hop: int) -> NDArray[np.float64]:
    """(frames, size // 2 + 1) power."""
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    return np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2


def share_in_key(bed: Bed, key: Key) -> float:
    """Share of the amplitude of spectral peaks from 110 Hz to 2.5 kHz that lies on the pitches of ``key``."""
    power = spectra(bed.mean(axis=1), 16_384, 8192)
    bin_hz = SAMPLE_RATE / 16_384
    first, last = int(110 / bin_hz), int(2500 / bin_hz)
    middle = power[:, first:last]
    peaks = (middle > power[:, first - 1 : last - 1]) & (middle > power[:, first + 1 : last + 1])
    peaks &= middle > 1e-3 * middle.max(axis=1, keepdims=True)
    row, column = np.nonzero(peaks)
    below, at, above = (np.log(power[row, column + first + shift]) for shift in (-1, 0, 1))
    freq = (column + first + 0.5 * (below - above) / (below - 2 * at + above)) * bin_hz
    pitch_class = np.round(69 + 12 * np.log2(freq / 440)).astype(int) % 12
    weight = np.exp(at / 2)
    return float(weight[np.isin(pitch_class, list(key.pitch_classes))].sum() / weight.sum())


def onset_likeness(bed: Bed, lag_s: float) -> float:
    """Autocorrelation of the onset strength (100 Hz) at a lag, 1 at lag 0."""
    power = spectra(bed.mean(axis=1), 2048, 480)
    onsets = np.maximum(0, np.diff(np.log(1e-4 + power), axis=0)).sum(axis=1)
    onsets -= onsets.mean()
    lag = round(lag_s * 100)
    return float(max(onsets[near:] @ onsets[:-near] for near in range(lag - 1, lag + 2)) / (onsets @ onsets))


def test_an_unknown_musician_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(EngineError, match="did you mean 'synth'"):
        load_musician("sinth")


@pytest.mark.parametrize("name", of_family("musician"))
def test_a_musician_carries_its_name_and_version(name: str) -> None:
    musician = load_musician(name)
    assert musician.name == name
    assert musician.version >= 1


def test_the_same_brief_gives_the_same_bytes() -> None:
    brief = MusicBrief(mood="dreamy", instruments=("strings", "harp", "flute", "hand drums"), seed=5)
    assert synth.compose(brief, SHORT).tobytes() == load_musician("synth").compose(brief, SHORT).tobytes()


def test_each_field_of_the_brief_changes_the_sound() -> None:
    brief = MusicBrief(mood="calm")
    changes: list[dict[str, object]] = [
        {},
        {"seed": 1},
        {"mood": "dark"},
        {"key": "C"},
        {"mode": "lydian"},
        {"tempo_bpm": 91},
        {"energy": 0.9},
    ]
    beds = {synth.compose(brief.model_copy(update=change), SHORT).tobytes() for change in changes}
    assert len(beds) == len(changes)


@pytest.mark.parametrize("family", [PADS, BASSES, MELODIES, KITS])
def test_every_instrument_word_has_its_own_sound(family: tuple[str, ...]) -> None:
    others = {PADS: "warm pad", BASSES: "round bass", MELODIES: "bells", KITS: "soft drums"}
    beds = set()
    for word in family:
        words = (word, *(other for of, other in others.items() if of is not family))
        beds.add(synth.compose(MusicBrief(mood="calm", instruments=words), SHORT).tobytes())
    assert len(beds) == len(family)


@settings(max_examples=5, deadline=None)
@given(
    quanta=st.integers(6, 112),
    tempo=st.integers(50, 170),
    energy=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_bed_of_any_length_is_whole_loud_and_unclipped(
    quanta: int, tempo: int, energy: float, seed: int
) -> None:
    brief = MusicBrief(mood="warm", tempo_bpm=tempo, energy=energy, seed=seed)
    bed = synth.compose(brief, quanta * QUANTUM)
    assert bed.shape == (quanta * QUANTUM, 2)
    assert bed.dtype == np.float32
    assert 0.2 < np.abs(bed).max() < 1
    loudness = np.sqrt((bed[: len(bed) // 4800 * 4800] ** 2).reshape(-1, 9600).mean(axis=1))
    assert loudness[1] > 0.1 * loudness.mean(), "sound within 0.2 s"
    assert loudness[:-20].min(initial=1) > 0.05 * loudness.mean(), "no hole in the middle"
    assert loudness[-2] > 0.02 * loudness.mean(), "a chord rings at the end"


@pytest.mark.parametrize("mode", SCALES)
def test_what_sounds_lies_in_the_key(mode: str) -> None:
    for seed, key in enumerate(("C", "F#", "Ab")):
        words = (PADS[seed], BASSES[seed], MELODIES[2 * seed], "no drums")
        brief = MusicBrief.model_validate(
            {"mood": "calm", "key": key, "mode": mode, "instruments": words, "seed": seed}
        )
        bed = synth.compose(brief, CLIP)
        assert share_in_key(bed, Key.named(key, mode)) > 0.82
        astray = Key.named(key, mode).tonic + 1
        assert share_in_key(bed, Key(astray, SCALES[mode])) < 0.6


@pytest.mark.parametrize(
    ("tempo", "kit"), [(60, "soft drums"), (90, "hand drums"), (120, "shakers"), (160, "electronic drums")]
)
def test_onsets_repeat_at_the_tempo(tempo: int, kit: str) -> None:
    bed = synth.compose(MusicBrief(mood="", tempo_bpm=tempo, energy=0.8, instruments=(kit,)), CLIP)
    beat_s = 60 / tempo
    at_beat = max(onset_likeness(bed, beat_s * beats) for beats in (0.5, 1, 2))
    assert at_beat > 0.3
    assert at_beat > 0.2 + max(onset_likeness(bed, beat_s * beats) for beats in (0.87, 1.13))


def test_the_sound_is_wide_balanced_and_without_clicks() -> None:
    for seed in range(8):
        words = (PADS[seed % 4], BASSES[seed % 4], MELODIES[seed % 7], "no drums")
        bed = synth.compose(MusicBrief(mood="calm", energy=seed / 8, instruments=words, seed=seed), SHORT)
        left, right = bed.T
        assert 0.15 < np.corrcoef(left, right)[0, 1] < 0.95
        assert abs(10 * np.log10(np.mean(left**2) / np.mean(right**2))) < 1
        bend = np.abs(np.diff(bed, 2, axis=0)).max(axis=1)
        assert bend.max() < 40 * np.median(bend)


def test_most_energy_lies_where_music_has_it_and_falls_with_frequency() -> None:
    total = np.zeros(4097)
    for seed in range(8):
        bed = synth.compose(MusicBrief(mood="calm", instruments=(), energy=seed / 8, seed=seed), SHORT)
        total += spectra(bed.mean(axis=1), 8192, 4096).mean(axis=0)
    freq = np.fft.rfftfreq(8192, 1 / SAMPLE_RATE)

    def band_db(low: float, high: float) -> float:
        return float(10 * np.log10(total[(freq >= low) & (freq < high)].sum() / total.sum()))

    assert band_db(50, 8000) > -0.5
    assert -14 < band_db(1000, 2000) < -3
    assert -22 < band_db(2000, 4000) < -8
    assert -40 < band_db(4000, 16_000) < -12


def test_too_short_a_bed_is_refused() -> None:
    with pytest.raises(EngineError, match="too short"):
        synth.compose(MusicBrief(mood="calm"), 1024)


def test_the_shortest_bed_is_music_too() -> None:
    bed = synth.compose(MusicBrief(mood="calm", tempo_bpm=50), SAMPLE_RATE // 2)
    assert np.sqrt(np.mean(bed**2)) > 0.02
