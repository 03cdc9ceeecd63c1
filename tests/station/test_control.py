"""What an operator may do to a channel on air, and what each edit asks of the rundown: without a rundown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import pytest

from tests.airings import HOUSE, clip, slate, timeline
from tests.clocks import FakeClock
from webtv.broadcaster.playout import Playout
from webtv.domain import Airing, AiringKind
from webtv.errors import StationError
from webtv.playlist.keeper import Keeper
from webtv.playlist.marks import Marks
from webtv.playlist.plans import Cut
from webtv.playlist.stock import Stock
from webtv.station.control import Control

AIRINGS = timeline(6, 6, 6).airings


class Rundown:
    """A keeper's edits, noted: which marks they leave, and what they would take off air at once."""

    def __init__(self) -> None:
        self.stock = Stock(HOUSE, slate(), b"")
        self.stock.take_in(clip(f"clip{number}") for number in range(3))
        self.cut = Cut(4.0, shortened=False)
        self.at_once: list[int] = []
        self.pinned: list[str] = []

    async def skip(self) -> Cut:
        return self.cut

    async def pin(self, clip_id: str) -> Cut:
        self.pinned.append(clip_id)
        return self.cut

    async def mark(
        self, change: Callable[[Marks], Marks], *, at_once: Callable[[Airing], bool] = lambda _: False
    ) -> Cut:
        self.stock.marks = change(self.stock.marks)
        self.at_once = [airing.slot for airing in AIRINGS if at_once(airing)]
        return self.cut


class Pushes:
    restarts = 0

    def restart(self) -> None:
        self.restarts += 1


class OnAir:
    """A channel with ``clip0`` on air."""

    def __init__(self) -> None:
        self.playout: Playout | None = None
        self.wanted = self.looks = 0
        self.airings: Sequence[Airing] = AIRINGS

    def upcoming(self, limit: int) -> Sequence[Airing]:
        return self.airings[:limit]

    def request_replan(self) -> None:
        self.looks += 1


class Desk:
    def __init__(self) -> None:
        self.channel, self.rundown, self.clock = OnAir(), Rundown(), FakeClock()
        self.control = Control(self.channel, cast(Keeper, self.rundown), self.clock)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    "edit",
    [
        lambda control: control.skip(),
        lambda control: control.pull(),
        lambda control: control.ban("clip1"),
        lambda control: control.pin("clip1"),
        lambda control: control.evergreen("clip1", True),
        lambda control: control.go_to_slate(),
    ],
)
async def test_each_edit_says_when_it_is_seen_and_has_the_rundown_looked_at(
    desk: Desk, edit: Callable[[Control], object]
) -> None:
    assert await edit(desk.control) == 4.0  # type: ignore[misc]
    assert desk.channel.looks == 1


async def test_pulling_takes_every_airing_of_the_clip_on_air_and_bans_it(desk: Desk) -> None:
    await desk.control.pull()
    assert desk.rundown.stock.marks.banned == {"clip0"}
    assert desk.rundown.at_once == [0]


@pytest.mark.parametrize(("name", "goes"), [("clip0", []), ("clip1", [1])])
async def test_a_ban_takes_what_is_to_come_and_leaves_what_is_on_air(
    desk: Desk, name: str, goes: list[int]
) -> None:
    await desk.control.ban(name)
    assert desk.rundown.stock.marks.banned == {name}
    assert desk.rundown.at_once == goes


async def test_a_ban_that_is_lifted_is_gone_and_one_that_is_not_there_cannot_be(desk: Desk) -> None:
    await desk.control.ban("clip1")
    assert await desk.control.unban("clip1") == 4.0
    assert not desk.rundown.stock.marks.banned
    with pytest.raises(StationError, match=r"^that clip is not banned$"):
        await desk.control.unban("clip1")


async def test_a_banned_clip_cannot_be_pinned_and_another_can(desk: Desk) -> None:
    await desk.control.ban("clip1")
    with pytest.raises(StationError, match=r"^that clip is banned\. Lift the ban to air it$"):
        await desk.control.pin("clip1")
    await desk.control.pin("clip2")
    assert desk.rundown.pinned == ["clip2"]


