import asyncio

from tests.broadcaster.air import Air
from tests.broadcaster.pushes import carried, playout
from tests.broadcaster.readback import measure, reader
from tests.clips import SMALL
from tests.ingests import nginx_rtmp, node_media_server

CROSSED_S = 8


async def test_clips_join_without_a_gap_through_both_servers_by_both_ffmpegs(
    tmp_path, quantum_clips, both_ffmpegs
):
    readers = {}
    with nginx_rtmp(tmp_path / "nginx") as nginx, node_media_server(tmp_path / "nms") as nms:
        pushes = []
        for which, ffmpeg in both_ffmpegs.items():
            air = Air(tmp_path / which, quantum_clips, quanta=1, count=200)
            urls = {"nginx": f"{nginx.url}/{which}", "nms": f"{nms.url}/{which}"}
            pushes.append((which, playout(air, ffmpeg, **urls), urls))
        async with carried(pushes[0][1]) as first, carried(pushes[1][1]) as second:
            pushers = [*first.values(), *second.values()]
            async with asyncio.timeout(60):
                while any(pusher.status.lag_s is None for pusher in pushers):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            for which, _, urls in pushes:
                for server, url in urls.items():
                    path = tmp_path / f"{which}-{server}.flv"
                    readers[path] = reader(url, path)
            await asyncio.sleep(CROSSED_S)
            assert all(sum(pusher.status.reconnects.values()) == 0 for pusher in pushers)
            for process in readers.values():
                process.terminate()
            for process in readers.values():
                process.wait(60)
    for path in readers:
        joints = measure(path, SMALL, SMALL.quantum_frames)
        assert joints.joints >= 12, path
        assert joints.worst_ms <= 1, path
        assert joints.audio_samples == joints.video_samples, path
