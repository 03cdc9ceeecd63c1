"""What the musician writes, before it sounds."""

import itertools

import numpy as np
import pytest

from webtv.domain import MusicBrief
from webtv.postprocess.music.synth.feel import chances, feel_of
from webtv.postprocess.music.synth.palette import palette_of
from webtv.postprocess.music.synth.score.form import RING_S, form_of
from webtv.postprocess.music.synth.score.harmony import bass_notes, pad_notes
from webtv.postprocess.music.synth.score.melody import arpeggio, tune
from webtv.postprocess.music.synth.score.rhythm import FOUR, LANES, THREE, hits
from webtv.postprocess.music.synth.score.theory import CADENCES, LOOPS, SCALES, Key, diatonic, lead_voices

COMPASS = (60, 84)


def briefs(count: int) -> list[MusicBrief]:
    rng = np.random.default_rng(7)
    keys = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return [
        MusicBrief(
            mood=str(rng.choice(["calm", "driving", "dreamy night", "unheard-of"])),
            key=keys[seed % 12],
            mode=tuple(SCALES)[seed % 6],
            tempo_bpm=int(rng.integers(50, 171)),
            energy=float(rng.random()),
            seed=seed,
        )
        for seed in range(count)
    ]


@pytest.mark.parametrize("seconds", [0.5, 3.2, 12.8, 60.0])
def test_every_written_note_is_of_the_key_and_within_the_bed(seconds: float) -> None:
    for brief in briefs(36):
        feel = feel_of(brief)
        form = form_of(brief, feel, seconds)
        rng = chances(brief, "test")
        lines = (
            pad_notes(form, feel),
            bass_notes(form, feel, rng),
            tune(form, feel, rng, COMPASS),
            arpeggio(form, feel, rng, COMPASS),
        )
        for note in itertools.chain(*lines):
            assert note.pitch % 12 in form.key.pitch_classes
            assert 0 <= note.at_s < seconds
            assert note.seconds > 0
        assert all(0 <= hit.at_s < seconds for hit in hits(form, feel, rng))


def test_a_bed_begins_at_once_and_ends_on_a_ringing_home_chord() -> None:
    for brief in briefs(36):
        feel = feel_of(brief)
        form = form_of(brief, feel, 12.8)
        assert form.slots[0].start == 0
        assert form.final.chord.root == form.key.tonic
        assert form.seconds(form.final.beats) >= RING_S - 1e-9
        assert form.seconds(form.end_beat) == pytest.approx(12.8)
        assert min(note.at_s for note in pad_notes(form, feel)) == 0


def test_chords_follow_each_other_without_gap_or_repeat_before_the_end() -> None:
    for brief in briefs(36):
        form = form_of(brief, feel_of(brief), 30.0)
        for slot, following in itertools.pairwise(form.slots):
            assert slot.start + slot.beats == pytest.approx(following.start)
        assert form.slots[-2].chord.root != form.key.tonic


def test_voices_move_little_from_chord_to_chord() -> None:
    key = Key.named("D", "dorian")
    voices = lead_voices(diatonic(key, 0, "seventh"), None, 62)
    for degree in (3, 6, 2, 4, 0):
        following = lead_voices(diatonic(key, degree, "seventh"), voices, 62)
        assert sum(abs(a - b) for a, b in zip(voices, following, strict=True)) <= 12
        assert list(following) == sorted(set(following))
        voices = following


def test_tables_hold_only_what_the_players_can_read() -> None:
    assert LOOPS.keys() == CADENCES.keys() == SCALES.keys()
    for band in FOUR:
        assert all(len(pattern) == len(LANES) and {len(lane) for lane in pattern} == {16} for pattern in band)
    for band in THREE:
        assert all(len(pattern) == len(LANES) and {len(lane) for lane in pattern} == {12} for pattern in band)


def test_no_diminished_chord_is_written() -> None:
    for mode, scale in SCALES.items():
        for degree in {degree for row in LOOPS[mode] + CADENCES[mode] for degree in row}:
            root, _, fifth = diatonic(Key(0, scale), degree, "plain").tones
            assert (fifth - root) % 12 == 7, (mode, degree)


def test_the_motif_returns() -> None:
    """In a tune of eight bars some bar's rhythm is heard again, else it would be noodling."""
    returning = 0
    for brief in briefs(24):
        feel = feel_of(brief)
        form = form_of(brief, feel, 30.0)
        bars: dict[int, list[float]] = {}
        for note in tune(form, feel, chances(brief, "line"), COMPASS)[:-1]:
            beat = round(note.at_s / form.beat_s * 2) / 2
            bars.setdefault(int(beat // form.bar_beats), []).append(beat % form.bar_beats)
        rhythms = [tuple(bar) for bar in bars.values()]
        returning += len(set(rhythms)) < len(rhythms)
    assert returning >= 22


def test_unknown_words_are_passed_over_and_missing_families_filled() -> None:
    brief = MusicBrief(mood="", instruments=("kazoo", "Harp ", "drums", "flute"))
    palette = palette_of(brief)
    assert (palette.melody, palette.second, palette.kit) == ("harp", "flute", "soft drums")
    assert palette.pad
    assert palette.bass


def test_quiet_pieces_have_no_drums_unless_asked() -> None:
    quiet = MusicBrief(mood="", energy=0.1, instruments=("bells",))
    assert palette_of(quiet).kit == "no drums"
    assert palette_of(quiet.model_copy(update={"instruments": ("brushes",)})).kit == "brushes"
