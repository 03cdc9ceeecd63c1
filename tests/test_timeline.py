"""The clock as a value: what a rundown says at a moment, at its boundaries and to the nanosecond."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.airings import HOUSE, START, anchor, later, timeline
from webtv.clock import Instant
from webtv.domain import HouseFormat

QUANTUM_NS = Fraction(8_000_000_000, 15)  # 16 frames of 30 a second

rates = st.sampled_from([24, 25, 30, 50, 60])


def test_the_position_is_what_the_boot_clock_counted_since_the_anchor() -> None:
    shown = replace(timeline(24), anchor=anchor(3))
    assert shown.position_ns(START) == 1_600_000_000
    assert shown.position_ns(later(2)) == 3_600_000_000
    stepped = Instant(START.wall_ns + 10**12, START.boot_ns + 5)
    assert shown.position_ns(stepped) == 1_600_000_005


def test_the_wall_clock_of_a_moment_is_the_anchors_and_the_media_time_since() -> None:
    shown = replace(timeline(24), anchor=anchor(3))
    assert shown.wall_ns(1_600_000_000) == START.wall_ns
    assert shown.wall_ns(1_600_000_007) == START.wall_ns + 7


def test_a_quantum_that_is_no_whole_number_of_nanoseconds_starts_at_the_one_before() -> None:
    shown = timeline(24)
    assert [shown.start_ns(quanta) for quanta in (0, 1, 2, 3)] == [
        0,
        533_333_333,
        1_066_666_666,
        1_600_000_000,
    ]


@given(rates, st.integers(0, 10**9))
def test_a_quantum_is_on_air_from_its_start_to_the_nanosecond_before_the_next(fps: int, quanta: int) -> None:
    shown = timeline(24, house=HouseFormat(fps=fps))
    assert shown.quanta_at(shown.start_ns(quanta)) == quanta
    assert shown.quanta_at(shown.start_ns(quanta + 1) - 1) == quanta


def test_an_airing_is_on_air_from_its_start_to_the_nanosecond_before_its_end() -> None:
    shown = timeline(24, 30)
    first, second = shown.airings
    between = shown.start_ns(24)
    assert shown.at(0) == first and shown.index_at(0) == 0
    assert shown.at(between - 1) == first
    assert shown.at(between) == second and shown.index_at(between) == 1
    assert shown.at(shown.end_ns - 1) == second


@pytest.mark.parametrize("outside_ns", [-1, 54 * 8_000_000_000 // 15])
def test_outside_of_what_is_planned_nothing_is_on_air(outside_ns: int) -> None:
    shown = timeline(24, 30)
    assert shown.at(outside_ns) is None and shown.index_at(outside_ns) is None


def test_as_many_airings_have_begun_as_start_no_later_than_now() -> None:
    shown = timeline(24, 30)
    between = shown.start_ns(24)
    assert [shown.begun(ns) for ns in (-1, 0, between - 1, between, 10**15)] == [0, 1, 1, 2, 2]


def test_a_rundown_that_began_later_than_its_epoch_has_nothing_on_air_before() -> None:
    shown = timeline(24, 30)
    shown = replace(shown, airings=shown.airings[1:])
    assert shown.at(shown.start_ns(24) - 1) is None
    assert shown.at(shown.start_ns(24)) == shown.airings[0]


def test_the_end_of_the_plan_is_the_end_of_its_last_airing_and_0_without_any() -> None:
    assert timeline(24, 30).end_ns == 28_800_000_000
    assert timeline().end_ns == 0


def test_each_segment_belongs_to_one_airing_and_counts_from_its_first_fragment() -> None:
    shown = timeline(24, 4, 30)  # fragments of 48 frames: 8, 2, 10
    first, second, third = shown.airings
    assert [shown.of_segment(segment) for segment in (0, 7, 8, 9, 10, 19)] == [
        (first, 0),
        (first, 7),
        (second, 0),
        (second, 1),
        (third, 0),
        (third, 9),
    ]
    assert shown.of_segment(-1) is None
    assert shown.of_segment(20) is None


def test_a_segment_that_an_airing_lost_by_a_cut_belongs_to_nobody() -> None:
    shown = timeline(24, 4)
    cut = shown.airings[0].model_copy(update={"quanta": 12})
    shown = replace(shown, airings=(cut, shown.airings[1]))
    assert shown.of_segment(3) == (cut, 3)
    assert shown.of_segment(4) is None
    assert shown.of_segment(8) == (shown.airings[1], 0)


def test_an_initialisation_segment_is_named_by_the_first_twelve_digits_of_its_hash() -> None:
    assert replace(timeline(24), init_sha256="0123456789abcdef").init_name == "init-0123456789ab.mp4"


def test_the_quantum_of_thirty_frames_a_second_is_eight_fifteenths_of_a_second() -> None:
    assert HOUSE.quantum_ns == QUANTUM_NS


def test_what_airs_at_the_anchor_airs_at_its_times_by_both_clocks() -> None:
    line = replace(timeline(12, 12, 12), anchor=anchor(12))
    tied_ns = line.start_ns(12)
    assert (line.boot_ns(tied_ns), line.wall_ns(tied_ns)) == (START.boot_ns, START.wall_ns)
    assert (line.boot_ns(tied_ns + 7), line.wall_ns(tied_ns + 7)) == (START.boot_ns + 7, START.wall_ns + 7)
    assert line.begins_boot_ns == START.boot_ns - tied_ns
