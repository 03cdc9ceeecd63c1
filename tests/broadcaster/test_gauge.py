import os

import pytest

from webtv.broadcaster.gauge import Gauge, Progress, ProgressFile
from webtv.broadcaster.tcp_info import Flow
from webtv.clock import Instant
from webtv.errors import TargetError

S = 1_000_000_000
RATE = 200_000


def at(seconds):
    return Instant(wall_ns=int(1000 * S + seconds * S), boot_ns=int(seconds * S))


def block(media_s, size=1):
    return (
        f"frame=1\nfps=1\nbitrate=1kbits/s\ntotal_size={size}\nout_time_us={int(media_s * 1e6)}\n"
        f"out_time_ms=1\nout_time=00:00:00.1\ndup_frames=0\nspeed=1x\nprogress=continue\n"
    ).encode()


def drive(gauge, seconds, *, media=lambda t: t, flow=lambda t: None, start=0.0):
    """Samples twice a second of a push that began with the rundown at 50 s."""
    t = start
    while t < seconds:
        t += 0.5
        progress = Progress(int(media(t) * S), int(media(t) * RATE), at(t).wall_ns)
        gauge.take(at(t), int((50 + t) * S), progress, flow(t))
    return gauge


def healthy(t):
    sent = int(t * RATE)
    return Flow(queued=0, acked=sent, edge=sent + 1_000_000)


def test_a_healthy_push_keeps_its_distance():
    gauge = drive(Gauge(50 * S, 1600), 3600, media=lambda t: t - 0.3, flow=healthy)
    assert gauge.lag_s == pytest.approx(0.3)
    assert gauge.sent_bytes == pytest.approx(3600 * RATE, rel=0.001)


def test_progress_that_was_said_a_while_ago_counts_from_then():
    gauge = Gauge(50 * S, 1600)
    gauge.take(at(10), 60 * S, Progress(9_500_000_000, 1, at(9.6).wall_ns), None)
    assert gauge.lag_s == pytest.approx(0.1)


def test_media_that_stands_still_is_hung():
    with pytest.raises(TargetError, match="no media went out for 3 s") as error:
        drive(Gauge(50 * S, 1600), 60, media=lambda t: min(t, 10), flow=lambda t: healthy(min(t, 10)))
    assert error.value.reason == "hung"


def test_a_server_that_takes_but_does_not_read_is_hung():
    def frozen_at_ten(t):
        sent = int(t * RATE)
        return Flow(
            queued=0, acked=sent, edge=int(min(t, 10) * RATE) + 1_000_000 + max(0, int(t - 10) * 2000)
        )

    with pytest.raises(TargetError, match="has read nothing for 3 s") as error:
        drive(Gauge(50 * S, 1600), 13.1, flow=frozen_at_ten)
    assert error.value.reason == "hung"


def test_bursts_with_silence_between_are_not_hung():
    def bursts(t):
        sent = int(t // 2 * 2 * RATE)
        return Flow(queued=0, acked=sent, edge=sent + 1_000_000)

    drive(Gauge(50 * S, 1600), 120, flow=bursts)


def test_a_server_that_reads_slowly_is_not_hung_but_behind():
    def slow(t):
        sent, read = (
            int(min(t, 10 + (t - 10) * 0.4) * RATE) + 300_000,
            int(min(t, 10 + (t - 10) * 0.4) * RATE),
        )
        return Flow(queued=300_000, acked=sent, edge=read + 400_000)

    with pytest.raises(TargetError) as error:
        drive(Gauge(50 * S, 1600), 60, media=lambda t: min(t, 10 + (t - 10) * 0.4), flow=slow)
    assert error.value.reason == "behind"


def test_what_waits_in_the_kernel_counts_as_not_sent():
    def slow(t):
        return Flow(queued=3 * RATE, acked=int((t - 3) * RATE), edge=int((t - 3) * RATE) + 1_000_000)

    gauge = drive(Gauge(50 * S, 1600), 5, flow=slow)
    assert gauge.lag_s == pytest.approx(3)


def test_a_push_that_falls_far_behind_is_given_up():
    with pytest.raises(TargetError, match=r"5\.\d s behind the rundown") as error:
        drive(Gauge(50 * S, 1600), 60, media=lambda t: t * 0.2, flow=healthy)
    assert error.value.reason == "behind"


def test_a_push_that_stays_a_little_behind_is_given_up_later():
    with pytest.raises(TargetError, match=r"1\.5 s behind the rundown"):
        drive(Gauge(50 * S, 1600), 11, media=lambda t: t - 1.5, flow=healthy)
    drive(Gauge(50 * S, 1600), 9, media=lambda t: t - 1.5, flow=healthy)


def test_a_rundown_that_began_anew_leaves_the_push_ahead():
    with pytest.raises(TargetError, match="ahead of the rundown"):
        Gauge(50 * S, 1600).take(at(1), 8 * S, Progress(S, 1, at(1).wall_ns), None)


def test_a_step_of_the_wall_clock_moves_nothing():
    gauge = drive(Gauge(50 * S, 1600), 10)
    stepped = Instant(wall_ns=at(10.5).wall_ns + 3600 * S, boot_ns=at(10.5).boot_ns)
    gauge.take(stepped, int(60.5 * S), Progress(int(10.5 * S), 1, stepped.wall_ns), None)
    assert gauge.lag_s == pytest.approx(0)


def test_the_last_complete_block_is_read():
    progress = ProgressFile.create()
    assert progress.read() is None
    os.write(progress.fd, b"frame=0\ntotal_size=N/A\nout_time_us=N/A\nprogress=continue\n")
    assert progress.read() is None
    os.write(progress.fd, block(1.5, 100) + block(2.5, 200) + b"frame=9\ntotal_si")
    read = progress.read()
    assert (read.media_ns, read.sent_bytes) == (2_500_000_000, 200)
    progress.close()


def test_the_file_stays_small_without_a_hole():
    progress = ProgressFile.create()
    for second in range(3000):
        os.write(progress.fd, block(second))
        if second % 2:
            progress.read()
    size = os.fstat(progress.fd).st_size
    assert size < 70_000
    assert b"\0" not in os.pread(progress.fd, size, 0)
    progress.close()
