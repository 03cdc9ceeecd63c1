"""What a push promises over days: rotated before a service ends it, signed anew whenever it begins."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.broadcaster.air import Air
from tests.broadcaster.pushes import carried, on_air, pids, playout, until
from tests.broadcaster.readback import missed_s
from tests.clips import SMALL
from tests.ingests import Ingest, nginx_rtmp, node_media_server
from webtv.broadcaster import handover, pusher
from webtv.broadcaster.handover import LeftPushes
from webtv.broadcaster.join import LIST_S
from webtv.broadcaster.playout import Playout, push_equipment
from webtv.broadcaster.pusher import LONGEST_S
from webtv.broadcaster.status import State
from webtv.clock import Instant, SystemClock
from webtv.config import Target
from webtv.config.secret import SecretFile
from webtv.media.ffmpeg import FFmpeg

SECRET = "CANARY-of-the-server"  # noqa: S105 - one to look for
HOUR_S = 3600


@pytest.fixture
def ffmpeg(both_ffmpegs: dict[str, FFmpeg]) -> FFmpeg:
    return both_ffmpegs["system"]


@pytest.fixture
def air(tmp_path: Path, gop_clips: list[Path]) -> Air:
    return Air(tmp_path / "channel", gop_clips, quanta=3, count=200)


async def age(air: Air, hours: float) -> None:
    """Let the push's record say that it began so long ago."""
    record = handover.load(air.folder, "a")
    assert record
    began_boot_ns = air.clock.now().boot_ns - int(hours * HOUR_S * 1e9)
    handover.save(air.folder, "a", record.model_copy(update={"began_boot_ns": began_boot_ns}))


def test_a_push_ends_an_hour_before_twitch_would_end_it_and_its_list_is_longer() -> None:
    assert LONGEST_S == 47 * HOUR_S
    assert LIST_S >= 48 * HOUR_S > LONGEST_S
    assert LONGEST_S * 1000 < 2**31


@pytest.mark.parametrize(("hours", "rotations"), [(46.9, 0), (47.01, 1)])
async def test_a_push_of_47_hours_is_rotated_and_its_successor_is_on_air_at_once(
    air: Air, ffmpeg: FFmpeg, tmp_path: Path, hours: float, rotations: int
) -> None:
    with nginx_rtmp(tmp_path / "nginx") as nginx:
        first = playout(air, ffmpeg, a=f"{nginx.url}/long")
        async with carried(first) as pushers:
            await on_air(pushers["a"])
            before = pids(air)
            first.release()
        await age(air, hours)
        async with carried(playout(air, ffmpeg, a=f"{nginx.url}/long")) as pushers:
            status = pushers["a"].status
            if rotations:
                await until(lambda: status.reconnects["rotated"])
                assert status.last_error == "a new push after 47.0 h"
                await until(lambda: status.state is State.ON_AIR and status.lag_s)
            else:
                await on_air(pushers["a"])
            assert status.reconnects["rotated"] == sum(status.reconnects.values()) == rotations
            assert (pids(air) == before) is not bool(rotations)


async def test_what_a_rotation_misses_at_the_ingest_is_less_of_the_rundown_than_a_gop(
    tmp_path: Path, gop_clips: list[Path], both_ffmpegs: dict[str, FFmpeg], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    keep = f"application keep {{ live on; record video; record_path {kept}; record_unique on; }}"
    airs = {which: Air(tmp_path / which, gop_clips, quanta=3, count=200) for which in both_ffmpegs}
    with nginx_rtmp(tmp_path / "nginx", keep) as nginx:
        address = nginx.url.removesuffix("live") + "keep"
        system, shipped = (
            playout(airs[which], ffmpeg, a=f"{address}/{which}") for which, ffmpeg in both_ffmpegs.items()
        )
        async with carried(system) as a, carried(shipped) as b:
            pushers = [a["a"], b["a"]]
            for number, longest_s in enumerate((3.1, 3.3, 3.5, 3.7), 1):  # at other moments of a GOP
                monkeypatch.setattr(pusher, "LONGEST_S", longest_s)
                await until(lambda n=number: all(p.status.reconnects["rotated"] >= n for p in pushers))
            await on_air(*pushers)
    gop_s = SMALL.gop_frames / SMALL.fps
    for which in both_ffmpegs:
        missed = missed_s(sorted(kept.glob(f"{which}-*")), gop_clips, SMALL)
        assert len(missed) >= 4
        assert all(-0.5 < gap_s < gop_s for gap_s in missed), (which, missed)


class Astray(SystemClock):
    """A machine whose wall clock is wrong."""

    behind_s = 0

    def now(self) -> Instant:
        return replace(super().now(), wall_ns=time.time_ns() - self.behind_s * 1_000_000_000)


def signed_playout(air: Air, ffmpeg: FFmpeg, server: Ingest, **secrets: str) -> Playout:
    targets = [
        Target(
            service="node-media-server",
            url=f"{server.url}/{name}",
            name=name,
            sign_key_file=SecretFile(path=Path("secret"), key=SecretStr(secret)),
            sign_for_s=60,
        )
        for name, secret in secrets.items()
    ]
    return Playout(
        "channel", air.folder, lambda: air.timeline, targets, push_equipment(ffmpeg, air.clock, LeftPushes())
    )


async def test_a_right_signature_opens_the_stream_and_a_wrong_one_is_refused(
    air: Air, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with node_media_server(tmp_path / "nms", SECRET=SECRET) as server, capture_logs() as logs:
        played = signed_playout(air, ffmpeg, server, right=SECRET, wrong="another")
        async with carried(played) as pushers:
            await on_air(pushers["right"])
            await until(lambda: pushers["wrong"].status.state is State.REFUSED)
            seen = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids(air)]
            seen += [path.read_bytes() for path in air.folder.iterdir() if path.is_file()]
    assert not any(word in data for data in seen for word in (b"CANARY", b"sign="))
    assert "CANARY" not in f"{logs} {played.statuses}"
    assert "sign=" not in f"{logs} {played.statuses}"


async def test_a_signature_is_made_when_a_push_begins_so_that_none_is_too_old(
    tmp_path: Path, gop_clips: list[Path], ffmpeg: FFmpeg
) -> None:
    clock = Astray()
    clock.behind_s = 2 * HOUR_S
    air = Air(tmp_path / "channel", gop_clips, quanta=3, count=200, clock=clock)
    with node_media_server(tmp_path / "nms", SECRET=SECRET) as server:
        async with carried(signed_playout(air, ffmpeg, server, a=SECRET)) as pushers:
            status = pushers["a"].status
            await until(lambda: status.state is State.REFUSED)
            clock.behind_s = 0
            await on_air(pushers["a"])
            server.kill()
            await until(lambda: status.state is State.DOWN)
            server.start()
            await on_air(pushers["a"])


async def test_a_push_signed_with_another_secret_is_not_adopted(
    air: Air, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with node_media_server(tmp_path / "nms", SECRET=SECRET) as server:
        first = signed_playout(air, ffmpeg, server, a=SECRET)
        async with carried(first) as pushers:
            await on_air(pushers["a"])
            left = pids(air)
            first.release()
        async with carried(signed_playout(air, ffmpeg, server, a="another")) as pushers:
            await until(lambda: pushers["a"].status.state is State.REFUSED)
            assert left.isdisjoint(pids(air))
