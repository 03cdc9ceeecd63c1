"""What may be seen of a channel on air is what it is."""

from __future__ import annotations

from pathlib import Path

from tests.clips import SMALL
from tests.clocks import Hours
from tests.seeded import seed_library
from tests.station.channels import config, on_air
from webtv.station.numbers import Numbers
from webtv.station.view import ChannelView


async def test_a_view_shows_what_its_channel_is(data: Path) -> None:
    ids = seed_library(data, "tides", (6, 6, 6), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        numbers = Numbers(data / "numbers.json")
        numbers.assign({"other": 1, "tides": None})
        view = ChannelView(channel, clock, numbers)
        await clock.pass_by(10)
        names = ["id", "config", "signed_on", "trouble", "watched", "targets", "timeline", "wanted"]
        names += ["buffered_s", "fresh_s", "stock_s", "fresh_share", "fragments_served"]
        assert {name: getattr(view, name) for name in names} == {
            name: getattr(channel, name) for name in names
        }
        assert view.number == 2
        assert view.upcoming(3) == channel.upcoming(3)
        assert len(view.previous(2)) == 2
        assert view.previous(2) == channel.previous(2)
        assert view.previous(1)[0].slot == view.upcoming(1)[0].slot - 1
        assert view.clips == 3
        clip = view.clip(ids[0])
        assert clip is not None
        assert clip.id == ids[0]
        assert view.clip("none") is None
        assert view.marks is channel.stock.marks
        assert view.former is None
        assert view.of_segment(0) is channel.timeline
        assert (view.init, view.inits) == (channel.epochs.init, channel.epochs.inits)
        (now,) = view.upcoming(1)
        assert view.file_of(now) == channel.file_of(now)
        assert view.in_place(now)
        assert not view.in_place(now.model_copy(update={"slot": 10**6, "clip_id": "none"}))
        assert not view.watched
        view.mark_watched()
        assert view.watched
        assert view.fresh_s == 0
        assert 0 < view.fresh_share < 1
        assert channel.stock_s == 18 * SMALL.quantum_s


async def test_a_revision_rises_with_what_is_seen_and_only_then(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        numbers = Numbers(data / "numbers.json")
        numbers.assign({"tides": None})
        view = ChannelView(channel, clock, numbers)
        first = view.revision
        assert first == view.revision == 1
        await channel.edit(config(theme="ebb"))
        assert view.revision == first + 1 == view.revision
        numbers.assign({"tides": 300})
        assert view.revision == first + 2 == view.revision
        await channel.control.go_to_slate()
        assert view.revision == first + 3
