"""The channels on air, each with tasks of its own: they sign on, are edited and sign off one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Never

import structlog

from webtv.clock import Clock
from webtv.config import ChannelConfig
from webtv.config.diff import When, changes
from webtv.station.channel import Channel, Facilities
from webtv.station.numbers import Numbers
from webtv.station.view import ChannelView
from webtv.supervisor import supervise

log = structlog.get_logger()


class LineUp:
    """``run`` airs all channels until cancelled; ``edit`` changes which they are, and each of them."""

    def __init__(self, facilities: Facilities, clock: Clock) -> None:
        self._facilities, self._clock = facilities, clock
        self.channels: dict[str, Channel] = {}
        """By id; a channel that signs off is among them until it is off air."""
        self._numbers = Numbers(facilities.storage.data / "numbers.json")
        self.views: dict[str, ChannelView] = {}
        """What may be seen of each of them."""
        self._airing: dict[str, asyncio.Task[Never]] = {}
        self._lives: dict[str, asyncio.Task[Never]] = {}
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._tasks = asyncio.TaskGroup()
        self._runs = False

    async def run(self) -> Never:
        """Air for ever; once in a line-up's life."""
        async with self._tasks:
            self._runs = True
            for channel in self.channels.values():
                self._begin(channel)
            await asyncio.get_running_loop().create_future()
        raise AssertionError("channels air until cancelled")

    async def edit(self, old: ChannelConfig | None, new: ChannelConfig | None) -> None:
        """Bring one channel from what was asked for to what is asked for now; None stands for no file."""
        changed = changes(old, new)
        if new is not None and new.enabled:
            if new.id in self._leaving:
                self._cancel_sign_off(new.id)
            if new.id in self.channels:
                await self.channels[new.id].edit(new)
            else:
                self.sign_on([new])
            if self._number():
                await asyncio.to_thread(self._numbers.save)
        elif old is not None and old.id in self.channels and old.id not in self._leaving:
            self._sign_off(old.id)
        self._log_edit(new or old, [change.text for change in changed], {change.when for change in changed})

    def open(self, configs: Iterable[ChannelConfig]) -> None:
        """The channels to begin with. Raises OSError when the folder of one cannot be made."""
        self.sign_on(configs)
        if self._number():
            self._numbers.save()

    def sign_on(self, configs: Iterable[ChannelConfig]) -> None:
        for config in configs:
            channel = self.channels[config.id] = Channel(config, self._facilities)
            self.views[config.id] = ChannelView(channel, self._clock, self._numbers)
            if self._runs:
                self._begin(channel)

    def _number(self) -> bool:
        """Give all channels their numbers; returns whether any is new."""
        return self._numbers.assign({name: channel.config.number for name, channel in self.channels.items()})

    def _begin(self, channel: Channel) -> None:
        before = self._leaving.pop(channel.id, None)
        self._airing[channel.id] = self._tasks.create_task(self._air(channel, before))

    def begin_anew(self, name: str) -> None:
        """End the life of a channel that fails, and begin another; pushes go on meanwhile."""
        on_air, life = self.views[name].on_air, self._lives.get(name)
        log.warning("channel begins anew", channel=name, on_air=on_air)
        if not on_air:
            self.channels[name].sign_on_anew()
        if life is not None:
            life.cancel()

    async def _air(self, channel: Channel, before: asyncio.Task[None] | None) -> Never:
        """For as long as the channel is on air; ``before`` is its last sign-off, whose pushes end first."""
        if before is not None:
            await asyncio.wait([before])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(supervise(f"playout {channel.id}", channel.push, clock=self._clock))
            while True:
                life = self._lives[channel.id] = tasks.create_task(
                    supervise(
                        f"channel {channel.id}",
                        channel.life,
                        clock=self._clock,
                        record=channel.life_record,
                    )
                )
                await asyncio.wait([life])
        raise AssertionError("a channel airs until cancelled")

    def _sign_off(self, name: str) -> None:
        self._leaving[name] = self._tasks.create_task(self._leave(name))

    async def _leave(self, name: str) -> None:
        channel = self.channels[name]
        await channel.sign_off()
        del self.channels[name], self.views[name]
        airing = self._airing.pop(name)
        airing.cancel()
        await asyncio.wait([airing])
        self._lives.pop(name, None)
        try:
            await channel.record_off_air()
        except Exception as error:  # it is off air all the same, and the others air
            log.error("signing off was not noted", channel=name, exc_info=error)
        if self._leaving.get(name) is asyncio.current_task():
            del self._leaving[name]
        log.info("signed off", channel=name)

    def _cancel_sign_off(self, name: str) -> None:
        """A channel that is about to sign off is wanted again. If it is off air already, it signs on anew."""
        if name in self.channels:
            self._leaving.pop(name).cancel()

    def _log_edit(self, config: ChannelConfig | None, texts: list[str], when: set[When]) -> None:
        if config is None or not texts:
            return
        entry = log.bind(channel=config.id, changes=texts)
        if When.NEXT_ORDER in when:
            entry = entry.bind(seen_in_s_at_least=round(self.channels[config.id].seen_in_s))
        entry.info("edit applied")
