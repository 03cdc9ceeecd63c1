"""Master control: what an operator does to a channel on air."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from webtv.broadcaster.playout import Playout
from webtv.clock import Clock
from webtv.domain import Airing, AiringKind
from webtv.errors import StationError
from webtv.playlist.keeper import Keeper
from webtv.playlist.marks import Marks
from webtv.playlist.plans import Cut
from webtv.playlist.records import Clip

_REJOIN_EARLY_S = 0.6
"""A push that must leave a clip early is ended this long before: about what a new one takes to begin."""
_MOST_WANTED = 5


class Programme(Protocol):
    """What master control must know of its channel."""

    playout: Playout | None
    wanted: int
    """Clips that the operator asked for, to be made next."""

    def upcoming(self, limit: int) -> Sequence[Airing]: ...
    def request_replan(self) -> None: ...


class Control:
    """Of a channel that is on air. Edits return the seconds until they are seen, and raise StationError."""

    def __init__(self, channel: Programme, keeper: Keeper, clock: Clock) -> None:
        self._channel, self._keeper, self._clock = channel, keeper, clock
        self._rejoins_boot_ns: list[int] = []

    @property
    def on_slate(self) -> bool:
        """Whether the operator holds the channel on its slate."""
        return self._marks.slate

    async def skip(self) -> float:
        """End the clip on air at the next fragment that no viewer's playlist holds yet, and go on."""
        if self.on_slate:
            raise StationError("the channel is held on its slate. Resume it to go on")
        return self._edited(await self._keeper.skip())

    async def pull(self) -> float:
        """Take what is on air off it, as ``skip`` does, and never air it again."""
        airing = self._channel.upcoming(1)[0]
        if airing.kind in (AiringKind.SLATE, AiringKind.BUMPER):
            raise StationError(f"what is on air is the channel's {airing.kind}, no clip. Skip it instead")
        clip = self._clip(airing.clip_id)
        cut = await self._keeper.mark(
            lambda marks: marks.ban(clip.id), at_once=lambda a: a.clip_id == clip.id
        )
        return self._edited(cut)

    async def ban(self, clip_id: str) -> float:
        """Never air a clip again. If it is on air now it ends by itself; ``pull`` ends it."""
        clip, on_air = self._clip(clip_id), self._channel.upcoming(1)[0].slot
        cut = await self._keeper.mark(
            lambda marks: marks.ban(clip.id), at_once=lambda a: a.clip_id == clip.id and a.slot > on_air
        )
        return self._edited(cut)

    async def unban(self, clip_id: str) -> float:
        if clip_id not in self._marks.banned:
            raise StationError("that clip is not banned")
        return self._edited(await self._keeper.mark(lambda marks: marks.unban(clip_id)))

    async def pin(self, clip_id: str) -> float:
        """Air a clip next."""
        clip = self._clip(clip_id)
        if clip.id in self._marks.banned:
            raise StationError("that clip is banned. Lift the ban to air it")
        return self._edited(await self._keeper.pin(clip.id))

    async def evergreen(self, clip_id: str, on: bool) -> float:
        """Keep a clip for ever, and air it about twice as often as others, at least each hour or so."""
        clip = self._clip(clip_id)
        return self._edited(await self._keeper.mark(lambda marks: marks.with_evergreen(clip.id, on)))

    async def go_to_slate(self) -> float:
        """Air nothing but the slate until ``resume``, also over restarts."""
        return await self._hold(slate=True)

    async def resume(self) -> float:
        """Air the programme again."""
        return await self._hold(slate=False)

    def make_one(self) -> None:
        """Have a clip made now, whatever the stock."""
        wanted = self._channel.wanted
        if wanted >= _MOST_WANTED:
            raise StationError(f"{wanted} clips are asked for already, and not begun. Wait for one")
        self._channel.wanted += 1

    def until_rejoin_s(self) -> float:
        """How long until ``rejoin`` has something to do; a minute while it has nothing."""
        now_ns = self._clock.now().boot_ns
        return max(0.0, min(((at_ns - now_ns) / 1e9 for at_ns in self._rejoins_boot_ns), default=60.0))

    def rejoin(self) -> None:
        """Have pushes leave a clip that was cut, of which they would send all, and go on with the next."""
        now_ns = self._clock.now().boot_ns
        due = [at_ns for at_ns in self._rejoins_boot_ns if at_ns <= now_ns]
        self._rejoins_boot_ns = [at_ns for at_ns in self._rejoins_boot_ns if at_ns > now_ns]
        if due and self._channel.playout is not None:
            self._channel.playout.restart()

    @property
    def _marks(self) -> Marks:
        return self._keeper.stock.marks

    def _clip(self, clip_id: str) -> Clip:
        clip = self._keeper.stock.get(clip_id)
        if clip is None or not clip.channel:
            raise StationError("that is no clip of this channel's, or it is no longer kept")
        return clip

    async def _hold(self, *, slate: bool) -> float:
        def held(marks: Marks) -> Marks:
            if marks.slate is slate:
                raise StationError(
                    f"the channel is {'held on' if slate else 'not held on'} its slate already"
                )
            return marks.model_copy(update={"slate": slate})

        return self._edited(await self._keeper.mark(held, at_once=lambda _: True))

    def _edited(self, cut: Cut) -> float:
        if cut.shortened:
            now_ns = self._clock.now().boot_ns
            self._rejoins_boot_ns.append(now_ns + int((cut.in_s - _REJOIN_EARLY_S) * 1e9))
        self._channel.request_replan()
        return cut.in_s
