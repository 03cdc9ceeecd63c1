"""Who is begun anew when a channel goes dark: the channel first, the daemon only when most are lost."""

from __future__ import annotations

from webtv.station.air_watch import AirWatch

NAMES = [f"channel-{number}" for number in range(4)]


def looks(watch: AirWatch, *dark: str, from_s: int, to_s: int, every_s: int = 5) -> dict[int, list[str]]:
    """Look each five seconds; when whose life is begun anew."""
    found = {s: watch.look(s * 1_000_000_000, NAMES, dark) for s in range(from_s, to_s + 1, every_s)}
    return {second: names for second, names in found.items() if names}


def on_air() -> AirWatch:
    watch = AirWatch()
    assert looks(watch, from_s=0, to_s=0) == {}
    return watch


def test_a_channel_that_is_dark_for_ten_seconds_is_begun_anew_and_again_each_two_minutes() -> None:
    watch = on_air()
    assert looks(watch, NAMES[0], from_s=5, to_s=260) == {15: NAMES[:1], 135: NAMES[:1], 255: NAMES[:1]}


def test_a_channel_that_is_back_in_time_is_left_alone() -> None:
    watch = on_air()
    assert looks(watch, NAMES[0], from_s=5, to_s=10) == {}
    assert looks(watch, from_s=15, to_s=15) == {}
    assert looks(watch, NAMES[0], from_s=20, to_s=25) == {}


def test_one_dark_channel_of_several_never_asks_for_a_new_daemon() -> None:
    watch = on_air()
    looks(watch, NAMES[0], from_s=5, to_s=3600)
    assert not watch.daemon_failing


def test_half_of_them_dark_do_not_ask_for_a_new_daemon_and_more_than_half_do() -> None:
    watch = on_air()
    looks(watch, *NAMES[:2], from_s=5, to_s=3600)
    assert not watch.daemon_failing
    looks(watch, *NAMES[:3], from_s=3605, to_s=3605 + 35)
    assert not watch.daemon_failing
    looks(watch, *NAMES[:3], from_s=3645, to_s=3645)
    assert watch.daemon_failing


def test_all_dark_ask_for_a_new_daemon_only_after_they_were_begun_anew_themselves() -> None:
    watch = on_air()
    assert looks(watch, *NAMES, from_s=5, to_s=40) == {15: NAMES}
    assert not watch.daemon_failing
    looks(watch, *NAMES, from_s=45, to_s=45)
    assert watch.daemon_failing
    looks(watch, from_s=50, to_s=50)
    assert not watch.daemon_failing


def test_a_machine_that_slept_is_no_reason_for_a_new_daemon() -> None:
    watch = on_air()
    looks(watch, *NAMES, from_s=5, to_s=5)
    assert looks(watch, *NAMES, from_s=36_000, to_s=36_000) == {36_000: NAMES}
    assert not watch.daemon_failing


def test_channels_that_never_were_on_air_do_not_count() -> None:
    watch = AirWatch()
    assert looks(watch, *NAMES, from_s=0, to_s=3600) == {}
    assert not watch.daemon_failing
    looks(watch, *NAMES[1:], from_s=3605, to_s=7200)
    assert not watch.daemon_failing
    looks(watch, *NAMES, from_s=7205, to_s=7300)
    assert watch.daemon_failing, "the only one that was on air is lost"


def test_a_channel_that_signed_off_is_forgotten() -> None:
    watch = on_air()
    looks(watch, *NAMES, from_s=5, to_s=60)
    assert watch.daemon_failing
    assert watch.look(65_000_000_000, [], []) == []
    assert not watch.daemon_failing
