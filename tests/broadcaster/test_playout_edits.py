"""An edit of the targets touches only those that it changes: real pushes to a real server."""

from pathlib import Path

import pytest

from tests.broadcaster.air import Air
from tests.broadcaster.pushes import carried, on_air, pids, playout, until
from tests.ingests import nginx_rtmp
from webtv.broadcaster import handover
from webtv.broadcaster.playout import Playout
from webtv.broadcaster.status import State
from webtv.config import Target


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    with nginx_rtmp(tmp_path_factory.mktemp("nginx")) as server:
        yield server


@pytest.fixture
def air(tmp_path, gop_clips):
    return Air(tmp_path / "channel", gop_clips, quanta=3, count=200)


def pid(air: Air, name: str) -> int:
    record = handover.load(air.folder, name)
    assert record is not None
    return record.pid


def targets(nginx, **streams: str) -> list[Target]:
    return [Target(url=f"{nginx.url}/{stream}", name=name) for name, stream in streams.items()]


async def states(played: Playout, *names: str) -> None:
    await until(
        lambda: {n for n, p in played.pushers.items() if p.status.state is State.ON_AIR} == set(names)
    )


async def test_targets_come_and_go_and_the_one_that_stays_is_not_touched(air, both_ffmpegs, nginx):
    played = playout(air, both_ffmpegs["system"], stays=f"{nginx.url}/stays", goes=f"{nginx.url}/goes")
    async with carried(played) as pushers:
        await on_air(*pushers.values())
        stays, goes, kept = pid(air, "stays"), pid(air, "goes"), played.pushers["stays"]
        played.edit(targets(nginx, stays="stays", comes="comes"))
        await states(played, "stays", "comes")
        assert played.pushers["stays"] is kept
        assert pid(air, "stays") == stays
        assert sum(kept.status.reconnects.values()) == 0
        await until(lambda: goes not in pids(air))
        assert not Path(handover.record_path(air.folder, "goes")).exists()
        played.edit([])
        await until(lambda: not pids(air))
        played.edit(targets(nginx, stays="stays"))
        await states(played, "stays")


async def test_a_changed_target_and_one_with_another_name_begin_when_the_former_push_has_ended(
    air, both_ffmpegs, nginx
):
    """A server takes one publisher for each stream: the new push would be refused beside the old one."""
    played = playout(air, both_ffmpegs["system"], moved=f"{nginx.url}/a", named=f"{nginx.url}/b")
    async with carried(played) as pushers:
        await on_air(*pushers.values())
        before = pids(air)
        played.edit(targets(nginx, moved="c", renamed="b"))
        await states(played, "moved", "renamed")
        assert before.isdisjoint(pids(air))
        assert len(pids(air)) == 2
        assert sum(sum(status.reconnects.values()) for status in played.statuses) == 0


async def test_a_new_epoch_begins_each_push_anew_once(air, both_ffmpegs, nginx):
    played = playout(air, both_ffmpegs["system"], one=f"{nginx.url}/one")
    async with carried(played) as pushers:
        await on_air(*pushers.values())
        before, sent = pid(air, "one"), played.pushers["one"].status.sent_bytes
        played.begin_anew(0.5)
        await until(lambda: (found := handover.load(air.folder, "one")) and found.pid != before)
        await states(played, "one")
        assert before not in pids(air)
        assert played.pushers["one"].status.sent_bytes > sent
