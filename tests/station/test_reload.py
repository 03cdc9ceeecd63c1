"""What an edit does to a channel on air, on virtual time with real files."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.clips import SMALL
from tests.clocks import Hours, passes
from tests.fragments import fragment
from tests.seeded import found, seed_clip, seed_library
from tests.station.channels import config, edge, on_air, position_s, segments, slot
from tests.station_process import SMALL_CHANNEL
from tests.stations import airing
from tests.web.media_playlist import MediaPlaylist, Segment
from webtv.broadcaster.hls import WINDOW_S
from webtv.broadcaster.packager import Packager
from webtv.broadcaster.pusher import Pusher
from webtv.config import load
from webtv.config.diff import When
from webtv.config.document import Document
from webtv.config.follow import Debounce
from webtv.config.load import StationFile
from webtv.config.source import Source
from webtv.domain import AiringKind, HouseFormat
from webtv.playlist.library import Library
from webtv.playlist.records import AsRun
from webtv.playlist.rundown import LOCK_S
from webtv.render.card import card_id
from webtv.station.channel import Channel
from webtv.station.station import Station

WIDE = HouseFormat(width=256, height=144, fps=25, video_kbps=200)


def playlist(channel: Channel, clock: Hours) -> MediaPlaylist:
    found = Packager().playlist(channel.id, channel.timeline, clock.now(), channel.epochs.former)
    assert found is not None, "dead air"
    return MediaPlaylist.parse(found.text.decode())


async def test_a_theme_shows_at_the_next_order_and_leaves_the_rundown_alone(data: Path) -> None:
    seed_library(data, "tides", (6, 7, 8), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(10)
        before, revision = channel.upcoming(20), channel.config.theme_revision
        (change,) = await channel.edit(config(theme="another sea"))
        assert change.when is When.NEXT_ORDER
        assert change.text == "theme: takes effect at the next order"
        assert channel.config.theme_revision != revision
        assert channel.seen_in_s >= LOCK_S
        await clock.pass_by(0.1)
        assert channel.upcoming(3) == before[:3]


async def test_a_schedule_counts_from_what_is_not_fixed_on(data: Path) -> None:
    seed_library(data, "tides", (6, 7), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(60)
        fixed = channel.upcoming(2)
        assert {airing.kind for airing in channel.upcoming(40)} == {AiringKind.ARCHIVE}
        await channel.edit(config(schedule={"no_repeat_s": 60, "bumper_every_s": 10}))
        await passes(
            clock, lambda: AiringKind.BUMPER in {airing.kind for airing in channel.upcoming(20)}, within_s=10
        )
        assert fixed[-1] in channel.timeline.airings


async def test_a_title_is_on_the_next_slate_that_is_not_fixed(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(10)
        old, shown = channel.stock.slate.id, segments(channel, clock)
        await channel.edit(config(title="Ebb and Flow"))
        assert channel.config.title == "Ebb and Flow"
        new = card_id("slate", "Ebb and Flow", SMALL)
        seconds = await passes(clock, lambda: channel.upcoming(1)[0].clip_id == new)
        assert channel.stock.slate.id == new != old
        assert seconds < 60
        assert channel.timeline.epoch == 0
        now = segments(channel, clock)
        assert {number: now[number] for number in shown} == shown


class Hasty(Hours):
    """Timers go by whole milliseconds, and may wake a sleeper a little before its time."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(max(0.0, seconds - 0.0009))


