import pytest

from tests.broadcaster.air import airings
from tests.clocks import FakeClock
from webtv.broadcaster.join import Join, entries, next_join, playlist
from webtv.domain import HouseFormat
from webtv.errors import TargetError
from webtv.timeline import Anchor, Timeline

S = 1_000_000_000


def rundown(house, *, quanta=24, count=10, first=5):
    now = FakeClock().now()
    anchor = Anchor(quanta=0, wall_ns=now.wall_ns, boot_ns=now.boot_ns, boot_id="fake-boot")
    return Timeline(house, anchor, tuple(airings(range(first, first + count), quanta, house)))


def test_a_push_joins_at_the_next_keyframe():
    timeline = rundown(HouseFormat(), first=0)  # clips of 12.8 s, keyframes every 1.6 s
    assert next_join(timeline, 12_800_000_000) == Join(slot=1, inpoint_ns=0, media_ns=12_800_000_000)
    assert next_join(timeline, 13 * S) == Join(slot=1, inpoint_ns=1_600_000_000, media_ns=14_400_000_000)


def test_after_the_last_keyframe_it_joins_with_the_next_clip():
    timeline = rundown(HouseFormat(), first=0)
    assert next_join(timeline, 12 * S) == Join(slot=1, inpoint_ns=0, media_ns=12_800_000_000)


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_picture_and_sound_begin_together_at_every_frame_rate(fps):
    house = HouseFormat(fps=fps)
    timeline = rundown(house, quanta=house.quanta(13), first=0)
    for tenths in range(300):
        where = next_join(timeline, tenths * S // 10)
        samples = where.inpoint_ns * 48_000 / S
        assert abs(samples - round(samples / house.quantum_samples) * house.quantum_samples) < 1
        assert 0 <= where.media_ns - tenths * S // 10 < 2.7 * S


def test_nothing_planned_is_said():
    with pytest.raises(TargetError, match="nothing is planned") as error:
        next_join(rundown(HouseFormat(), first=0), 1000 * S)
    assert error.value.reason == "no_rundown"


def test_the_list_names_slots_relative_to_itself():
    assert playlist(Join(slot=7, inpoint_ns=0, media_ns=0), 3).splitlines() == [
        "ffconcat version 1.0",
        "file 'air/00000007.mp4'",
        "file 'air/00000008.mp4'",
        "file 'air/00000009.mp4'",
    ]


def test_an_inpoint_is_never_before_its_keyframe():
    third = Join(slot=7, inpoint_ns=1_333_333_333, media_ns=0)
    assert playlist(third, 1).splitlines()[2] == "inpoint 1.333334"
    assert playlist(Join(7, 1_600_000_000, 0), 1).splitlines()[2] == "inpoint 1.600000"


def test_a_list_lasts_two_days_or_is_capped():
    assert entries(rundown(HouseFormat(), quanta=24)) == 48 * 3600 / 12.8
    assert entries(rundown(HouseFormat(), quanta=24, count=1)) == 48 * 3600 / 12.8
    assert entries(rundown(HouseFormat(), quanta=24, count=0)) == 20_000
    assert entries(rundown(HouseFormat(), quanta=1)) == 20_000