@pytest.mark.parametrize("name", ["nobody", "slate"])
async def test_cards_and_what_is_not_kept_are_no_clips_to_edit(desk: Desk, name: str) -> None:
    for edit in (desk.control.ban, desk.control.pin):
        with pytest.raises(StationError, match=r"^that is no clip of this channel's, or it is no longer"):
            await edit(name)


@pytest.mark.parametrize("kind", [AiringKind.SLATE, AiringKind.BUMPER])
async def test_a_card_on_air_cannot_be_pulled_but_skipped(desk: Desk, kind: AiringKind) -> None:
    desk.channel.airings = [AIRINGS[0].model_copy(update={"kind": kind})]
    with pytest.raises(StationError, match=rf"channel's {kind}, no clip\. Skip it instead$"):
        await desk.control.pull()
    assert not desk.rundown.stock.marks.banned
    await desk.control.skip()


async def test_evergreen_comes_and_goes(desk: Desk) -> None:
    await desk.control.evergreen("clip1", True)
    assert desk.rundown.stock.marks.evergreen == {"clip1"}
    assert desk.rundown.at_once == []
    await desk.control.evergreen("clip1", False)
    assert not desk.rundown.stock.marks.evergreen


async def test_the_slate_is_held_once_until_it_is_resumed_and_nothing_is_skipped_on_it(
    desk: Desk,
) -> None:
    with pytest.raises(StationError, match=r"^the channel is not held on its slate already$"):
        await desk.control.resume()
    await desk.control.go_to_slate()
    assert desk.control.on_slate
    assert desk.rundown.at_once == [0, 1, 2]
    with pytest.raises(StationError, match=r"^the channel is held on its slate already$"):
        await desk.control.go_to_slate()
    with pytest.raises(StationError, match=r"held on its slate\. Resume it to go on$"):
        await desk.control.skip()
    await desk.control.resume()
    assert not desk.control.on_slate


def test_five_clips_may_be_asked_for_at_once(desk: Desk) -> None:
    for _ in range(5):
        desk.control.make_one()
    with pytest.raises(StationError, match=r"^5 clips are asked for already, and not begun\. Wait for one$"):
        desk.control.make_one()
    assert desk.channel.wanted == 5
    desk.channel.wanted -= 1
    desk.control.make_one()


async def test_pushes_leave_a_clip_that_is_cut_a_little_before_its_cut_and_once(desk: Desk) -> None:
    pushes = Pushes()
    desk.channel.playout = cast(Playout, pushes)
    assert desk.control.until_rejoin_s() == 60
    desk.rundown.cut = Cut(4.0, shortened=True)
    await desk.control.skip()
    desk.rundown.cut = Cut(9.0, shortened=True)
    await desk.control.skip()
    assert desk.control.until_rejoin_s() == pytest.approx(3.4)
    await desk.clock.advance(3)
    desk.control.rejoin()
    assert pushes.restarts == 0
    assert desk.control.until_rejoin_s() == pytest.approx(0.4)
    await desk.clock.advance(0.4)
    desk.control.rejoin()
    assert pushes.restarts == 1
    assert desk.control.until_rejoin_s() == pytest.approx(5)
    desk.control.rejoin()
    assert pushes.restarts == 1
    await desk.clock.advance(7)
    assert desk.control.until_rejoin_s() == 0
    desk.control.rejoin()
    assert pushes.restarts == 2
    assert desk.control.until_rejoin_s() == 60


async def test_no_push_leaves_a_clip_that_ends_where_it_would_have(desk: Desk) -> None:
    await desk.control.skip()
    assert desk.control.until_rejoin_s() == 60


async def test_a_channel_without_targets_forgets_its_cuts_in_time_as_well(desk: Desk) -> None:
    desk.rundown.cut = Cut(1.0, shortened=True)
    await desk.control.skip()
    await desk.clock.advance(1)
    desk.control.rejoin()
    assert desk.control.until_rejoin_s() == 60
