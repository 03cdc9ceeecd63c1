"""What a push promises, against real servers: faults on either side, secrets, and who ends it."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.broadcaster.air import Air
from tests.broadcaster.pushes import carried, on_air, pids, playout, until
from tests.ingests import free_port, nginx_rtmp, node_media_server
from webtv.broadcaster import handover, join
from webtv.broadcaster.status import State

CANARY = "live_CANARY_1234?auth=CANARY%20secret"


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    with nginx_rtmp(tmp_path_factory.mktemp("nginx")) as server:
        yield server


@pytest.fixture
def air(tmp_path, gop_clips):
    return Air(tmp_path / "channel", gop_clips, quanta=3, count=200)


@pytest.fixture
def ffmpeg(both_ffmpegs):
    return both_ffmpegs["system"]


@pytest.fixture
def both_airs(tmp_path, gop_clips, both_ffmpegs):
    return [(Air(tmp_path / which, gop_clips, quanta=3, count=200), f) for which, f in both_ffmpegs.items()]


async def test_a_push_starts_within_a_second_of_the_rundown(both_airs, nginx):
    played = [playout(air, ffmpeg, a=f"{nginx.url}/{air.folder.name}") for air, ffmpeg in both_airs]
    async with carried(played[0]) as system, carried(played[1]) as shipped:
        await on_air(*system.values(), *shipped.values())
        assert abs(system["a"].status.lag_s) < 1
        assert abs(shipped["a"].status.lag_s) < 1.0
        assert shipped["a"].status.sent_bytes > 0


async def test_a_stream_key_is_nowhere_to_be_seen(both_airs, nginx):
    refused = f"rtmp://127.0.0.1:{nginx.port}/nowhere/{CANARY}"
    for air, ffmpeg in both_airs:
        played = playout(air, ffmpeg, good=f"{nginx.url}/{CANARY}", bad=refused)
        with capture_logs() as logs:
            async with carried(played) as pushers:
                await on_air(pushers["good"])
                await until(lambda pushers=pushers: pushers["bad"].status.state is State.REFUSED)
                pid = handover.load(air.folder, "good").pid
                seen = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
                seen += [path.read_bytes() for path in air.folder.iterdir() if path.is_file()]
                modes = {path.stat().st_mode & 0o077 for path in air.folder.glob("good.*")}
        assert not any(b"CANARY" in data for data in seen)
        assert "CANARY" not in f"{logs} {played.statuses}"
        assert modes == {0}


async def test_a_killed_ffmpeg_is_back_and_a_stopped_one_is_noticed(air, ffmpeg, nginx):
    played = playout(air, ffmpeg, killed=f"{nginx.url}/kill", hung=f"{nginx.url}/stop")
    async with carried(played) as pushers:
        await on_air(*pushers.values())
        before = pids(air)
        os.kill(handover.load(air.folder, "killed").pid, signal.SIGKILL)
        os.kill(handover.load(air.folder, "hung").pid, signal.SIGSTOP)
        await until(lambda: all(pusher.status.reconnects[name] for name, pusher in pushers.items()))
        await on_air(*pushers.values())
        assert pids(air).isdisjoint(before)


async def test_an_ingest_that_was_away_or_frozen_is_pushed_to_again_and_others_are_not_touched(
    air, ffmpeg, nginx, tmp_path
):
    with nginx_rtmp(tmp_path / "away") as away, nginx_rtmp(tmp_path / "frozen") as frozen:
        played = playout(
            air, ffmpeg, away=f"{away.url}/a", frozen=f"{frozen.url}/a", well=f"{nginx.url}/well"
        )
        async with carried(played) as pushers:
            status = {name: pusher.status for name, pusher in pushers.items()}
            await on_air(*pushers.values())
            began = status["well"].since_ns
            away.kill()
            frozen.signal(signal.SIGSTOP)
            await until(
                lambda: status["away"].reconnects["unreachable"] and status["frozen"].reconnects["hung"]
            )
            assert status["away"].state is status["frozen"].state is State.DOWN
            away.start()
            frozen.signal(signal.SIGCONT)
            await on_air(*pushers.values())
            assert status["well"].since_ns == began
            assert not any(status["well"].reconnects.values())


async def test_a_server_that_refuses_has_its_own_state(air, ffmpeg, nginx, tmp_path):
    secret, expires = "s3cret", int(time.time()) + 3600
    signature = hashlib.md5(f"/live/a-{expires}-{secret}".encode(), usedforsecurity=False).hexdigest()
    with node_media_server(tmp_path / "nms", SECRET=secret) as signed:
        played = playout(
            air,
            ffmpeg,
            good=f"{signed.url}/a?sign={expires}-{signature}",
            bad=f"{signed.url}/b?sign={expires}-{signature}",
            first=f"{nginx.url}/taken",
        )
        taken = playout(
            Air(tmp_path / "other", [air.folder / "air/00000000.mp4"], quanta=3, count=200),
            ffmpeg,
            second=f"{nginx.url}/taken",
        )
        async with carried(played) as pushers:
            await on_air(pushers["good"], pushers["first"])
            await until(lambda: pushers["bad"].status.state is State.REFUSED)
            async with carried(taken) as others:
                await until(lambda: others["second"].status.state is State.REFUSED)
                assert "Already publishing" in others["second"].status.last_error
            assert pushers["first"].status.state is State.ON_AIR


@pytest.fixture
def tls(tmp_path):
    """A server's certificate for 127.0.0.1, signed by itself."""
    key, certificate, port = tmp_path / "key.pem", tmp_path / "cert.pem", free_port()
    argv = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    argv += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(argv, check=True, capture_output=True)
    return {"TLS_PORT": str(port), "TLS_KEY": str(key), "TLS_CERT": str(certificate)}


