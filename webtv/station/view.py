"""What may be seen of a channel: all that the web, the metrics and the probe know of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from pathlib import Path

from prometheus_client import Counter

from webtv.broadcaster.probe import Air
from webtv.broadcaster.status import TargetStatus
from webtv.clock import Clock
from webtv.config import ChannelConfig
from webtv.domain import Airing
from webtv.playlist.marks import Marks
from webtv.playlist.records import Clip
from webtv.station.channel import Channel
from webtv.station.numbers import Numbers
from webtv.timeline import Timeline


class ChannelView:
    """A channel as others see it: nothing that airs can be changed through it.

    What viewers leave behind is counted here: ``mark_watched`` and ``fragments_served``. But for ``id``,
    ``config``, ``signed_on``, ``trouble``, ``on_air`` and ``targets`` it may be asked only once the channel
    has signed on.
    """

    def __init__(self, channel: Channel, clock: Clock, numbers: Numbers) -> None:
        self._channel, self._clock, self._numbers = channel, clock, numbers
        self.id = channel.id
        self.air = Air()
        """What the probe found; nobody else changes it."""
        self._revision = 0
        self._seen: tuple[object, ...] = ()

    @property
    def config(self) -> ChannelConfig:
        """As it is in effect: another object after each edit."""
        return self._channel.config

    @property
    def number(self) -> int:
        """The channel's number in lists."""
        return self._numbers.of(self.id)

    @property
    def signed_on(self) -> bool:
        return self._channel.signed_on

    @property
    def trouble(self) -> str:
        """What keeps the channel from signing on; nothing when it has."""
        return self._channel.trouble

    @property
    def on_air(self) -> bool:
        """Whether viewers get something now, as the probe found the file on air at its last look."""
        if not self._channel.signed_on:
            return False
        self.air.update(self.timeline, self._clock.now().boot_ns)
        return self.air.has_picture

    def in_place(self, airing: Airing) -> bool:
        """Whether an airing's file is there; asks the disk. For the probe, on a thread of its own."""
        return self._channel.in_place(airing)

    @property
    def revision(self) -> int:
        """Rises when something of these changes, and with each airing that begins.

        Config, number, rundown, cards, marks, whether it is on air. It costs microseconds.
        """
        channel = self._channel
        seen: tuple[object, ...] = (channel.config, self.number)
        if channel.signed_on:
            on_air, air, stock = self.on_air, self.air, channel.stock
            cards = (stock.slate, stock.bumper)
            seen = (*seen, stock, *cards, stock.marks, air.timeline, air.airing, on_air)
        if len(seen) != len(self._seen) or not all(map(is_, seen, self._seen)):
            self._seen = seen
            self._revision += 1
        return self._revision

    @property
    def watched(self) -> bool:
        """Whether anybody gets the picture: a viewer lately, or a target."""
        return self._channel.watched

    @property
    def targets(self) -> Sequence[TargetStatus]:
        """How the pushes to the enabled targets fare."""
        return self._channel.targets

    @property
    def timeline(self) -> Timeline:
        """Of the epoch on air: another object after each change of the rundown."""
        return self._channel.timeline

    @property
    def former(self) -> Timeline | None:
        """The epoch before the one on air, while its end is still in playlists."""
        return self._channel.epochs.former

    def of_segment(self, segment: int) -> Timeline:
        """The timeline that an HLS segment belongs to."""
        return self._channel.epochs.of_segment(segment)

    @property
    def init(self) -> bytes:
        """The initialisation segment of the epoch on air."""
        return self._channel.epochs.init

    @property
    def inits(self) -> Mapping[str, bytes]:
        """Initialisation segments by the names that playlists give them."""
        return self._channel.epochs.inits

    def file_of(self, airing: Airing) -> Path:
        """What an airing is on air from."""
        return self._channel.file_of(airing)

    def previous(self, limit: int) -> Sequence[Airing]:
        """What aired before what is on air, newest first."""
        return self._channel.previous(limit)

    def upcoming(self, limit: int) -> Sequence[Airing]:
        """What is on air, and what comes after it."""
        return self._channel.upcoming(limit)

    @property
    def next_slot(self) -> int:
        """The first slot that has not begun to air."""
        return self._channel.next_slot

    def clip(self, clip_id: str) -> Clip | None:
        """A clip or a card of the channel's, if it is still kept."""
        return self._channel.stock.get(clip_id)

    @property
    def clips(self) -> int:
        """How many clips are kept, without cards."""
        return len(self._channel.stock.clips)

    @property
    def marks(self) -> Marks:
        """What an operator marked: another object after each change."""
        return self._channel.stock.marks

    @property
    def wanted(self) -> int:
        """Clips that the operator asked for, and that are not begun."""
        return self._channel.wanted

    @property
    def buffered_s(self) -> float:
        """Seconds of rundown ahead of air, all in place as slots."""
        return self._channel.buffered_s

    @property
    def fresh_s(self) -> float:
        """Seconds of clips that have not begun to air."""
        return self._channel.fresh_s

    @property
    def stock_s(self) -> float:
        """Seconds of clips in the library."""
        return self._channel.stock_s

    @property
    def fresh_share(self) -> float:
        """Share of the last minutes' air that had never aired before, 0 to 1."""
        return self._channel.fresh_share

    def mark_watched(self) -> None:
        """A viewer asked for this channel's playlist."""
        self._channel.mark_watched()

    @property
    def fragments_served(self) -> Counter:
        return self._channel.fragments_served