@pytest.mark.parametrize("clock", [Hours(), Hasty()], ids=["on time", "early"])
async def test_a_house_format_begins_an_epoch_after_the_clip_on_air_without_a_gap(
    data: Path, clock: Hours
) -> None:
    seed_library(data, "tides", (6, 7, 8, 6, 7, 8), SMALL)
    shown: dict[int, Segment] = {}
    sequence = 0
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(30)
        init, was_on = channel.epochs.init, channel.timeline
        await channel.edit(config(format=WIDE, title="Wide"))
        assert channel.config.format == SMALL, "the next order would not fit what is on air"
        assert channel.config.title == "Wide"

        def look() -> None:
            nonlocal sequence
            listed = playlist(channel, clock)
            assert listed.sequence >= sequence
            sequence = listed.sequence
            for segment in listed.segments:
                shown[segment.number] = segment

        while channel.config.format != WIDE:
            await clock.pass_by(0.1, look)
            await asyncio.sleep(0.001)
        began = channel.timeline.airings[0]
        assert channel.timeline.epoch == 1
        assert position_s(channel, clock) < 1
        former = channel.epochs.former
        assert former is not None
        assert (
            former.airings[-1].end_quanta
            == was_on.airings[
                [airing.slot for airing in was_on.airings].index(former.airings[-1].slot)
            ].end_quanta
        ), "a clip was cut"
        assert began.slot == former.airings[-1].slot + 1
        assert began.first_segment == max(number for number in shown if former.of_segment(number)) + 1
        await clock.pass_by(5, look)
        both = playlist(channel, clock)
        assert [segment.number for segment in both.segments if segment.new_epoch] == [began.first_segment]
        assert both.discontinuity == 0
        assert {segment.init for segment in both.segments} == set(channel.epochs.inits)
        assert channel.epochs.inits[former.init_name] == init
        for earlier, later in pairwise(sorted(shown)):
            assert later == earlier + 1, "a segment is missing"
        # What left the playlist stays fetchable.
        oldest = channel.epochs.of_segment(min(shown))
        found = oldest.of_segment(min(shown))
        assert found is not None
        data_of = fragment(oldest, min(shown), channel.file_of(found[0]), clock.now())
        assert data_of is not None
        await clock.pass_by(WINDOW_S, look)
        after = playlist(channel, clock)
        assert after.discontinuity == 1
        assert {segment.init for segment in after.segments} == {channel.timeline.init_name}
        await clock.pass_by(400, look)
        assert channel.epochs.former is None
        assert not slot(data, began.slot - 1).exists()
        last = edge(channel, clock)
    async with on_air(data, clock, config(format=WIDE, title="Wide")) as (channel, _):
        assert channel.timeline.epoch == 1
        assert edge(channel, clock) == last