async def test_a_server_must_prove_itself_by_a_certificate(air, both_ffmpegs, tmp_path, monkeypatch, tls):
    with node_media_server(tmp_path / "nms", **tls) as server:
        url = f"rtmps://127.0.0.1:{server.tls_port}/live/tls"
        for ffmpeg in both_ffmpegs.values():
            monkeypatch.delenv("SSL_CERT_FILE", raising=False)
            async with carried(playout(air, ffmpeg, unknown=url)) as pushers:
                await until(lambda: pushers["unknown"].status.state is State.REFUSED)
            monkeypatch.setenv("SSL_CERT_FILE", tls["TLS_CERT"])
            async with carried(playout(air, ffmpeg, known=url)) as pushers:
                await on_air(pushers["known"])


async def test_an_edit_and_the_end_of_a_list_begin_a_new_push(air, ffmpeg, nginx, monkeypatch):
    monkeypatch.setattr(join, "LIST_S", 32)
    played = playout(air, ffmpeg, a=f"{nginx.url}/edit")
    async with carried(played) as pushers:
        status = pushers["a"].status
        await on_air(pushers["a"])
        (before,) = pids(air)
        played.restart()
        await until(lambda: status.reconnects["edited"])
        await on_air(pushers["a"])
        assert before not in pids(air)
        await until(lambda: status.reconnects["rotated"])
        await on_air(pushers["a"])
        assert status.reconnects["ended"] == 0


async def test_a_slot_that_is_missing_ends_a_push_and_the_next_goes_on_behind_it(
    tmp_path, gop_clips, ffmpeg, nginx
):
    air = Air(tmp_path / "hole", gop_clips, quanta=3, count=60)
    (air.folder / "air/00000009.mp4").unlink()
    async with carried(playout(air, ffmpeg, a=f"{nginx.url}/hole")) as pushers:
        status = pushers["a"].status
        await until(lambda: status.reconnects["dropped"] + status.reconnects["ended"])
        await on_air(pushers["a"])


async def test_stopping_leaves_nothing_behind_and_releasing_leaves_the_push(air, ffmpeg, nginx):
    played = playout(air, ffmpeg, a=f"{nginx.url}/stop")
    async with carried(played) as pushers:
        await on_air(pushers["a"])
    assert not pids(air)
    assert not handover.record_path(air.folder, "a").exists()

    played = playout(air, ffmpeg, a=f"{nginx.url}/stop")
    async with carried(played) as pushers:
        await on_air(pushers["a"])
        left = pids(air)
        played.release()
    assert pids(air) == left != set()

    async with carried(playout(air, ffmpeg, a=f"{nginx.url}/stop")) as pushers:
        await on_air(pushers["a"])
        assert pids(air) == left
        assert not any(pushers["a"].status.reconnects.values())
    assert not pids(air)


DAEMON = """
import asyncio, sys
from pathlib import Path
from tests.broadcaster.pushes import carried, on_air, playout
from webtv.clock import SystemClock
from webtv.media.ffmpeg import find_ffmpeg
from webtv.timeline import Anchor, Timeline
from tests.broadcaster.air import airings
from tests.clips import SMALL

class Air:
    folder, clock = Path(sys.argv[1]), SystemClock()
    timeline = Timeline(SMALL, Anchor.model_validate_json(sys.argv[2]), tuple(airings(range(200), 3)))

async def main():
    async with carried(playout(Air, find_ffmpeg(), a=sys.argv[3], gone=sys.argv[4])) as pushers:
        await on_air(*pushers.values())
        print("on air", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def killed_daemon(air, **urls):
    """Pushes that a daemon started which was then killed."""
    argv = [
        sys.executable,
        "-c",
        DAEMON,
        str(air.folder),
        air.timeline.anchor.model_dump_json(),
        *urls.values(),
    ]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as daemon:
        assert daemon.stdout.readline() == b"on air\n"
        daemon.kill()


async def test_after_a_killed_daemon_pushes_are_adopted_and_never_doubled(air, ffmpeg, nginx):
    kept, gone = f"{nginx.url}/kept", f"{nginx.url}/gone"
    killed_daemon(air, a=kept, gone=gone)
    assert len(pids(air)) == 2
    pushed = handover.load(air.folder, "a").pid
    async with carried(playout(air, ffmpeg, a=kept)) as pushers:
        await until(lambda: pids(air) == {pushed})  # what goes to a target no longer configured is ended
        await on_air(pushers["a"])
        assert abs(pushers["a"].status.lag_s) < 1
        assert not any(pushers["a"].status.reconnects.values())
        assert pids(air) == {pushed}
    async with carried(playout(air, ffmpeg, a=f"{nginx.url}/another")) as pushers:
        await on_air(pushers["a"])
    assert not pids(air)
