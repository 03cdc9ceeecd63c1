"""Loudness is measured as EBU R 128 says and holds on air, after the codec."""

import io

import av
import numpy as np
import pytest

from webtv.domain import MusicBrief
from webtv.errors import EngineError
from webtv.postprocess.loudness import Audio, edges, level, measure
from webtv.postprocess.music import load_musician
from webtv.postprocess.music.synth.palette import BASSES, KITS, MELODIES, PADS

SILENT = 1024
FADE = 480
QUANTUM = 25_600


def tone(hz: float, dbfs: float, seconds: float) -> Audio:
    sine = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * 48_000)) / 48_000)
    return np.stack([sine, sine], axis=1).astype(np.float32)


def bed(seed: int, quanta: int = 8) -> Audio:
    words = (PADS[seed % 4], BASSES[seed % 4], MELODIES[seed % 7], KITS[seed % 6])
    brief = MusicBrief(
        mood="", tempo_bpm=60 + 13 * seed % 100, energy=seed % 5 / 4, instruments=words, seed=seed
    )
    return load_musician("synth").compose(brief, quanta * QUANTUM)


def spiky(seed: int) -> Audio:
    """Soft music under bursts of noise, which no gain alone brings to the target."""
    rng = np.random.default_rng(seed)
    sound = 0.15 * bed(seed)
    for start in rng.integers(4000, len(sound) - 4000, 10):
        burst = rng.standard_normal((2400, 2)) * np.exp(-np.arange(2400) / 300)[:, None]
        sound[start : start + 2400] += burst.astype(np.float32)
    return sound


def through_aac(audio: Audio) -> Audio:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=48_000, layout="stereo")
        stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.T), format="fltp", layout="stereo")
        frame.sample_rate = 48_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    buffer.seek(0)
    with av.open(buffer) as back:
        return np.concatenate([frame.to_ndarray() for frame in back.decode(audio=0)], axis=1).T


@pytest.mark.parametrize(("hz", "dbfs"), [(1000, -23.0), (997, -23.0), (1000, -33.0)])
def test_reference_tones_measure_as_ebu_tech_3341_demands(hz: float, dbfs: float) -> None:
    assert measure(tone(hz, dbfs, 20)).integrated_lufs == pytest.approx(dbfs, abs=0.1)


def test_quiet_passages_are_gated_as_in_case_3_of_ebu_tech_3341() -> None:
    passages = [tone(1000, -36, 10), tone(1000, -23, 60), tone(1000, -36, 10)]
    assert measure(np.concatenate(passages)).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_peaks_between_samples_are_seen() -> None:
    phased = np.sin(np.pi / 2 * np.arange(48_000) + np.pi / 4) * 0.5 * np.hanning(48_000)
    audio = np.stack([phased, 0 * phased], axis=1).astype(np.float32)
    assert 20 * np.log10(np.abs(audio).max()) == pytest.approx(-9.03, abs=0.1)
    assert measure(audio).true_peak_dbtp == pytest.approx(-6.02, abs=0.2)


def test_a_peak_in_the_last_samples_counts() -> None:
    audio = np.zeros((48_077, 2), np.float32)
    audio[-2, 1] = 0.5
    assert measure(audio).true_peak_dbtp == pytest.approx(-6.02, abs=0.2)


def test_edges_are_silent_and_then_fade() -> None:
    faded = edges(np.ones((QUANTUM, 2), np.float32))
    for side in (faded, faded[::-1]):
        assert not side[:SILENT].any()
        ramp = side[SILENT : SILENT + FADE, 0]
        assert (np.diff(ramp) > 0).all()
        assert np.abs(np.diff(ramp)).max() < 0.004
        assert (side[SILENT + FADE : QUANTUM // 2] == 1).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_levelled_bed_holds_the_stations_level_before_and_after_aac(seed: int) -> None:
    levelled, loudness = level(bed(seed))
    assert levelled.dtype == np.float32
    assert loudness == measure(levelled)
    assert loudness.integrated_lufs == pytest.approx(-16, abs=0.15)
    assert not levelled[:SILENT].any()
    assert not levelled[-SILENT:].any()
    aired = measure(through_aac(levelled))
    assert aired.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert aired.true_peak_dbtp <= -1.5


@pytest.mark.parametrize("seed", range(3))
def test_spiky_sound_is_limited_and_still_holds_after_aac(seed: int) -> None:
    levelled, loudness = level(spiky(seed))
    assert loudness.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert loudness.true_peak_dbtp <= -2.9
    assert measure(through_aac(levelled)).true_peak_dbtp <= -1.5


def test_sound_below_the_ceiling_is_only_turned_up_or_down() -> None:
    levelled, _ = level(bed(3))
    sound = edges(bed(3))
    loud = np.abs(sound) > 0.01
    gains = levelled[loud] / sound[loud]
    assert gains.max() - gains.min() < 1e-4 * gains.mean()


def test_the_limiter_turns_down_without_steps() -> None:
    sound = tone(200, -20, 3)
    sound[72_000:72_480] *= 16
    levelled, _ = level(sound)
    loud = (np.abs(sound[:, 0]) > 0.01) & (np.arange(len(sound)) > 4800) & (np.arange(len(sound)) < 139_000)
    gain = np.interp(np.arange(4800, 139_000), np.flatnonzero(loud), levelled[loud, 0] / sound[loud, 0])
    assert np.abs(np.diff(gain)).max() < 0.02 * gain.max()


def test_silence_is_refused() -> None:
    with pytest.raises(EngineError, match="silence"):
        level(np.zeros((QUANTUM * 6, 2), np.float32))


def test_samples_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(EngineError, match="not numbers"):
        level(np.full((QUANTUM, 2), np.nan, np.float32))


def test_sound_that_cannot_be_that_loud_is_refused() -> None:
    click = np.zeros((QUANTUM * 6, 2), np.float32)
    click[80_000] = 1
    with pytest.raises(EngineError, match="too spiky"):
        level(click)