async def test_killed_just_before_an_epoch_begins_it_begins_at_the_next_start(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(10)
        await channel.edit(config(format=WIDE))
        await passes(clock, lambda: len(channel.epochs.inits) == 2)
        assert channel.timeline.epoch == 0, "it began already"
        last = edge(channel, clock)
    async with on_air(data, clock, config(format=WIDE)) as (channel, _):
        assert channel.timeline.epoch == 1
        assert position_s(channel, clock) < 1
        assert last < edge(channel, clock) <= last + 4


async def test_a_house_format_that_is_taken_back_in_time_changes_nothing(data: Path) -> None:
    seed_library(data, "tides", (60, 60), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(2)
        await channel.edit(config(format=WIDE))
        await clock.pass_by(0.5)
        await channel.edit(config())
        await clock.pass_by(120)
        assert channel.timeline.epoch == 0
        assert channel.config.format == SMALL


async def test_a_house_format_that_is_not_asked_for_any_more_does_not_air_for_want_of_the_next_ones_cards(
    data: Path,
) -> None:
    seed_library(data, "tides", (60, 60), SMALL)
    clock = Hours()
    async with on_air(data, clock, config(schedule={"no_repeat_s": 0})) as (channel, _):
        await clock.pass_by(2)
        before = set((data / "cards").iterdir())
        await channel.edit(config(format=WIDE, schedule={"no_repeat_s": 0, "bumper_every_s": 0}))
        while before.issuperset((data / "cards").glob("*.json")):  # noqa: ASYNC110 - cards are made on threads
            await asyncio.sleep(0.01)
        for _ in range(30):  # until it is ready to begin, at a time that stands still
            await asyncio.sleep(0.01)
        (data / "cards").rename(data / "kept")
        (data / "cards").touch()
        await channel.edit(config(format=WIDE.model_copy(update={"fps": 30}), schedule={"no_repeat_s": 0}))
        await clock.pass_by(120)
        assert channel.timeline.epoch == 0
        assert channel.on_air


async def test_an_edit_that_meets_a_database_that_refuses_takes_effect_later(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        with (
            closing(sqlite3.connect(data / "webtv.db", isolation_level=None)) as harm,
            capture_logs() as logs,
        ):
            harm.execute("ALTER TABLE clips RENAME TO elsewhere")
            await channel.edit(config(format=WIDE))
            await passes(clock, lambda: any("no such table" in line.get("error", "") for line in logs))
            harm.execute("ALTER TABLE elsewhere RENAME TO clips")
        await passes(clock, lambda: channel.config.format == WIDE)
        assert channel.timeline.epoch == 1


async def test_a_clip_that_was_ordered_in_the_former_format_does_not_air_in_the_next(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await channel.edit(config(format=WIDE))
        await passes(clock, lambda: channel.timeline.epoch == 1)
        seed_clip(data, "tides", 0, 6, SMALL)
        channel.add(*found(Library(data)))
        await clock.pass_by(30)
        assert not channel.stock.clips


def followed(folder: Path, clock: Hours, **keys: object) -> AbstractAsyncContextManager[Station]:
    """A station with one channel, ``tides``, that makes no clips and follows its files."""
    write(folder, "tides", **keys)
    (folder / "webtv.yaml").write_text(json.dumps({"workers": 0, "min_free_gb": 0}))
    file = StationFile(folder / "webtv.yaml")
    return airing(Station(file.load(), clock, file), clock)


def write(folder: Path, name: str, **keys: object) -> Path:
    path = folder / "channels" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(SMALL_CHANNEL | {"title": name.title()} | keys))
    return path


async def test_a_start_reads_each_channels_file_once_and_again_when_it_was_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, looks, parse, look = [], [], load.read_document, Debounce.look

    def counted_parse(source: Source) -> Document:
        read.append(source.path)
        return parse(source)

    def counted_look(debounce: Debounce[object], *args: Any) -> object:
        found = look(debounce, *args)
        looks.append(debounce.at_rest)
        return found

    monkeypatch.setattr(load, "read_document", counted_parse)
    monkeypatch.setattr(Debounce, "look", counted_look)
    clock = Hours()
    async with followed(tmp_path, clock) as station:
        await passes(clock, lambda: any(looks))
        assert [path.stem for path in read if path.parent.name == "channels"] == list(station.channels)
        tides = write(tmp_path, "tides", theme="another sea")
        await passes(clock, lambda: station.channels["tides"].config.theme == "another sea")
        assert read.count(tides) == 2


async def test_files_come_on_air_and_go_off_it_and_mistakes_change_nothing(tmp_path: Path) -> None:
    clock = Hours()
    async with followed(tmp_path, clock) as station:
        neon = write(tmp_path, "neon")
        await passes(clock, lambda: "neon" in station.channels)
        await passes(clock, lambda: station.channels["neon"].on_air)
        tides = write(tmp_path, "tides", theme="another sea")
        await passes(clock, lambda: station.channels["tides"].config.theme == "another sea")
        tides.write_text("title: Tides\nthema: misspelt\n")
        await passes(clock, lambda: station.config_problems)
        assert list(station.config_problems) == [tides]
        assert "Did you mean 'theme'?" in str(station.config_problems[tides])
        assert not station.reloads.successful
        assert station.channels["tides"].config.theme == "another sea"
        assert station.channels["tides"].on_air
        neon.unlink()
        await passes(clock, lambda: "neon" not in station.channels)
        assert list(station.config_problems) == [tides], "it stays visible until mended"
        write(tmp_path, "tides", theme="another sea")
        await passes(clock, lambda: not station.config_problems)
        assert station.reloads.successful
        assert station.reloads.last_success_ns is not None


async def test_a_channel_signs_off_after_the_clip_on_air(tmp_path: Path) -> None:
    clock = Hours()
    async with followed(tmp_path, clock) as station:
        channel = station.channels["tides"]
        await clock.pass_by(1)
        ends_s = position_s(channel, clock) + _left_s(channel, clock)
        await station.lineup.edit(channel.config, None)
        await passes(clock, lambda: not station.channels)
        assert ends_s <= position_s(channel, clock) < ends_s + 0.3


async def test_a_channel_that_is_restored_before_it_is_off_air_stays_on(tmp_path: Path) -> None:
    clock = Hours()
    async with followed(tmp_path, clock) as station:
        channel = station.channels["tides"]
        await passes(clock, lambda: _left_s(channel, clock) > 3)
        config = channel.config
        await station.lineup.edit(config, config.model_copy(update={"enabled": False}))
        await clock.pass_by(1)
        await station.lineup.edit(None, config.model_copy(update={"theme": "restored"}))
        await clock.pass_by(20)
        assert station.channels["tides"] is channel
        assert channel.on_air
        assert channel.config.theme == "restored"


def _left_s(channel: Channel, clock: Hours) -> float:
    end = channel.upcoming(1)[0].end_quanta
    return channel.timeline.start_ns(end) / 1e9 - position_s(channel, clock)


@pytest.mark.parametrize("away_s", [60, 1200], ids=["within its plan", "beyond its plan"])
async def test_the_as_run_log_has_what_a_channel_aired_before_it_signed_off_and_nothing_else(
    tmp_path: Path, away_s: float
) -> None:
    clock = Hours()
    async with followed(tmp_path, clock) as station:

        async def as_run() -> dict[int, AsRun]:
            channel = station.channels.get("tides")
            before = channel.next_slot if channel is not None else 2**53
            lines = await station.database(lambda store: store.as_run("tides", before_slot=before, limit=500))
            return {line.airing.slot: line for line in lines}

        channel = station.channels["tides"]
        await clock.pass_by(60)
        behind = channel.next_slot
        await station.lineup.edit(channel.config, None)
        await passes(clock, lambda: not station.channels)
        await clock.pass_by(5)
        logged = await as_run()  # where what did not air may not be marked yet
        before, off_ns = {slot: logged[slot] for slot in logged if slot < behind}, clock.now().wall_ns
        assert len(before) > 3
        await clock.pass_by(away_s)
        assert (await as_run()).keys() == before.keys()
        await station.lineup.edit(None, channel.config)
        await passes(clock, lambda: "tides" in station.channels and station.channels["tides"].signed_on)
        back_ns, seconds_ns = clock.now().wall_ns, channel.config.format.quantum_s * 1e9
        await clock.pass_by(60)
        after = await as_run()
        assert before.keys() < after.keys()
        assert len(after) > len(before) + 3
        for line in after.values():
            ended_ns = line.wall_ns + line.airing.quanta * seconds_ns
            assert line.wall_ns < off_ns or ended_ns > back_ns, "nobody aired it"


async def test_a_channel_that_comes_back_goes_on_behind_what_it_aired(tmp_path: Path) -> None:
    clock = Hours()
    async with followed(tmp_path, clock) as station:
        path = tmp_path / "channels" / "tides.yaml"
        text, last = path.read_text(), edge(station.channels["tides"], clock)
        path.unlink()
        await passes(clock, lambda: not station.channels)
        path.write_text(text)
        await passes(clock, lambda: "tides" in station.channels and station.channels["tides"].signed_on)
        assert edge(station.channels["tides"], clock) > last


async def test_the_stations_own_file_takes_effect_where_it_can_and_says_what_waits(tmp_path: Path) -> None:
    clock = Hours()
    async with followed(tmp_path, clock) as station:
        file = tmp_path / "webtv.yaml"
        keys = {"workers": 0, "http": "127.0.0.1:1", "min_free_gb": 2, "keep_gb": 5}
        file.write_text(json.dumps(keys | {"limits": {"watched_channels": 3}}))
        before = station.config.http
        with capture_logs() as logs:
            await passes(clock, lambda: station.config.keep_gb == 5)
        (told,) = applied(logs)
        assert any("http" in text and "when the station is started again" in text for text in told)
        assert station.director.min_free_bytes == 2 * 10**9
        assert station.director.budget.limits.watched_channels == 3
        assert station.config.http == before, "it listens where it did"
        file.write_text("keep_gb: many\n")
        await passes(clock, lambda: station.config_problems)
        assert "keep_gb: expected a number" in str(station.config_problems[file])
        assert station.config.keep_gb == 5
        file.write_text(json.dumps({"blocklist": "nowhere.txt"}))
        await passes(clock, lambda: "nowhere.txt" in str(station.config_problems.get(file)))
        file.write_text(json.dumps({"workers": 0, "min_free_gb": 0}))
        await passes(clock, lambda: not station.config_problems)


async def test_a_stations_file_that_is_deleted_leaves_defaults_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "tides")
    Path("webtv.yaml").write_text(json.dumps({"keep_gb": 5}))
    clock, file = Hours(), StationFile(flags={"workers": 0})
    async with airing(Station(file.load(), clock, file), clock) as station:
        await passes(clock, lambda: station.reloads.last_success_ns)
        await clock.pass_by(1)
        with capture_logs() as logs:
            Path("webtv.yaml").unlink()
            await passes(clock, lambda: station.config.keep_gb == 10)
        assert [line["file"] for line in logs if "is gone" in line["event"]] == ["webtv.yaml"]
        assert applied(logs) == [["keep_gb: takes effect now"]]
        assert not station.config_problems


def key_file(path: Path, key: str) -> Path:
    """Replaced by renaming, as whoever is careful saves it."""
    new = path.with_name(".new")
    new.touch(mode=0o600)
    new.write_text(key)
    return new.replace(path)


def pushers(station: Station) -> dict[str, Pusher]:
    playout = station.channels["tides"].playout
    assert playout is not None
    return dict(playout.pushers)


def stream(pusher: Pusher) -> str:
    return pusher.target.stream.get_secret_value()


async def test_a_saved_key_begins_its_target_anew_and_no_other(tmp_path: Path) -> None:
    clock, first, second = Hours(), key_file(tmp_path / "first", "canary-1"), tmp_path / "second"
    key_file(second, "canary-2")
    targets = [
        {"name": path.name, "url": "rtmp://127.0.0.1:9/live", "key_file": str(path)}
        for path in (first, second)
    ]
    async with followed(tmp_path, clock, targets=targets) as station:
        before, config = pushers(station), station.channels["tides"].config
        with capture_logs() as logs:
            key_file(first, "canary-3")
            await passes(clock, lambda: stream(pushers(station)["first"]) == "canary-3")
        after = pushers(station)
        assert after["first"] is not before["first"]
        assert after["second"] is before["second"]
        assert station.channels["tides"].config.model_copy(update={"targets": config.targets}) == config
        assert not station.config_problems
        assert applied(logs) == [["targets.first: begins anew now; other targets go on"]]
        assert "canary" not in str(logs)


async def test_a_key_that_others_can_read_changes_nothing_on_air_and_is_told_until_it_is_mended(
    tmp_path: Path,
) -> None:
    clock, key = Hours(), key_file(tmp_path / "key", "canary-1")
    targets = [{"name": "one", "url": "rtmp://127.0.0.1:9/live", "key_file": str(key)}]
    async with followed(tmp_path, clock, targets=targets) as station:
        path, before = tmp_path / "channels" / "tides.yaml", pushers(station)
        with capture_logs() as logs:
            key.write_text("canary-2")
            key.chmod(0o644)
            await passes(clock, lambda: station.config_problems)
            assert f"others can read {key}. Run: chmod 600 {key}" in str(station.config_problems[path])
            assert pushers(station) == before, "what was on air stays"
            key.chmod(0o600)
            await passes(clock, lambda: not station.config_problems)
            assert stream(pushers(station)["one"]) == "canary-2"
        assert [line["event"] for line in logs if "file" in line] == [
            "edit refused; what was on air stays",
            "file is mended",
        ]
        assert "canary" not in str(logs)


async def test_a_saved_blocklist_and_key_of_a_service_count_from_the_next_script_on(tmp_path: Path) -> None:
    clock, words = Hours(), tmp_path / "words.txt"
    words.write_text("turnip\n")
    key = key_file(tmp_path / "openai", "canary-1")
    async with followed(tmp_path, clock) as station:
        openai = {"model": "any", "base_url": "http://127.0.0.1:9/v1", "key_file": str(key)}
        keys = {"workers": 0, "min_free_gb": 0, "blocklist": "words.txt", "openai": openai}
        (tmp_path / "webtv.yaml").write_text(json.dumps(keys))
        await passes(clock, lambda: station.config.openai)
        with capture_logs() as logs:
            words.write_text("turnip\nparsnip\n")
            await passes(clock, lambda: applied(logs))
            assert applied(logs) == [["blocklist: takes effect now"]]
            words.write_bytes(b"\xff\xfe")
            await passes(clock, lambda: station.config_problems)
            assert "is not UTF-8 text" in str(station.config_problems[tmp_path / "webtv.yaml"])
            words.write_text("parsnip\n")
            await passes(clock, lambda: not station.config_problems)
            key_file(key, "canary-2")
            await passes(clock, lambda: len(applied(logs)) == 3)
            assert applied(logs)[2] == ["openai.key_file: takes effect now"]
        assert station.config.openai is not None
        assert station.config.openai.key_file is not None
        assert station.config.openai.key_file.key.get_secret_value() == "canary-2"
        assert "canary" not in str(logs)


def applied(logs: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [line["changes"] for line in logs if line["event"] == "edit applied"]


async def test_a_start_that_finds_a_mistake_airs_what_the_file_held_before(tmp_path: Path) -> None:
    """But for targets whose URL may hold a key: of that no copy is kept."""
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text("live_canary\n")
    by_key = {"service": "twitch", "key_file": "../key", "enabled": False}
    targets = [by_key, {"url": "rtmp://127.0.0.1/live/canary", "enabled": False}]
    clock = Hours()
    async with followed(tmp_path, clock) as station:
        write(tmp_path, "tides", theme="another sea", targets=targets)
        await passes(clock, lambda: station.channels["tides"].config.theme == "another sea")
    tides = tmp_path / "channels" / "tides.yaml"
    tides.write_text("title: Tides\nthema: misspelt\n")
    file = StationFile(tmp_path / "webtv.yaml")
    async with airing(Station(file.load(), clock, file), clock) as station:
        assert station.channels["tides"].config.theme == "another sea"
        assert [target.name for target in station.channels["tides"].config.targets] == ["twitch"]
        assert "Did you mean 'theme'?" in str(station.config_problems[tides])
        assert not station.reloads.successful
        await clock.pass_by(5)
        assert station.channels["tides"].on_air
        write(tmp_path, "tides", theme="a third sea")
        await passes(clock, lambda: station.channels["tides"].config.theme == "a third sea")
        assert not station.config_problems


async def test_a_start_airs_no_channel_whose_file_is_gone(tmp_path: Path) -> None:
    clock = Hours()
    async with followed(tmp_path, clock):
        write(tmp_path, "neon")
    (tmp_path / "channels" / "neon.yaml").unlink()
    file = StationFile(tmp_path / "webtv.yaml")
    async with airing(Station(file.load(), clock, file), clock) as station:
        assert list(station.channels) == ["tides"]
